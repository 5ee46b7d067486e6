import { type BackupProvider, type ProviderCapabilities, capabilitiesOf } from '../contract/provider.ts'
import { BackupError, type ErrorKind } from '../errors.ts'
import type { ProviderFixture } from './provider-suite-fixture.ts'
import type { ProviderTest, SuiteSizes } from './provider-suite-place.ts'
import { runTest, themes } from './provider-suite.ts'
import { compareWith, measure, measuredBytes, type Observed } from './validate-measure.ts'
import { createPlaces, made, type PlaceFactory, type Places } from './validate-places.ts'
import { planTests } from './validate-plan.ts'

export type { MeasuredCalls, MeasuredOperation, Observed } from './validate-measure.ts'
export type { PlaceFactory } from './validate-places.ts'

export interface ValidationOptions {
  /** Objects in the test of long listings. [50] */
  readonly listedObjects?: number
  /** Tests that move more bytes than this are left out. [67,108,864] */
  readonly maxBytesPerTest?: number
  /** Tests to leave out: the name as the suite states it, and the reason. */
  readonly off?: Readonly<Record<string, string>>
  /** For each test, in milliseconds. [300,000] */
  readonly timeoutMs?: number
  /** Stops after the call that is under way. What was stored is cleared away all the same. */
  readonly signal?: AbortSignal
  /** Told before anything is stored. */
  readonly onPlan?: (plan: ValidationPlan) => unknown
  /** Told after each test. */
  readonly onTest?: (result: ValidatedTest) => unknown
}

/**
 * What is about to happen; the bytes are about right, for tests that cancel do not always come equally far.
 */
