import { BackupError, type HostDeed } from '@backup/core'
import type { Services } from '../route/services.ts'

/** Something that is done around the backup. */
export interface Deed {
  readonly deed: HostDeed
  readonly actor: string
  readonly reason?: string | undefined
  /** Id of the account, name of the job. */
  readonly subject: string
  readonly request: Request
}

/** Nobody is kept waiting any longer for a line in a book. */
const patienceMs = 10_000

const did: Readonly<Record<HostDeed, string>> = {
  'account-connect': 'connected the account',
  'account-disconnect': 'disconnected the account',
  'schedule-pause': 'paused the schedule of',
  'schedule-resume': 'resumed the schedule of',
}

/** Records what is about to be done. @throws whatever keeps it from being recorded: then it is not to be done */
export async function recordDeed(services: Services, deed: Deed): Promise<void> {
  await record(services, deed, deed.request.signal)
}

/**
 * Records what must not wait for the trail, because it is the way to reach the repository again, or makes nothing worse. What keeps it from
 * being recorded is in the log. Never rejects.
 */
export async function recordIfPossible(services: Services, deed: Deed): Promise<void> {
  try {
    await record(services, deed, AbortSignal.timeout(patienceMs))
  } catch (error) {
    const isOurs = BackupError.is(error)
    if (!isOurs) services.onError(error, deed.request)
    services.hub.log({
      at: services.settings.clock().toISOString(),
      // Before there is a repository there is no trail either.
      level: BackupError.is(error, 'not-a-repository', 'target-missing') ? 'info' : 'warning',
      title: `${deed.actor} ${did[deed.deed]} ${deed.subject}, which is not in the audit trail`,
      message: isOurs ? error.message : 'Something outside of the backup failed.',
      action: 'The trail needs a repository that can be reached and written to.',
      matter: `audit:${deed.deed}:${deed.subject}`,
    })
  }
}

async function record({ backup, hub }: Services, { deed, actor, reason, subject }: Deed, signal: AbortSignal): Promise<void> {
  await backup.recordDeed(deed, { subject: [subject], actor, ...(reason !== undefined && { reason }), signal })
  hub.publish({ type: 'changed', what: 'audit' })
}
