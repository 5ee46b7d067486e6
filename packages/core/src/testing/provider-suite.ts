import { accessTests } from './provider-suite-access.ts'
import { answerTests } from './provider-suite-answers.ts'
import { bodyTests } from './provider-suite-bodies.ts'
import { callTests } from './provider-suite-calls.ts'
import { checkOffer, type Need, type ProviderFixture } from './provider-suite-fixture.ts'
import { keyTests } from './provider-suite-keys.ts'
import { listingTests } from './provider-suite-listing.ts'
import { loadTests } from './provider-suite-load.ts'
import { objectTests } from './provider-suite-objects.ts'
import { patienceTests } from './provider-suite-patience.ts'
import { enter, type ProviderTest, type SuiteSizes } from './provider-suite-place.ts'
import { rangeTests } from './provider-suite-ranges.ts'
import { resourceTests } from './provider-suite-resources.ts'
import { roomTests } from './provider-suite-room.ts'
import { uploadTests } from './provider-suite-uploads.ts'

export {
  type FixtureAbility,
  type FixtureFault,
  type InjectedFault,
  type Need,
  offersNothing,
  type ProviderFixture,
} from './provider-suite-fixture.ts'

/** The functions of a test runner: those of vitest, jest, `node:test` and Bun fit. */
export interface TestApi {
  describe(name: string, body: () => void): unknown
  test: {
    (name: string, body: () => Promise<void>, timeoutMs?: number): unknown
    skip?(name: string, body: () => Promise<void>): unknown
  }
}

/** What of the suite does not fit a store, and why. */
export interface ProviderSuiteToggles extends Partial<SuiteSizes> {
  /** Tests to leave out: the name as the suite states it, and the reason. */
  readonly off?: Readonly<Record<string, string>>
  /**
   * What the fixture cannot offer, and why: the tests that need it are left out. A fault that the store can
   * have belongs into the fixture instead.
   */
  readonly without?: Readonly<Partial<Record<Need, string>>>
  /** For each test, in milliseconds. [60,000] */
  readonly timeoutMs?: number
}

export const themes: Readonly<Record<string, readonly ProviderTest[]>> = {
  keys: keyTests,
  objects: objectTests,
  ranges: rangeTests,
  calls: callTests,
  listing: listingTests,
  uploads: uploadTests,
  bodies: bodyTests,
  room: roomTests,
  access: accessTests,
  patience: patienceTests,
  answers: answerTests,
  load: loadTests,
  resources: resourceTests,
}

/**
 * Certifies a provider: does it keep what `BackupProvider` promises, also when things go wrong?
 *
 * `makeFixture` is called for each test and makes a place that nobody has used.
 *
 * @throws Error at once when `off` names a test that does not exist or gives no reason.
 *
 * @example
 * ```ts
 * import { describe, test } from 'vitest'
 *
 * describe('my provider', () => {
 *   providerSuite({ describe, test }, async () => {
 *     const folder = await freshFolder()
 *     return { provider: mine(folder), second: () => mine(folder) }
 *   })
 * })
 * ```
 */
export function providerSuite(
  api: TestApi,
  makeFixture: () => Promise<ProviderFixture> | ProviderFixture,
  toggles: ProviderSuiteToggles = {},
): void {
  const { off = {}, without = {}, timeoutMs = 60_000 } = toggles
  checkToggles(off, without)
  const sizes: SuiteSizes = {
    listedObjects: toggles.listedObjects ?? 5_000,
    heldBytesPerPut: toggles.heldBytesPerPut ?? 32 * 1024 * 1024,
    modelSteps: toggles.modelSteps ?? 200,
  }

  for (const [theme, tests] of Object.entries(themes)) {
    api.describe(theme, () => {
      for (const one of tests) {
        const { name } = one
        const body = async (): Promise<void> => runTest(one, await makeFixture(), sizes)
        const reason = off[name] ?? reasonWithout(one, without)
        if (reason === undefined) api.test(name, body, timeoutMs)
        else api.test.skip?.(`${name} (off: ${reason})`, body)
      }
    })
  }
}

/** Runs one test in a place of its own, and leaves nothing behind. */
export async function runTest(
  { needs = [], created = true, run }: ProviderTest,
  fixture: ProviderFixture,
  sizes: SuiteSizes,
): Promise<void> {
  try {
    checkOffer(fixture, needs)
  } catch (error) {
    await fixture.dispose?.()
    throw error
  }
  const place = await enter(fixture, sizes, created)
  try {
    await run(place)
  } finally {
    await place.leave()
  }
}

function reasonWithout(
  { needs = [] }: ProviderTest,
  without: Partial<Record<Need, string>>,
): string | undefined {
  const missing = needs.find((need) => without[need] !== undefined)
  return missing && `${missing}: ${without[missing]}`
}

function checkToggles(off: Readonly<Record<string, string>>, without: Partial<Record<Need, string>>): void {
  const tests = Object.values(themes).flat()
  const names = new Set(tests.map(({ name }) => name))
  const needs = new Set<string>(tests.flatMap((test) => test.needs ?? []))
  const unknown = [
    ...Object.keys(off).filter((name) => !names.has(name)),
    ...Object.keys(without).filter((need) => !needs.has(need)),
  ]
  if (unknown.length > 0) throw new Error(`The suite has no such test: ${unknown.join('; ')}`)
  const silent = Object.entries({ ...off, ...without }).filter(([, reason]) => reason.trim() === '')
  if (silent.length > 0)
    throw new Error(`Say why these tests are off: ${silent.map(([name]) => name).join('; ')}`)
}
