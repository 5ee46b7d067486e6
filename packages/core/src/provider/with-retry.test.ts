import { afterEach, describe, expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import type { FaultPlan } from '../testing/fault-plan.ts'
import type { FaultyProvider } from '../testing/faulty-provider.ts'
import { memoryProvider, type MemoryProvider } from '../testing/memory-provider.ts'
import { all } from '../testing/provider-suite-place.ts'
import { trackFaults } from '../testing/track-faults.ts'
import { withRetry, type RetryEvent, type RetryOptions } from './with-retry.ts'

const key = 'packs/00/a'
const body = new Uint8Array([1, 2, 3, 4])
const faulty = trackFaults({ afterEach })
const transient = { fault: 'error', kind: 'transient' } as const

interface Stage {
  clock: FakeClock
  memory: MemoryProvider
  inner: FaultyProvider
  patient: BackupProvider
  events: RetryEvent[]
  /** Calls that reached the provider, as `method` or `method!fault`. */
  calls(): string[]
  /** Milliseconds on the fake clock since the stage was set. */
  elapsed(): number
}

async function stage(plan: FaultPlan, options: RetryOptions = {}): Promise<Stage> {
  const clock = fakeClock()
  const startedAt = clock.now()
  const memory = memoryProvider()
  await memory.open({ create: true })
  const inner = faulty(memory, plan, { timers: clock })
  const events: RetryEvent[] = []
  const patient = withRetry(inner, {
    timers: clock,
    random: () => 1,
    onRetry: (event) => events.push(event),
    ...options,
  })
  return {
    clock,
    memory,
    inner,
    patient,
    events,
    calls: () => inner.calls.map(({ method, fault }) => (fault ? `${method}!${fault}` : method)),
    elapsed: () => clock.now() - startedAt,
  }
}

describe('a patient provider', () => {
  test('repeats what failed transiently, with waits whose bound doubles', async () => {
    const { clock, patient, events, calls, elapsed } = await stage({ stat: [{ ...transient, times: 4 }] })
    expect(await clock.settle(patient.stat(key))).toBeUndefined()
    expect(events.map(({ waitMs }) => waitMs)).toEqual([500, 1_000, 2_000, 4_000])
    expect(events.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
    expect(events[0]).toMatchObject({
      plugin: 'memory',
      operation: 'stat',
      key,
      error: { kind: 'transient' },
    })
    expect(elapsed()).toBe(7_500)
    expect(calls().length).toBe(5)
    expect(clock.pending).toBe(0)
  })

  test('gives up after its attempts and throws what the last one threw', async () => {
    const { clock, patient, inner } = await stage({ get: [{ ...transient, times: 3 }] }, { attempts: 3 })
    await expect(clock.settle(patient.get(key))).rejects.toMatchObject({ kind: 'transient', key })
    expect(inner.calls.length).toBe(3)
  })

  test.each(['auth', 'quota', 'not-found', 'target-missing', 'corrupt', 'config'] as const)(
    'never repeats what failed with %s',
    async (kind) => {
      const { clock, patient, events, inner } = await stage({ get: [{ fault: 'error', kind }] })
      await expect(clock.settle(patient.get(key))).rejects.toMatchObject({ kind })
      expect(inner.calls.length).toBe(1)
      expect(events).toEqual([])
    },
  )

  test('spreads its waits over everything below the bound', async () => {
    const chances = [0, 0.25, 0.999]
    const { clock, patient, events } = await stage(
      { stat: [{ ...transient, times: 3 }] },
      { random: () => chances.shift() ?? 0, firstDelayMs: 1_000, maxDelayMs: 3_000 },
    )
    await clock.settle(patient.stat(key))
    expect(events.map(({ waitMs }) => waitMs)).toEqual([0, 500, 2_997])
  })

  test('waits as long as it is told, also beyond its own bound', async () => {
    const { clock, patient, elapsed } = await stage(
      { stat: [{ ...transient, retryAfterMs: 400_000 }] },
      { maxDelayMs: 1_000 },
    )
    await clock.settle(patient.stat(key))
    expect(elapsed()).toBe(400_000)
  })

  test('is not repeated by a machine that slept meanwhile: what was right to ask for then may do harm now', async () => {
    let sleptMs = 0
    const clock = fakeClock()
    const timers = {
      now: clock.now,
      wall: () => clock.now() + sleptMs,
      setTimeout: (callback: () => void, ms: number) =>
        clock.setTimeout(() => {
          sleptMs = 24 * 3_600_000
          callback()
        }, ms),
      clearTimeout: clock.clearTimeout,
    }
    const { patient, calls, events } = await stage({ delete: [transient] }, { timers })
    await expect(clock.settle(patient.delete(key))).rejects.toMatchObject({ kind: 'transient' })
    // It meant to.
    expect(events).toHaveLength(1)
    expect(calls()).toEqual(['delete!error'])
  })

  test('begins no wait that would end after its budget', async () => {
    const { clock, patient, elapsed, inner } = await stage(
      { stat: [{ ...transient, times: 3 }] },
      { attempts: 50, firstDelayMs: 1_000, budgetMs: 5_000 },
    )
    await expect(clock.settle(patient.stat(key))).rejects.toMatchObject({ kind: 'transient' })
    expect(elapsed()).toBe(3_000)
    expect(inner.calls.length).toBe(3)
  })

  test('hands on what the provider is and can', async () => {
    const memory = memoryProvider({ location: 'memory:shop' })
    const capable = { ...memory, capabilities: { concurrency: 9 } }
    const patient = withRetry(capable)
    expect(patient).toMatchObject({
      contract: 1,
      name: 'memory',
      location: 'memory:shop',
      capabilities: { concurrency: 9 },
    })
    await patient.open({ create: true })
    expect(await patient.usage?.()).toEqual({ usedBytes: 0 })
    expect(patient.close).toBeUndefined()
  })

  test('repeats open, usage and delete too', async () => {
    const { clock, patient, calls } = await stage({
      open: [transient],
      usage: [transient],
      delete: [{ fault: 'lost-reply' }],
    })
    await clock.settle(patient.open({}))
    await clock.settle(patient.usage?.() ?? Promise.reject(new Error('usage is gone')))
    await clock.settle(patient.delete(key))
    expect(calls()).toEqual(['open!error', 'open', 'usage!error', 'usage', 'delete!lost-reply', 'delete'])
  })

  test('calls an error that is no BackupError permanent and does not repeat it', async () => {
    const memory = memoryProvider()
    let calls = 0
    const patient = withRetry({
      ...memory,
      stat() {
        calls++
        return Promise.reject(new TypeError('fetch failed'))
      },
    })
    await expect(patient.stat(key)).rejects.toMatchObject({
      kind: 'permanent',
      plugin: 'memory',
      key,
      cause: { message: 'fetch failed' },
    })
    expect(calls).toBe(1)
  })

  test.each([
    ['attempts', 0],
    ['attempts', 2.5],
    ['budgetMs', -1],
    ['idleMs', Number.NaN],
    ['firstDelayMs', Infinity],
  ])('refuses the option %s = %d', (option, value) => {
    expect(() => withRetry(memoryProvider(), { [option]: value })).toThrow(
      expect.objectContaining({ kind: 'config', key: option }),
    )
  })
})

describe('a put whose outcome nobody knows', () => {
  test('is looked for before it is sent again', async () => {
    const { clock, patient, calls, memory } = await stage({ put: [{ fault: 'lost-reply' }] })
    await clock.settle(patient.put(key, body))
    expect(calls()).toEqual(['put!lost-reply', 'stat'])
    expect(memory.objects.get(key)).toEqual(body)
  })

  test('is sent again when it is not there', async () => {
    const { clock, patient, calls, memory } = await stage({ put: [transient] })
    await clock.settle(patient.put(key, body))
    expect(calls()).toEqual(['put!error', 'stat', 'put'])
    expect(memory.objects.get(key)).toEqual(body)
  })

  test('is not taken for done when only a part is there', async () => {
    const { clock, patient, calls } = await stage({ put: [{ fault: 'torn' }] })
    await expect(clock.settle(patient.put(key, body))).rejects.toMatchObject({ kind: 'exists', key })
    expect(calls()).toEqual(['put!torn', 'stat', 'put'])
  })

  test('is not taken for done when the store knows another hash', async () => {
    const { clock, inner, memory } = await stage({ put: [transient] })
    memory.objects.set(key, new Uint8Array([9, 9, 9, 9]))
    const hashing = { ...inner, stat: async () => ({ size: 4, sha256: 'other' }) }
    const patient = withRetry(hashing, { timers: clock })
    await expect(clock.settle(patient.put(key, body, { sha256: 'mine' }))).rejects.toMatchObject({
      kind: 'corrupt',
    })
    expect(inner.calls.map(({ method }) => method)).toEqual(['put', 'put'])
  })

  test('is looked for again when looking fails', async () => {
    const { clock, patient, calls } = await stage({ put: [{ fault: 'lost-reply' }], stat: [transient] })
    await clock.settle(patient.put(key, body))
    expect(calls()).toEqual(['put!lost-reply', 'stat!error', 'stat'])
  })

  test('is not looked for when the store only asked for patience', async () => {
    const { clock, patient, calls } = await stage({
      put: [{ fault: 'error', kind: 'throttled', retryAfterMs: 10 }],
    })
    await clock.settle(patient.put(key, body))
    expect(calls()).toEqual(['put!error', 'put'])
  })
})

describe('when the store throttles', () => {
  test('no call starts before the pause is over', async () => {
    const { clock, patient, inner, elapsed } = await stage({
      get: [{ fault: 'error', kind: 'throttled', retryAfterMs: 60_000 }],
    })
    const first = patient.get(key).catch((error: unknown) => error)
    await clock.advance(0)
    const others = [patient.stat(key), patient.put('packs/00/b', body), all(patient.list(''))]
    await clock.advance(59_999)
    expect(inner.calls.length).toBe(1)
    await clock.settle(Promise.all([first, ...others]))
    expect(inner.calls.length).toBe(5)
    expect(elapsed()).toBe(60_500)
    expect(BackupError.is(await first, 'not-found')).toBe(true)
  })

  test('without saying for how long, the pause is never short', async () => {
    const { clock, patient, elapsed } = await stage(
      { stat: [{ fault: 'error', kind: 'throttled' }] },
      { random: () => 0 },
    )
    await clock.settle(patient.stat(key))
    expect(elapsed()).toBe(250)
  })

  test('for longer than the budget, every call fails at once and says how long', async () => {
    const { clock, patient, inner, elapsed } = await stage({
      get: [{ fault: 'error', kind: 'throttled', retryAfterMs: 3_600_000 }],
    })
    await expect(clock.settle(patient.get(key))).rejects.toMatchObject({
      kind: 'throttled',
      retryAfterMs: 3_600_000,
    })
    await clock.advance(1_000)
    await expect(clock.settle(patient.stat(key))).rejects.toMatchObject({
      kind: 'throttled',
      retryAfterMs: 3_599_000,
    })
    expect(inner.calls.length).toBe(1)
    expect(elapsed()).toBe(1_000)
  })
})

describe('a call in which nothing moves', () => {
  test('is cancelled, counts as transient and is repeated', async () => {
    const { clock, patient, events, calls, elapsed } = await stage(
      { stat: [{ fault: 'hang' }] },
      { idleMs: 10_000 },
    )
    await clock.settle(patient.stat(key))
    expect(calls()).toEqual(['stat!hang', 'stat'])
    expect(events[0]?.error).toMatchObject({ kind: 'transient', message: expect.stringContaining('10 s') })
    expect(elapsed()).toBe(10_500)
    expect(clock.pending).toBe(0)
  })

  test('is abandoned a second later by those who ignore the signal', async () => {
    const { clock, patient, elapsed } = await stage(
      { stat: [{ fault: 'hang-for-ever' }] },
      { idleMs: 10_000 },
    )
    await clock.settle(patient.stat(key))
    expect(elapsed()).toBe(11_500)
  })

  test('is given time for the bytes it has to move', async () => {
    const { clock, patient, elapsed } = await stage(
      { get: [{ fault: 'hang' }] },
      { attempts: 1, idleMs: 1_000, slowestBytesPerSecond: 100 },
    )
    const got = patient.get(key, { range: { offset: 0, length: 400 } })
    await expect(clock.settle(got)).rejects.toMatchObject({ kind: 'transient' })
    expect(elapsed()).toBe(5_000)
  })

  test('lives on as long as its progress goes on', async () => {
    const clock = fakeClock()
    const memory = memoryProvider()
    await memory.open({ create: true })
    const slow = {
      ...memory,
      async put(name: string, bytes: Uint8Array, options: Parameters<BackupProvider['put']>[2] = {}) {
        for (let sent = 1; sent <= 20; sent++) {
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 900))
          options.onProgress?.(sent)
        }
        await memory.put(name, bytes)
      },
    }
    const told: number[] = []
    const patient = withRetry(slow, { timers: clock, idleMs: 1_000, attempts: 1 })
    await clock.settle(patient.put(key, body, { onProgress: (sent) => told.push(sent) }))
    expect(told.length).toBe(20)
    expect(memory.objects.has(key)).toBe(true)
  })
})

