import type { BackupEvent, Phase, Run } from '@backup/core'
import type { Screen } from './screen.ts'

/** Shows a run on the screen until it ends. */
export async function follow<Result>(run: Run<Result>, screen: Screen): Promise<{ result: Result; tookMs: number }> {
  const startedAt = performance.now()
  for await (const event of run) showEvent(event, screen)
  const result = await run
  return { result, tookMs: performance.now() - startedAt }
}

export function showEvent(event: BackupEvent, screen: Screen): void {
  if (event.type === 'phase-start') screen.progress({ label: words[event.phase] })
  if (event.type === 'progress') screen.progress({ ...event, label: words[event.phase] })
  if (event.type === 'retry') screen.warn(`${event.reason} Trying again in ${Math.ceil(event.waitMs / 1000)} s.`)
  if (event.type === 'warning') screen.warn(`${event.message} ${event.hint}`)
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
}