export interface ValidationPlan {
  readonly tests: number
  readonly off: number
  readonly needFake: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

export interface ValidatedTest {
  readonly theme: string
  readonly name: string
  /** Rows of the table in the guide. */
  readonly rows: readonly number[]
  readonly outcome: 'passed' | 'failed' | 'off' | 'needs a fake' | 'not run'
  /** Why it failed, is off or was not run; what a fake would have to offer. */
  readonly reason?: string
  /** Of the error it failed with, when that was a `BackupError`. */
  readonly kind?: ErrorKind
  readonly milliseconds: number
}

export interface ValidationReport {
  readonly provider: string
  readonly tests: readonly ValidatedTest[]
  readonly passed: number
  readonly failed: number
  readonly off: number
  readonly needFake: number
  /** Was it stopped by the signal? */
  readonly cancelled: boolean
  readonly declared: ProviderCapabilities
  /** Absent when measuring failed; `differences` says why. */
  readonly observed?: Observed
  /** Where the declared capabilities are not what was seen. */
  readonly differences: readonly string[]
  readonly sentBytes: number
  readonly receivedBytes: number
  /**
   * Locations of the places that were used. They are empty, and are not removed: no provider can remove its
   * place.
   */
  readonly places: readonly string[]
  /** What could not be cleared away: location and key, or a reason. */
  readonly leftovers: readonly string[]
}

/**
 * Runs the conformance suite against a real account, one test after the other, without a test runner, and
 * measures what the account does. Tests that need a fault to happen are left out, for nobody can ask a real
 * store to fail: they need a fake.
 *
 * Everything that is stored lies in places named `validate-…` and is removed at the end, also after a failure
 * and when the signal fires. Empty places remain, and what a store shows to nobody: unfinished uploads of a
 * put that failed.
 *
 * @returns a report, also when tests fail
 * @throws `config` when `off` names a test that is not there, or the factory makes no provider
 *
 * @example
 * ```ts
 * const report = await validateProvider((place) => local(`/mnt/usb/${place}`))
 * if (report.failed > 0) console.log(report.tests.filter(({ outcome }) => outcome === 'failed'))
 * ```
 */
export async function validateProvider(
  make: PlaceFactory,
  options: ValidationOptions = {},
): Promise<ValidationReport> {
  const { signal = new AbortController().signal, timeoutMs = 300_000 } = options
  const sizes: SuiteSizes = {
    listedObjects: options.listedObjects ?? 50,
    heldBytesPerPut: 32 * 1024 * 1024,
    modelSteps: 200,
  }
  const run = `validate-${runId()}`
  checkOff(options.off ?? {})
  const sample = made(make, `${run}-0`)
  const { name: provider } = sample
  const declared = capabilitiesOf(sample)
  await sample.close?.()
  const planned = await planTests(sizes, declared, options)
  const due = planned.filter(({ reason }) => reason === undefined)
  options.onPlan?.({
    tests: due.length,
    off: planned.filter(({ outcome }) => outcome === 'off').length,
    needFake: planned.filter(({ outcome }) => outcome === 'needs a fake').length,
    sentBytes: measuredBytes.sent + due.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    receivedBytes: measuredBytes.received + due.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
  })

  const places = createPlaces(make, run)
  const tests: ValidatedTest[] = []
  for (const { theme, test, outcome, reason } of planned) {
    const { name, covers: rows = [] } = test
    const result = async (): Promise<ValidatedTest> => {
      if (reason !== undefined) return { theme, name, rows, outcome, reason, milliseconds: 0 }
      if (signal.aborted)
        return { theme, name, rows, outcome: 'not run', reason: 'cancelled', milliseconds: 0 }
      const since = performance.now()
      const attempted = await attempt(test, places, sizes, timeoutMs, signal)
      return { theme, name, rows, ...attempted, milliseconds: Math.round(performance.now() - since) }
    }
    const tested = await result()
    tests.push(tested)
    options.onTest?.(tested)
  }
  const { observed, differences } = await observe(places, signal)
  const leftovers = await places.clear()
  const count = (outcome: ValidatedTest['outcome']): number =>
    tests.filter((test) => test.outcome === outcome).length

  return {
    provider,
    tests,
    passed: count('passed'),
    failed: count('failed'),
    off: count('off'),
    needFake: count('needs a fake'),
    cancelled: signal.aborted,
    declared,
    ...(observed && { observed }),
    differences,
    sentBytes: places.meter.sentBytes,
    receivedBytes: places.meter.receivedBytes,
    places: places.locations(),
    leftovers,
  }
}

async function attempt(
  test: ProviderTest,
  places: Places,
  sizes: SuiteSizes,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Pick<ValidatedTest, 'outcome' | 'reason' | 'kind'>> {
  const tooLong = new AbortController()
  const timer = setTimeout(() => tooLong.abort(), timeoutMs)
  const ended = AbortSignal.any([signal, tooLong.signal])
  const place = places.take(test.created ?? true)
  const client = (): BackupProvider => places.client(place, ended)
  const fixture: ProviderFixture = { provider: client(), second: client }
  try {
    await untilEnded(runTest(test, fixture, sizes), ended)
    if (!ended.aborted) {
      places.giveBack(place, await places.clear(place))
      return { outcome: 'passed' }
    }
  } catch (error) {
    if (!ended.aborted) {
      const kind = BackupError.is(error) ? { kind: error.kind } : {}
      return { outcome: 'failed', reason: error instanceof Error ? error.message : String(error), ...kind }
    }
  } finally {
    clearTimeout(timer)
  }
  if (signal.aborted) return { outcome: 'not run', reason: 'cancelled' }
  return { outcome: 'failed', reason: `took longer than ${timeoutMs} ms` }
}

/** The calls of the test end with the signal; one that does not listen to it is left alone. */
async function untilEnded(work: Promise<void>, ended: AbortSignal): Promise<void> {
  let grace: ReturnType<typeof setTimeout> | undefined
  const left = new Promise<void>((resolve) => {
    const start = (): void => void (grace = setTimeout(resolve, 5_000))
    if (ended.aborted) start()
    else ended.addEventListener('abort', start, { once: true })
  })
  work.catch(() => {})
  await Promise.race([work, left]).finally(() => clearTimeout(grace))
}

async function observe(
  places: Places,
  signal: AbortSignal,
): Promise<{ observed?: Observed; differences: string[] }> {
  if (signal.aborted) return { differences: [] }
  const place = places.take(true)
  const clients = [places.client(place, signal), places.client(place, signal)] as const
  try {
    await clients[0].open({ create: true })
    await clients[1].open({})
    const observed = await measure(...clients)
    return { observed, differences: compareWith(clients[0], observed) }
  } catch (error) {
    return {
      differences: [`nothing was measured: ${error instanceof Error ? error.message : String(error)}`],
    }
  } finally {
    for (const client of clients) await client.close?.().catch(() => {})
  }
}

function checkOff(off: Readonly<Record<string, string>>): void {
  const names = new Set(
    Object.values(themes)
      .flat()
      .map(({ name }) => name),
  )
  const unknown = Object.keys(off).filter((name) => !names.has(name))
  if (unknown.length === 0) return
  throw new BackupError('config', `The suite has no such test: ${unknown.join('; ')}.`, { key: 'off' })
}

function runId(): string {
  return [...crypto.getRandomValues(new Uint8Array(5))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
