import { type BackupEvent, noticeOf } from '@backup/core'
import type { Jobs } from '../jobs/jobs.ts'
import { maskedEvent } from '../jobs/masked.ts'
import type { Services } from '../route/services.ts'
import type { ConnectableAccount } from '../sign-in/account.ts'
import type { Hub } from './hub.ts'
import { scheduleNotice } from './schedule-notice.ts'
import { topicsOf } from './topics.ts'

/** Passes on what happens to those who listen. @returns what ends it */
export function watchAll({ backup, scheduler, accounts }: Pick<Services, 'backup' | 'scheduler' | 'accounts'>, hub: Hub, jobs: Jobs): () => void {
  const ends = [
    backup.subscribe((event) => {
      jobs.see(event)
      logEvent(hub, maskedEvent(event))
      const ids = idsOf(event)
      for (const what of topicsOf(event)) hub.publish({ type: 'changed', what, ...(what === 'snapshots' && ids && { ids }) })
    }),
    ...(scheduler
      ? [
          scheduler.subscribe((event) => {
            const notice = scheduleNotice(event)
            if (notice) hub.log(notice)
            hub.publish({ type: 'changed', what: 'schedule', ids: [event.job] })
          }),
        ]
      : []),
    ...[...accounts].map(([id, { account }]) =>
      account.subscribe(() => {
        hub.publish({ type: 'changed', what: 'accounts', ids: [id] })
        hub.publish({ type: 'changed', what: 'providers' })
        // What keeps it from working is told as an event and seen in its health: nobody waits for this here.
        askAgain(backup, account).catch(() => {})
      }),
    ),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** After vain attempts a provider is left alone for up to a quarter of an hour. Who has just signed in need not wait for that. */
async function askAgain(backup: Services['backup'], account: ConnectableAccount): Promise<void> {
  const { state } = await account.state()
  if (state === 'connected') await backup.sync({ compare: false })
}

function logEvent(hub: Hub, event: BackupEvent): void {
  const notice = noticeOf(event)
  if (!notice) return
  const { level, title, message, action, at, id: matter } = notice
  const isOfJob = event.operation !== 'watch' && event.operation !== 'replicate'
  hub.log({ at: new Date(at).toISOString(), level, title, message, action, matter, ...(isOfJob && { job: event.run }) })
}

function idsOf(event: BackupEvent): readonly string[] | undefined {
  if (event.type === 'snapshot-suspect') return [event.snapshot]
  return event.type === 'run-end' && event.operation === 'backup' && event.snapshot ? [event.snapshot.id] : undefined
}