describe('the signal of the caller', () => {
  test('ends a wait between attempts at once', async () => {
    const { clock, patient, elapsed, inner } = await stage({
      stat: [{ ...transient, retryAfterMs: 100_000 }],
    })
    const controller = new AbortController()
    clock.setTimeout(() => controller.abort(), 40)
    await expect(clock.settle(patient.stat(key, { signal: controller.signal }))).rejects.toMatchObject({
      kind: 'cancelled',
    })
    expect(elapsed()).toBe(40)
    expect(inner.calls.length).toBe(1)
    expect(clock.pending).toBe(0)
  })

  test('ends a wait at the gate at once', async () => {
    const { clock, patient, elapsed } = await stage({
      stat: [{ fault: 'error', kind: 'throttled', retryAfterMs: 60_000 }],
    })
    const controller = new AbortController()
    clock.setTimeout(() => controller.abort(), 40)
    await expect(clock.settle(patient.stat(key, { signal: controller.signal }))).rejects.toMatchObject({
      kind: 'cancelled',
    })
    expect(elapsed()).toBe(40)
  })

  test.each([
    ['hang', 40],
    ['hang-for-ever', 1_040],
  ] as const)('ends a call that is in a %s after %d ms', async (fault, expected) => {
    const { clock, patient, elapsed, inner } = await stage({ get: [{ fault }] })
    const controller = new AbortController()
    clock.setTimeout(() => controller.abort(), 40)
    await expect(clock.settle(patient.get(key, { signal: controller.signal }))).rejects.toMatchObject({
      kind: 'cancelled',
    })
    expect(elapsed()).toBe(expected)
    expect(inner.calls.length).toBe(1)
  })

  test('leaves no listener behind', async () => {
    const { clock, patient } = await stage({ stat: [transient] })
    const controller = new AbortController()
    const listening = new Set<unknown>()
    const signal = controller.signal
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (type: string, listener: never, options?: never) => {
      listening.add(listener)
      addEventListener.call(signal, type, listener, options)
    }
    signal.removeEventListener = (type: string, listener: never) => {
      listening.delete(listener)
      removeEventListener.call(signal, type, listener)
    }
    await clock.settle(patient.stat(key, { signal }))
    expect(listening.size).toBe(0)
  })
})
