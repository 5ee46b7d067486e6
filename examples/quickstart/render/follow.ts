import type { BackupEvent, Phase, Run } from '@backup/core'
import type { Screen } from './screen.ts'

/** What a run gave, and how long it took. */
export interface Followed<Result> {
  readonly result: Result
  readonly tookMs: number
}

/** Shows a run on the screen until it ends. */
export async function follow<Result>(run: Run<Result>, screen: Screen): Promise<Followed<Result>> {
  const startedAt = performance.now()
  for await (const event of run) show(event, screen)
  const result = await run
  return { result, tookMs: performance.now() - startedAt }
}

function show(event: BackupEvent, screen: Screen): void {
  if (event.type === 'phase-start') screen.progress({ label: words[event.phase] })
  if (event.type === 'progress') screen.progress({ ...event, label: words[event.phase] })
  if (event.type === 'warning') screen.warn(`${event.message} ${event.hint}`)
  if (event.type !== 'retry') return
  screen.warn(`${event.reason} Trying again in ${Math.ceil(event.waitMs / 1000)} s.`)
}

const words: Readonly<Record<Phase, string>> = {
  open: 'opening',
  read: 'reading',
  store: 'storing',
  commit: 'committing',
  plan: 'planning',
  fetch: 'restoring',
  check: 'checking',
  deliver: 'delivering',
  remove: 'removing',
}
