import type { TestApi } from './provider-suite.ts'
import { changeTests } from './source-suite-changes.ts'
import type { SourceFixture } from './source-suite-fixture.ts'
import { enterSource, type SourceTest } from './source-suite-place.ts'
import { restoreTests } from './source-suite-restores.ts'
import { viewTests } from './source-suite-views.ts'

export type { SourceFixture, SuiteFiles } from './source-suite-fixture.ts'

/** What of the suite does not fit a source, and why. */
export interface SourceSuiteToggles {
  /** The source finds changes itself (content `changed` or `spliced`). [false] */
  readonly changed?: boolean
  /** Tests to leave out: the name as the suite states it, and the reason. */
  readonly off?: Readonly<Record<string, string>>
  /** For each test, in milliseconds. [60,000] */
  readonly timeoutMs?: number
}

/**
 * Certifies a source: is what it hands out one consistent state, does it say *complete* only then, and does what it
 * handed out come back, all or nothing? The suite needs no repository and no engine.
 *
 * `makeFixture` is called for each test.
 *
 * @throws Error at once when `off` names a test that does not exist or gives no reason.
 *
 * @example
 * ```ts
 * import { describe, test } from 'vitest'
 *
 * describe('my source', () => {
 *   sourceSuite({ describe, test }, async () => {
 *     const store = await filledStore()
 *     return {
 *       source: mine(store),
 *       change: () => store.sellSomething(),
 *       freshPlace: () => store.freeName(),
 *       contents: async (place) => store.exportOf(place),
 *     }
 *   })
 * })
 * ```
 */
export function sourceSuite(
  api: TestApi,
  makeFixture: () => Promise<SourceFixture> | SourceFixture,
  toggles: SourceSuiteToggles = {},
): void {
  const { changed = false, off = {}, timeoutMs = 60_000 } = toggles
  const themes: Readonly<Record<string, readonly SourceTest[]>> = {
    views: viewTests,
    ...(changed && { changes: changeTests }),
    restores: restoreTests,
  }
  checkToggles(off, Object.values(themes).flat())
  for (const [theme, tests] of Object.entries(themes)) {
    api.describe(theme, () => {
      for (const { name, run } of tests) {
        const body = async (): Promise<void> => {
          const fixture = await makeFixture()
          try {
            await run(enterSource(fixture))
          } finally {
            await fixture.dispose?.()
          }
        }
        const reason = off[name]
        if (reason === undefined) api.test(name, body, timeoutMs)
        else api.test.skip?.(`${name} (off: ${reason})`, body)
      }
    })
  }
}

function checkToggles(off: Readonly<Record<string, string>>, tests: readonly SourceTest[]): void {
  const names = new Set(tests.map(({ name }) => name))
  const unknown = Object.keys(off).filter((name) => !names.has(name))
  if (unknown.length > 0) throw new Error(`The suite has no such test: ${unknown.join('; ')}`)
  const silent = Object.entries(off).filter(([, reason]) => reason.trim() === '')
  if (silent.length > 0) throw new Error(`Say why these tests are off: ${silent.map(([name]) => name).join('; ')}`)
}
