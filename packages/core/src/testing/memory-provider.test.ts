import { describe, expect, test } from 'vitest'
import { faultyProvider } from './faulty-provider.ts'
import { memoryProvider } from './memory-provider.ts'
import { providerSuite, type ProviderFixture } from './provider-suite.ts'
import type { FaultKind, FaultyMethod } from './fault-plan.ts'

const failures: Record<string, FaultKind> = {
  full: { fault: 'error', kind: 'quota' },
  denied: { fault: 'error', kind: 'auth' },
  unreachable: { fault: 'error', kind: 'transient' },
}

const every: readonly FaultyMethod[] = ['put', 'get', 'stat', 'list', 'delete']

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
    inject(kind) {
      const before = provider.calls.length
      const fault = failures[kind]
      if (!fault) throw new Error(`A map cannot be ${kind}.`)
      const methods = kind === 'full' ? (['put'] as const) : every
      provider.plan(Object.fromEntries(methods.map((method) => [method, [{ ...fault, times: 9 }]])))
      return { happened: () => provider.calls.slice(before).filter((call) => call.fault).length }
    },
  }
}

describe('the memory provider keeps the contract', () => {
  providerSuite({ describe, test }, fixture, {
    off: {
      'holds no more memory for its puts than it says': 'memory is its store',
      'never returns less than was asked for when a body breaks off': 'a map has no bodies that break off',
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
