import { tracingChannel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, test } from 'vitest'
import { faultyProvider } from '../testing/faulty-provider.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { all } from '../testing/provider-suite-place.ts'
import { providerChannel, type ProviderTrace, withTrace } from './with-trace.ts'

const key = 'packs/0a/x'
const channel = tracingChannel<ProviderTrace, ProviderTrace>(providerChannel)
const told: [string, ProviderTrace][] = []
const note =
  (name: string) =>
  (event: unknown): void =>
    void told.push([name, { ...(event as ProviderTrace) }])
const nothing = (): void => {}
const listener = {
  start: note('start'),
  end: nothing,
  asyncStart: nothing,
  asyncEnd: note('asyncEnd'),
  error: note('error'),
}

afterEach(() => {
  channel.unsubscribe(listener)
  told.length = 0
})

async function stage() {
  const memory = memoryProvider({ location: 'memory:traced' })
  await memory.open({ create: true })
  const faulty = faultyProvider(memory, {})
  return { faulty, traced: withTrace(faulty) }
}

describe('a trace', () => {
  test('tells when a call begins, and when it has ended with how many bytes after how long', async () => {
    const { traced } = await stage()
    channel.subscribe(listener)
    await traced.put(key, new Uint8Array(7))
    await traced.get(key)
    await traced.stat(key)
    const common = { provider: 'memory', location: 'memory:traced', key }
    const milliseconds = expect.any(Number)
    expect(told).toMatchObject([
      ['start', { ...common, operation: 'put', bytes: 7 }],
      ['asyncEnd', { ...common, operation: 'put', bytes: 7, milliseconds }],
      ['start', { ...common, operation: 'get', bytes: 0 }],
      ['asyncEnd', { ...common, operation: 'get', bytes: 7, milliseconds }],
      ['start', { ...common, operation: 'stat', bytes: 0 }],
      ['asyncEnd', { ...common, operation: 'stat', bytes: 0, milliseconds }],
    ])
    expect(told[0]?.[1]).not.toHaveProperty('milliseconds')
  })

  test('hands out no bodies', async () => {
    const { traced } = await stage()
    channel.subscribe(listener)
    await traced.put(key, new Uint8Array(7))
    await traced.get(key)
    const values = told.flatMap(([, event]) => Object.values(event))
    expect(values.length).toBeGreaterThan(20)
    expect(values.filter((value) => value instanceof Uint8Array)).toEqual([])
  })

  test('tells of a failure, which reaches the caller as it is', async () => {
    const { traced, faulty } = await stage()
    faulty.plan({ get: [{ fault: 'error', kind: 'quota' }], list: [{ fault: 'cut', objects: 1 }] })
    await traced.put(key, new Uint8Array(7))
    channel.subscribe(listener)
    await expect(traced.get(key)).rejects.toMatchObject({ kind: 'quota' })
    await expect(all(traced.list('packs/'))).rejects.toMatchObject({ kind: 'transient' })
    expect(told).toMatchObject([
      ['start', { operation: 'get' }],
      ['error', { operation: 'get', error: { kind: 'quota' }, milliseconds: expect.any(Number) }],
      ['asyncEnd', { operation: 'get', error: { kind: 'quota' } }],
      ['start', { operation: 'list', key: 'packs/' }],
      ['error', { operation: 'list', objects: 1, error: { kind: 'transient' } }],
      ['asyncEnd', { operation: 'list' }],
    ])
  })

  test('tells of a listing once, also of one whose reader leaves', async () => {
    const { traced } = await stage()
    for (const n of [1, 2, 3]) await traced.put(`packs/0a/${n}`, new Uint8Array(1))
    channel.subscribe(listener)
    await all(traced.list(''))
    for await (const _ of traced.list('')) break
    expect(told).toMatchObject([
      ['start', { operation: 'list', objects: 0 }],
      ['asyncEnd', { operation: 'list', objects: 3 }],
      ['start', { operation: 'list', objects: 0 }],
      ['asyncEnd', { operation: 'list', objects: 1 }],
    ])
  })

  test('tells nothing and measures nothing while nobody listens', async () => {
    const { traced } = await stage()
    const { now } = performance
    let measured = 0
    performance.now = () => (measured++, now.call(performance))
    try {
      await traced.put(key, new Uint8Array(7))
      await all(traced.list(''))
      expect(measured).toBe(0)
      channel.subscribe(listener)
      await traced.get(key)
      expect(measured).toBeGreaterThan(0)
    } finally {
      performance.now = now
    }
    expect(told.map(([name]) => name)).toEqual(['start', 'asyncEnd'])
  })
})
