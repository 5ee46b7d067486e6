import { describe, expect, test } from 'vitest'
import { faultyProvider } from './faulty-provider.ts'
import { memoryProvider } from './memory-provider.ts'
import { type FixtureFault, offersNothing, providerSuite, type ProviderFixture } from './provider-suite.ts'
import type { FaultKind, FaultyMethod } from './fault-plan.ts'

const uploads: readonly FaultyMethod[] = ['put']
const every: readonly FaultyMethod[] = ['put', 'get', 'stat', 'list', 'delete']

/** What can go wrong between a caller and a map, and in which calls. */
const failures: Partial<Record<FixtureFault, readonly [FaultKind, readonly FaultyMethod[]]>> = {
  full: [{ fault: 'error', kind: 'quota' }, uploads],
  'daily-limit': [{ fault: 'error', kind: 'quota' }, uploads],
  denied: [{ fault: 'error', kind: 'auth' }, every],
  unreachable: [{ fault: 'error', kind: 'transient' }, every],
  'throttled-seconds': [{ fault: 'error', kind: 'throttled', retryAfterMs: 400_000 }, every],
  'throttled-bare': [{ fault: 'error', kind: 'throttled' }, every],
  'lost-reply': [{ fault: 'lost-reply' }, uploads],
  'empty-error': [{ fault: 'error', kind: 'transient' }, every],
  silence: [{ fault: 'hang' }, ['get']],
}

const offered = Object.keys(failures) as FixtureFault[]
const without = offersNothing('between a caller and a map there is no wire', ['litter', 'requests', ...offered])

function fixture(): ProviderFixture {
  const memory = memoryProvider()
  const provider = faultyProvider(memory, {})
  return {
    provider,
    second: () => memoryProvider({ store: memory.store }),
    requests: () => provider.calls.length,
    async litter() {
      memory.objects.set('packs/00/ours/deeper', new Uint8Array())
      memory.objects.set('notes.txt', new Uint8Array(3))
    },
    faults: offered,
    inject(kind) {
      const before = provider.calls.length
      const [fault, methods] = failures[kind] ?? [{ fault: 'pass' }, []]
      const times = fault.fault === 'lost-reply' ? 1 : Infinity
      provider.plan(Object.fromEntries(methods.map((method) => [method, [{ ...fault, times }]])))
      const happened = (): number => provider.calls.slice(before).filter((call) => call.fault).length
      return { happened, end: () => provider.calm() }
    },
  }
}

describe('the memory provider keeps the contract', () => {
  providerSuite({ describe, test }, fixture, {
    without,
    off: {
      'holds no more memory for its puts than it says': 'memory is its store',
      'stores nothing of a body that is not what its hash says': 'a map computes no hashes',
    },
  })
})

describe('the memory provider', () => {
  test('is full when its capacity is used up', async () => {
    const provider = memoryProvider({ capacityBytes: 10 })
    await provider.open({ create: true })
    await provider.put('packs/00/a', new Uint8Array(6))
    await expect(provider.put('packs/00/b', new Uint8Array(5))).rejects.toMatchObject({
      kind: 'quota',
      key: 'packs/00/b',
    })
    await provider.put('packs/00/c', new Uint8Array(4))
    expect(await provider.usage?.()).toEqual({ usedBytes: 10, freeBytes: 0, totalBytes: 10 })
    expect([...provider.objects.keys()]).toEqual(['packs/00/a', 'packs/00/c'])
  })

  test('says so when an object was damaged behind its back', async () => {
    const provider = memoryProvider()
    await provider.open({ create: true })
    await provider.put('packs/00/a', new Uint8Array([1, 2, 3]))
    provider.objects.set('packs/00/a', new Uint8Array([1, 2, 4]))
    await expect(provider.put('packs/00/a', new Uint8Array([1, 2, 3]))).rejects.toMatchObject({
      kind: 'corrupt',
    })
  })
})
