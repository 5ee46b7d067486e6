import type { BackupProvider } from '../contract/provider.ts'
import { withRetry } from '../provider/with-retry.ts'
import { fakeClock } from './fake-clock.ts'
import type { FixtureFault } from './provider-suite-fixture.ts'
import {
  all,
  fails,
  holds,
  othersRun,
  patient,
  same,
  type Place,
  type ProviderTest,
} from './provider-suite-place.ts'

// A provider does not wait by itself: it says what happened, so that `withRetry` above it can do the right
// thing.

const key = 'packs/0a/0a01'
const kept = 'packs/0b/kept'

export const patienceTests: readonly ProviderTest[] = [
  {
    name: 'sends nothing while the store wants a pause of so many seconds',
    covers: [33],
    needs: ['throttled-seconds', 'requests'],
    run: (place) => keepsQuiet(place, 'throttled-seconds', 395_000),
  },
  {
    name: 'sends nothing while the store wants a pause until a date',
    covers: [33],
    needs: ['throttled-date', 'requests'],
    run: (place) => keepsQuiet(place, 'throttled-date', 395_000),
  },
  {
    name: 'sends nothing for a while when the store wants a pause and does not say how long',
    covers: [33],
    needs: ['throttled-bare', 'requests'],
    run: (place) => keepsQuiet(place, 'throttled-bare', 30_000),
  },
  {
    name: 'comes through five hundred calls of which thirty in a hundred fail',
    covers: [34],
    needs: ['random-errors'],
    run: comesThrough,
  },
  {
    name: 'gives up a store that does not answer',
    covers: [35],
    needs: ['silence'],
    run: (place) => givesUp(place, 'silence'),
  },
  {
    name: 'gives up a body that stops in the middle',
    covers: [35],
    needs: ['stalled-body'],
    run: (place) => givesUp(place, 'stalled-body'),
  },
  {
    name: 'gives up a body that comes a byte now and then',
    covers: [35],
    needs: ['trickle'],
    run: (place) => givesUp(place, 'trickle'),
  },
  {
    name: 'reports a store out of reach as transient, and never as an empty one',
    needs: ['unreachable'],
    async run({ provider, random, inject }) {
      await provider.put(kept, random.bytes(10))
      const { happened } = await inject('unreachable')
      await fails('transient', () => provider.put(key, random.bytes(10)))
      await fails('transient', () => provider.get(kept))
      await fails('transient', () => provider.stat(kept))
      await fails('transient', () => provider.delete(kept))
      await fails('transient', async () => provider.list('')[Symbol.asyncIterator]().next())
      holds(happened() > 0, 'the store was never out of reach')
    },
  },
]

/**
 * The pause is one of the account: calls that come later wait too. The clock is the suite's, so it takes no
 * time.
 */
async function keepsQuiet(
  { fixture, provider, random, inject }: Place,
  what: FixtureFault,
  atLeastMs: number,
): Promise<void> {
  const body = random.bytes(1_000)
  await provider.put(kept, body)
  const clock = fakeClock()
  const waits: number[] = []
  const one = withRetry(provider, {
    timers: clock,
    firstDelayMs: 60_000,
    maxDelayMs: 60_000,
    onRetry: ({ waitMs }) => waits.push(waitMs),
  })
  const requests = (): number => fixture.requests?.() ?? 0
  const fault = await inject(what)
  const calls: Promise<unknown>[] = [one.get(kept)]
  await until(() => waits.length > 0, calls[0], 'a call that was asked for a pause did not wait')
  holds(fault.happened() > 0, 'the store asked for no pause')
  holds(waits.length > 0, 'a call that was asked for a pause did not wait for it')
  const [waitMs = 0] = waits
  holds(
    waitMs >= atLeastMs,
    `the store asked for a pause, and ${Math.round(waitMs / 1000)} s were understood`,
  )
  holds(waitMs <= 401_000, `the store asked for 400 s, and ${Math.round(waitMs / 1000)} s were understood`)
  await fault.end()

  const before = requests()
  calls.push(one.put(key, body), one.stat(kept), one.delete('packs/0c/none'), all(one.list('')))
  // Until a moment before the gate opens. What others started has time to arrive.
  for (let step = 0; step < 20; step++) await clock.advance((waitMs - 1_000) / 20)
  holds(requests() === before, `${requests() - before} requests arrived during the pause`)
  // The gate lets them go within the first delay.
  await clock.advance(1_000 + 60_000)
  const results = Promise.all(calls)
  await until(() => false, results, 'the calls never ended after the pause; does the fault end?')
  same((await results)[0] as Uint8Array, body, 'an object got after the pause')
  holds(requests() > before, 'nothing arrived after the pause')
}

async function comesThrough(place: Place): Promise<void> {
  const { provider, random, inject, settles } = place
  const fault = await inject('random-errors')
  const one = withRetry(provider, { attempts: 60, firstDelayMs: 1, maxDelayMs: 5 })
  const model = new Map<string, Uint8Array>()
  for (let step = 0; step < 500; step++) {
    const name = `packs/0${random.below(3)}/object-${random.below(60)}`
    const known = model.get(name)
    const action = random.below(10)
    if (!known || action === 0) {
      const body = known ?? random.bytes(random.below(5_000))
      await one.put(name, body)
      model.set(name, body)
    } else if (action === 1) {
      await one.delete(name)
      model.delete(name)
    } else if (action < 4) {
      holds((await one.stat(name))?.size === known.length, `stat of ${name} is wrong when requests fail`)
    } else {
      same(await one.get(name), known, `${name} got when requests fail`)
    }
  }
  holds(fault.happened() >= 100, `only ${fault.happened()} requests failed in 500 calls`)
  await fault.end()
  await settles('', [...model.keys()])
  for (const [name, body] of model) same(await provider.get(name), body, name)
}

/** The watchdog above fires the signal; the provider has to let go, not only the watchdog. */
async function givesUp({ provider, random, inject }: Place, what: FixtureFault): Promise<void> {
  const body = random.bytes(300_000)
  await provider.put(kept, body)
  let under = 0
  const watched: BackupProvider = {
    ...provider,
    async get(name, options) {
      under++
      try {
        return await provider.get(name, options)
      } finally {
        under--
      }
    },
  }
  const one = withRetry(watched, { attempts: 2, firstDelayMs: 1, idleMs: 250, slowestBytesPerSecond: 1e12 })
  const fault = await inject(what)
  await fails('transient', () => one.get(kept))
  await fails('transient', () => one.get(kept, { range: { offset: 10, length: 200_000 } }))
  holds(fault.happened() >= 2, 'the store was not slow')
  for (let turn = 0; under > 0 && turn < 200; turn++) await othersRun()
  holds(under === 0, `${under} calls go on although their signal fired`)
  await fault.end()
  same(await patient(provider).get(kept), body, 'an object got when the store answered again')
}

/** Until this is so, or the call has ended; ten seconds of real time at most. */
async function until(
  met: () => boolean,
  call: Promise<unknown> | undefined,
  otherwise: string,
): Promise<void> {
  let ended = false
  const end = (): void => void (ended = true)
  call?.then(end, end)
  const since = performance.now()
  while (!met() && !ended && performance.now() - since < 10_000) await othersRun()
  holds(met() || ended, otherwise)
}
