import { callTests } from './provider-suite-calls.ts'
import { damageTests } from './provider-suite-damage.ts'
import { keyTests } from './provider-suite-keys.ts'
import { listingTests } from './provider-suite-listing.ts'
import { loadTests } from './provider-suite-load.ts'
import { objectTests } from './provider-suite-objects.ts'
import { rangeTests } from './provider-suite-ranges.ts'
import { enter, type ProviderFixture, type ProviderTest, type SuiteSizes } from './provider-suite-place.ts'

export type { FixtureFault, ProviderFixture } from './provider-suite-place.ts'

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
  /** For each test, in milliseconds. [60,000] */
  readonly timeoutMs?: number
}

const themes: Readonly<Record<string, readonly ProviderTest[]>> = {
  keys: keyTests,
  objects: objectTests,
  ranges: rangeTests,
  calls: callTests,
  listing: listingTests,
  load: loadTests,
  damage: damageTests,
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
  const { off = {}, timeoutMs = 60_000 } = toggles
  checkToggles(off)
  const sizes: SuiteSizes = {
    listedObjects: toggles.listedObjects ?? 5_000,
    heldBytesPerPut: toggles.heldBytesPerPut ?? 32 * 1024 * 1024,
  }

  for (const [theme, tests] of Object.entries(themes)) {
    api.describe(theme, () => {
      for (const { name, created = true, run } of tests) {
        const body = async (): Promise<void> => {
          const fixture = await makeFixture()
          const place = await enter(fixture, sizes, created)
          try {
            await run(place)
          } finally {
            await place.leave()
          }
        }
        const reason = off[name]
        if (reason === undefined) api.test(name, body, timeoutMs)
        else api.test.skip?.(`${name} (off: ${reason})`, body)
      }
    })
  }
}

function checkToggles(off: Readonly<Record<string, string>>): void {
  const names = new Set(Object.values(themes).flatMap((tests) => tests.map(({ name }) => name)))
  const unknown = Object.keys(off).filter((name) => !names.has(name))
  if (unknown.length > 0) throw new Error(`The suite has no such test: ${unknown.join('; ')}`)
  const silent = Object.entries(off).filter(([, reason]) => reason.trim() === '')
  if (silent.length > 0)
    throw new Error(`Say why these tests are off: ${silent.map(([name]) => name).join('; ')}`)
}
