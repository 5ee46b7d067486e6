import { type SenderClock, senderClock, smtpListener, type SmtpListener, type SmtpListenerOptions } from '@backup-internal/fakes/listeners'
import type { Alert, BackupEvent, Notifier } from '@backup/core'
import { onTestFinished } from 'vitest'
import { email } from '../src/index.ts'
import type { EmailOptions } from '../src/options.ts'

export const alert: Alert = {
  id: 'backup-overdue',
  severity: 'critical',
  title: 'No backup for 3 hours',
  message: 'The last backup was made at 00:30.',
  action: 'Check that the machine is on and that the disk is plugged in.',
  since: Date.UTC(2026, 2, 29, 0, 30),
}

const common = { operation: 'watch', run: 'r', at: Date.UTC(2026, 2, 29, 3, 30) } as const

export function raised(part: Partial<Alert> = {}, reminder = false): BackupEvent {
  return { ...common, type: 'alert-raised', alert: { ...alert, ...part }, reminder }
}

export function cleared(part: Partial<Alert> = {}): BackupEvent {
  return { ...common, type: 'alert-cleared', alert: { ...alert, ...part } }
}

export interface Post {
  readonly server: SmtpListener
  /** It stands still while a mail is under way, and passes in `tell`. */
  readonly clock: SenderClock
  /** As core tells: what is not wanted is not told. Rejects with what the notifier rejects with. */
  tell(...events: BackupEvent[]): Promise<unknown>
}

type Given = Partial<Omit<EmailOptions, 'smtp'>> & { readonly smtp?: Partial<EmailOptions['smtp']> }

/** A notifier and the server that it sends to. */
export async function post(given: Given = {}, listener: SmtpListenerOptions = {}): Promise<Post> {
  const server = await smtpListener(listener)
  onTestFinished(() => server.close())
  const { smtp, ...rest } = given
  const clock = senderClock({ faults: server.faults })
  const notifier = email({
    smtp: { host: server.host, port: server.port, encryption: 'none', ...smtp },
    from: 'Backups <backup@shop.example>',
    to: 'owner@shop.example',
    name: 'iron-store',
    zone: 'Europe/Berlin',
    gatherMs: 0,
    timers: clock,
    ...rest,
  })
  return { server, clock, tell: (...events) => clock.settle(tell(notifier, events)) }
}

function tell(notifier: Notifier, events: readonly BackupEvent[]): Promise<unknown> {
  const wanted = events.filter((event) => notifier.wants?.(event))
  return Promise.all(wanted.map((event) => notifier.notify(event, { signal: AbortSignal.timeout(30_000) })))
}
