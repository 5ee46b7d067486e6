import { afterEach, describe, expect, test } from 'vitest'
import { BackupError } from '../errors.ts'
import { fakeClock } from './fake-clock.ts'
import type { FaultPlan } from './fault-plan.ts'
import { faultyProvider, type FaultyProvider } from './faulty-provider.ts'
import { memoryProvider } from './memory-provider.ts'
import { all } from './provider-suite-place.ts'
import { trackFaults } from './track-faults.ts'

const key = 'packs/00/a'
const body = new Uint8Array([1, 2, 3, 4])
const tracked = trackFaults({ afterEach })

async function stage(plan: FaultPlan, make = tracked): Promise<FaultyProvider> {
  const memory = memoryProvider()
  await memory.open({ create: true })
  return make(memory, plan)
}

describe('a scripted fault', () => {
  test('of kind error stops the call before it does anything', async () => {
    const provider = await stage({ put: [{ fault: 'error', kind: 'throttled', retryAfterMs: 70 }] })
    await expect(provider.put(key, body)).rejects.toMatchObject({
      kind: 'throttled',
      retryAfterMs: 70,
      key,
      plugin: 'memory',
    })
    expect(await provider.stat(key)).toBeUndefined()
    await provider.put(key, body)
    expect(provider.calls).toEqual([
      { method: 'put', key, fault: 'error' },
      { method: 'stat', key },
      { method: 'put', key },
    ])
  })

  test('of kind lost-reply does what was asked and then fails', async () => {
    const provider = await stage({ put: [{ fault: 'lost-reply' }], delete: [{ fault: 'lost-reply' }] })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    expect(await provider.get(key)).toEqual(body)
    await expect(provider.delete(key)).rejects.toMatchObject({ kind: 'transient' })
    expect(await provider.stat(key)).toBeUndefined()
  })

  test('of kind torn leaves a part of the body', async () => {
    const provider = await stage({ put: [{ fault: 'torn' }, { fault: 'torn', keptBytes: 1 }] })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    expect(await provider.get(key)).toEqual(body.subarray(0, 2))
    await expect(provider.put('packs/00/b', body)).rejects.toMatchObject({ kind: 'transient' })
    expect((await provider.stat('packs/00/b'))?.size).toBe(1)
  })

  test('of kind short or flip changes what is read and not what is stored', async () => {
    const provider = await stage({ get: [{ fault: 'short' }, { fault: 'flip' }], stat: [{ fault: 'short' }] })
    await provider.put(key, body)
    expect(await provider.get(key)).toEqual(new Uint8Array([1, 2, 3]))
    expect(await provider.get(key)).toEqual(new Uint8Array([1, 2, 2, 4]))
    expect(await provider.stat(key)).toEqual({ size: 3 })
    expect(await provider.get(key)).toEqual(body)
  })

  test('in a listing hides, repeats or breaks off', async () => {
    const provider = await stage({ list: [{ fault: 'stale' }, { fault: 'duplicate' }, { fault: 'cut' }] })
    await provider.put('packs/00/a', body)
    await provider.put('packs/00/b', body)
    const keys = async (): Promise<string[]> =>
      (await all(provider.list(''))).map((object) => object.key.slice(-1))
    expect(await keys()).toEqual(['a'])
    expect(await keys()).toEqual(['a', 'a', 'b', 'b'])
    await expect(keys()).rejects.toMatchObject({ kind: 'transient' })
    expect(await keys()).toEqual(['a', 'b'])
  })

  test('of kind hang lasts until the signal fires', async () => {
    const provider = await stage({ stat: [{ fault: 'hang' }] })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 10)
    const startedAt = performance.now()
    await expect(provider.stat(key, { signal: controller.signal })).rejects.toMatchObject({
      kind: 'cancelled',
    })
    expect(performance.now() - startedAt).toBeGreaterThan(8)
  })

  test('of kind delay takes the time of the clock given', async () => {
    const clock = fakeClock()
    const memory = memoryProvider()
    await memory.open({ create: true })
    const provider = tracked(memory, { stat: [{ fault: 'delay', ms: 5_000 }] }, { timers: clock })
    const before = clock.now()
    await clock.settle(provider.stat(key))
    expect(clock.now() - before).toBe(5_000)
  })

  test('waits for its key and passes as often as told', async () => {
    const provider = await stage({
      put: [
        { fault: 'pass', on: 'packs/', times: 2 },
        { fault: 'error', kind: 'quota', on: 'packs/' },
      ],
    })
    await provider.put('packs/00/a', body)
    await provider.put('index/v1/a', body)
    await provider.put('packs/00/b', body)
    await provider.put('index/v1/b', body)
    await expect(provider.put('packs/00/c', body)).rejects.toMatchObject({ kind: 'quota', key: 'packs/00/c' })
  })

  test('that cannot happen to its method is refused at once', () => {
    expect(() => faultyProvider(memoryProvider(), { get: [{ fault: 'torn' }] })).toThrow(
      'cannot happen to get',
    )
  })
})

describe('a planned fault that never fires', () => {
  test('fails the test that planned it', async () => {
    const provider = await stage(
      { get: [{ fault: 'flip', times: 2 }], put: [{ fault: 'torn' }] },
      faultyProvider,
    )
    await provider.put('packs/00/b', body).catch(() => {})
    await provider.get('packs/00/b')
    expect(() => provider.assertAllFired()).toThrow(/get: .*flip.*1 of 2 to come/)
    await provider.get('packs/00/b')
    provider.assertAllFired()
  })

  test('is noticed after each test by those who track', () => {
    let check: (() => void) | undefined
    const track = trackFaults({
      afterEach(given) {
        check = given
      },
    })
    track(memoryProvider(), { put: [{ fault: 'torn' }] })
    expect(check).toThrow('never happened')
    expect(check).not.toThrow()
  })

  test('is noticed in a random plan that was too gentle', () => {
    const provider = faultyProvider(memoryProvider(), { seed: 1, rate: 0 })
    expect(() => provider.assertAllFired()).toThrow('no fault in 0 calls')
  })
})

describe('a random plan', () => {
  async function play(seed: number): Promise<(string | undefined)[]> {
    const provider = await stage({ seed, rate: 0.3 })
    const put = (at: number): Promise<unknown> =>
      provider.put(`packs/00/${at}`, body).catch((error: unknown) => error)
    const outcomes = await Promise.all(Array.from({ length: 200 }, (_, at) => put(at)))
    const errors = outcomes.filter((outcome) => outcome !== undefined)
    expect(errors.filter((error) => !BackupError.is(error, 'transient'))).toEqual([])
    return provider.calls.map(({ fault }) => fault)
  }

  test('does the same for the same seed, and about as often as its rate says', async () => {
    const faults = await play(11)
    expect(await play(11)).toEqual(faults)
    expect(await play(12)).not.toEqual(faults)
    const hit = faults.filter(Boolean).length
    expect(hit).toBeGreaterThan(35)
    expect(hit).toBeLessThan(85)
    expect(new Set(faults)).toEqual(new Set([undefined, 'error', 'lost-reply']))
  })
})
