import { afterEach, describe, expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import type { FaultPlan } from '../testing/fault-plan.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { all } from '../testing/provider-suite-place.ts'
import { trackFaults } from '../testing/track-faults.ts'
import { withRetry, type RetryOptions } from './with-retry.ts'

const faulty = trackFaults({ afterEach })

async function stage(plan: FaultPlan, options: RetryOptions = {}) {
  const clock = fakeClock()
  const memory = memoryProvider()
  await memory.open({ create: true })
  for (let at = 0; at < 1_500; at++) memory.objects.set(`packs/00/${at}`, new Uint8Array(4))
  const inner = faulty(memory, plan)
  return { clock, memory, inner, patient: withRetry(inner, { timers: clock, ...options }) }
}

describe('a patient listing', () => {
  test('goes on where it broke off and delivers each object once', async () => {
    const { clock, patient, inner } = await stage({
      list: [
        { fault: 'cut', objects: 700 },
        { fault: 'cut', objects: 3 },
      ],
    })
    const found = await clock.settle(all(patient.list('packs/')))
    expect(found.length).toBe(1_500)
    expect(new Set(found.map((object) => object.key)).size).toBe(1_500)
    expect(inner.calls.map(({ fault }) => fault)).toEqual(['cut', 'cut', undefined])
  })

  test('delivers once what the store lists twice', async () => {
    const { clock, patient } = await stage({ list: [{ fault: 'duplicate' }] })
    expect((await clock.settle(all(patient.list('')))).length).toBe(1_500)
  })

  test('fails when it cannot be completed, and never ends early', async () => {
    const { clock, patient, inner } = await stage({ list: [{ fault: 'cut', objects: 600, times: 5 }] })
    let delivered = 0
    const listing = (async () => {
      for await (const _ of patient.list('')) delivered++
    })()
    await expect(clock.settle(listing)).rejects.toMatchObject({ kind: 'transient' })
    expect(delivered).toBe(512)
    expect(inner.calls.length).toBe(5)
  })

  test('starts again when it hangs', async () => {
    const { clock, patient, inner } = await stage({ list: [{ fault: 'hang-for-ever' }] }, { idleMs: 1_000 })
    expect((await clock.settle(all(patient.list('')))).length).toBe(1_500)
    expect(inner.calls.map(({ fault }) => fault)).toEqual(['hang-for-ever', undefined])
  })

  test('does not listen to one that wakes up after it was given up', async () => {
    const clock = fakeClock()
    const memory = memoryProvider()
    const late = { key: 'packs/00/late', size: 4 }
    const after = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimeout(resolve, ms))
    let listings = 0
    const sleepy = {
      ...memory,
      async *list() {
        if (++listings === 1) {
          await after(2_300)
          yield late
          return
        }
        for (let at = 0; at < 512; at++) yield { key: `packs/00/${at}`, size: 4 }
        await after(800)
        yield late
      },
    }
    const patient = withRetry(sleepy, { timers: clock, idleMs: 1_000, random: () => 0 })
    const found = await clock.settle(all(patient.list('')))
    expect(listings).toBe(2)
    expect(found.length).toBe(513)
    expect(found.at(-1)).toEqual(late)
  })

  test('lets go of the listing below when its reader leaves', async () => {
    const { patient, inner, memory } = await stage({})
    let fired = false
    const watched = withRetry({
      ...inner,
      list(prefix, options = {}) {
        options.signal?.addEventListener('abort', () => {
          fired = true
        })
        return memory.list(prefix, options)
      },
    })
    for await (const _ of watched.list('')) break
    expect(fired).toBe(true)
    expect((await all(patient.list(''))).length).toBe(1_500)
  })
})
