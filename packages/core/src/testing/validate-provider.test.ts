import { describe, expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { eventualProvider } from './eventual-provider.ts'
import { memoryProvider, type MemoryStore } from './memory-provider.ts'
import { validateProvider, type PlaceFactory } from './validate-provider.ts'

/** An account whose places are maps, by name. */
function account(change: (good: BackupProvider, place: string) => Partial<BackupProvider> = () => ({})) {
  const places = new Map<string, MemoryStore>()
  const make: PlaceFactory = (place) => {
    const store = places.get(place) ?? { objects: new Map(), created: false }
    places.set(place, store)
    const good = memoryProvider({ store, location: `map:${place}` })
    return { ...good, ...change(good, place) }
  }
  const stored = (): number => [...places.values()].reduce((sum, { objects }) => sum + objects.size, 0)
  return { make, places, stored }
}

describe('a validation', () => {
  test('runs what needs no fake, tells what each test stands for, and leaves nothing', async () => {
    const { make, stored, places } = account()
    const told: string[] = []
    const report = await validateProvider(make, { onTest: ({ name }) => told.push(name) })
    expect(report.tests.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(report).toMatchObject({
      provider: 'memory',
      failed: 0,
      cancelled: false,
      leftovers: [],
      differences: [],
    })
    expect(report.passed).toBeGreaterThan(24)
    expect(report.needFake).toBeGreaterThan(30)
    expect(told).toEqual(report.tests.map(({ name }) => name))
    const ranges = report.tests.find(({ name }) => name === 'returns fifty random ranges byte for byte')
    expect(ranges).toMatchObject({ theme: 'ranges', rows: [3], outcome: 'passed' })
    expect(report.tests.find(({ rows }) => rows.includes(9))).toMatchObject({
      outcome: 'needs a fake',
      reason: 'keeps-fewer, chunkBytes, sentBytes',
    })
    expect(stored()).toBe(0)
    // Places are used again once they are empty, for no provider can remove one.
    expect(report.places.length).toBeLessThan(6)
    expect(report.places.every((place) => /^map:validate-[0-9a-f]{10}-\d+$/.test(place))).toBe(true)
    expect([...places.keys()].length).toBeLessThan(8)
  })

  test('tells before anything is stored how much it will move', async () => {
    const { make, stored } = account()
    let planned = { sentBytes: 0, receivedBytes: 0, tests: 0 }
    const report = await validateProvider(make, {
      onPlan(plan) {
        planned = plan
        expect(stored()).toBe(0)
      },
    })
    expect(planned.tests).toBe(report.passed)
    expect(report.sentBytes).toBeGreaterThan(10_000_000)
    expect(report.sentBytes / planned.sentBytes).toBeGreaterThan(0.8)
    expect(report.sentBytes / planned.sentBytes).toBeLessThan(1.25)
  })

  test('leaves out what moves more than is allowed, and what is switched off', async () => {
    const off = { 'takes the oddest keys that the rule allows': 'names are short there' }
    const { tests } = await validateProvider(account().make, { maxBytesPerTest: 10_000_000, off })
    const reasonOf = (name: string): string | undefined => tests.find((each) => each.name === name)?.reason
    expect(reasonOf('returns objects of every size as they were put')).toMatch(
      /^moves \d+ bytes, and 10000000 are allowed$/,
    )
    expect(reasonOf('takes the oddest keys that the rule allows')).toBe('names are short there')
    expect(reasonOf('stores nothing of a body that is not what its hash says')).toContain(
      'serverHash is none',
    )
    expect(tests.find(({ rows }) => rows.includes(3))?.outcome).toBe('passed')
  })

  test('reports a promise that is broken, goes on, and clears up', async () => {
    const { make, stored } = account((good) => ({
      async put(key, body, options) {
        // Shares memory with its caller, and takes its time.
        await good.put(key, body, options)
        ;(good as unknown as MemoryStore).objects.set(key, body)
      },
    }))
    const report = await validateProvider(make)
    const failed = report.tests.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
    expect(failed).toContain('shares no memory with its caller')
    expect(report.passed).toBeGreaterThan(20)
    expect(report.failed).toBe(failed.length)
    expect(report.leftovers).toEqual([])
    expect(stored()).toBe(0)
  })

  test('clears away also what a listing does not show yet', async () => {
    const { make, stored } = account((good) => ({
      async *list(prefix) {
        for await (const object of good.list(prefix)) if (!object.key.includes('size-')) yield object
      },
    }))
    const report = await validateProvider(make)
    expect(report.tests.find(({ rows }) => rows.includes(2))?.outcome).toBe('passed')
    expect(report.leftovers).toEqual([])
    expect(stored()).toBe(0)
  })

  test('names what it could not clear away', async () => {
    const { make } = account(() => ({ delete: async () => {} }))
    const report = await validateProvider(make, { timeoutMs: 5_000 })
    expect(report.tests.find(({ rows }) => rows.includes(25))?.outcome).toBe('failed')
    expect(report.leftovers.length).toBeGreaterThan(10)
    expect(report.leftovers).toContainEqual(expect.stringMatching(/^map:validate-\w+-\d+: packs\/0a\/0a01$/))
  })

  test('ends with its signal, and clears up all the same', async () => {
    const { make, stored } = account()
    const stop = new AbortController()
    let left = 8
    const report = await validateProvider(make, {
      signal: stop.signal,
      onTest: ({ outcome }) => outcome === 'passed' && --left === 0 && stop.abort(),
    })
    expect(report).toMatchObject({ passed: 8, cancelled: true, leftovers: [] })
    expect(
      report.tests.filter(({ outcome, reason }) => outcome === 'not run' && reason === 'cancelled').length,
    ).toBeGreaterThan(10)
    expect(report.observed).toBeUndefined()
    expect(stored()).toBe(0)
  })

  test('stops a test in the middle when its signal fires', async () => {
    const stop = new AbortController()
    const { make, stored } = account((good) => ({
      async put(key, body, options) {
        await good.put(key, body, options)
        if (!key.includes('size-1048576')) return
        stop.abort()
        await new Promise((_, reject) =>
          options?.signal?.addEventListener('abort', () => reject(cancelled())),
        )
      },
    }))
    // Fired within the call, so that the event has passed: the call hangs, and is left alone after a while.
    const report = await validateProvider(make, { signal: stop.signal })
    expect(report.tests.find(({ rows }) => rows.includes(2))).toMatchObject({
      outcome: 'not run',
      reason: 'cancelled',
    })
    expect(stored()).toBe(0)
  })

  test('gives up a test that takes too long', async () => {
    const { make, stored } = account((good) => ({
      get: async (key, options) => {
        if (key === 'packs/0a/0a01')
          await new Promise((_, reject) =>
            options?.signal?.addEventListener('abort', () => reject(cancelled())),
          )
        return good.get(key, options)
      },
    }))
    const report = await validateProvider(make, { timeoutMs: 600 })
    expect(report.tests.find(({ rows }) => rows.includes(1))).toMatchObject({
      outcome: 'failed',
      reason: 'took longer than 600 ms',
    })
    expect(stored()).toBe(0)
  })

  test('says where a provider is not what it declares', async () => {
    const late = new Map<string, BackupProvider>()
    const { make } = account((good, place) => ({
      ...(late.get(place) ?? late.set(place, eventualProvider(good, { seed: 1, lagMs: 400 })).get(place)),
      capabilities: { serverHash: 'sha256', nearby: true },
      usage: async () => ({}),
    }))
    const { differences, observed } = await validateProvider(make, { timeoutMs: 2_000, listedObjects: 5 })
    expect(differences).toContainEqual(
      expect.stringMatching(/^listLagMs is 0, and a listing was right only after \d+ ms$/),
    )
    expect(differences).toContain('serverHash is sha256, and stat tells none')
    expect(differences).toContain('there is a usage(), and it tells nothing')
    expect(observed?.listLagMs).toBeGreaterThan(100)
  })

  test('measures each kind of call', async () => {
    const { observed } = await validateProvider(account().make)
    expect(observed?.calls.put.calls).toBe(8)
    expect(observed?.calls.delete.calls).toBe(9)
    expect(observed?.calls.get.bytesPerSecond).toBeGreaterThan(1_000_000)
    expect(observed?.usage).toEqual({ usedBytes: expect.any(Number) })
  })

  test('refuses a factory that makes no provider, and the name of a test that is not there', async () => {
    await expect(validateProvider((() => ({})) as never)).rejects.toMatchObject({ kind: 'config' })
    await expect(validateProvider(account().make, { off: { 'is fast': 'no' } })).rejects.toMatchObject({
      kind: 'config',
      key: 'off',
    })
  })
})

function cancelled(): BackupError {
  return new BackupError('cancelled', 'Cancelled as the test wants it.')
}
