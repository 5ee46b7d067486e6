import type { BackupEvent, Phase, Run } from '@backup/core'
import type { Screen } from './screen.ts'

/** Where the events of a run go beside the screen. */
export type EventSink = (event: BackupEvent) => void

/** Shows a run until it ends. */
export async function follow<Result>(run: Run<Result>, screen: Screen, sink: EventSink): Promise<Result> {
  try {
    for await (const event of run) {
      sink(event)
      show(event, screen)
    }
    return await run
  } finally {
    screen.close()
  }
}

function show(event: BackupEvent, screen: Screen): void {
  if (event.type === 'phase-start') screen.progress({ label: words[event.phase] })
  if (event.type === 'progress') screen.progress({ ...event, label: words[event.phase] })
  if (event.type === 'warning') screen.warn(`${event.message} ${event.hint}`)
  if (event.type === 'retry') screen.warn(`${event.reason} Trying again in ${Math.ceil(event.waitMs / 1000)} s.`)
  if (event.type === 'notify-error') screen.warn(`${event.notifier} could not be told: ${event.message}`)
  if (event.type === 'provider-away') screen.warn(`${event.location} does not work: ${event.reason.message} ${event.reason.hint}`)
}

const words: Readonly<Record<Phase, string>> = {
  open: 'opening',
  read: 'reading',
  store: 'storing',
  commit: 'committing',
  plan: 'planning',
  fetch: 'fetching',
  check: 'checking',
  remove: 'removing',
  deliver: 'delivering',
}
