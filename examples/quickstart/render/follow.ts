import { follow as shown } from '@backup/cli/terminal'
import type { Run } from '@backup/core'
import type { Screen } from './screen.ts'

/** What a run gave, and how long it took. */
export interface Followed<Result> {
  readonly result: Result
  readonly tookMs: number
}

/** Shows a run on the screen until it ends. */
export async function follow<Result>(run: Run<Result>, screen: Screen): Promise<Followed<Result>> {
  const startedAt = performance.now()
  const result = await shown(run, screen, () => {})
  return { result, tookMs: performance.now() - startedAt }
}
