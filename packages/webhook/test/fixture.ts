import {
  httpListener,
  type HttpListener,
  type ReceivedRequest,
  senderClock,
  type SenderClock,
} from '@backup-internal/fakes/listeners'
import type { Answer } from '@backup-internal/fakes/wire'
import type { Alert, BackupEvent, Notifier } from '@backup/core'
import { beforeEach, onTestFinished } from 'vitest'

let servers: HttpListener[] = []

/** Time for the senders of one test: it stands still while one of them is sending, and passes in `tell`. */
export const quick: SenderClock = senderClock({ faults: () => servers.reduce((sum, { faults }) => sum + faults(), 0) })
beforeEach(() => {
  servers = []
  quick.forget()
})

export const alert: Alert = {
  id: 'backup-overdue',
  severity: 'critical',
  title: 'No backup for 3 hours',
  message: 'The last backup was made at 00:30.',
  action: 'Check that the disk is plugged in.',
  since: Date.UTC(2026, 2, 29, 0, 30),
}
const common = { operation: 'watch', run: 'r', at: Date.UTC(2026, 2, 29, 3, 30) } as const

export function raised(part: Partial<Alert> = {}, reminder = false): BackupEvent {
  return { ...common, type: 'alert-raised', alert: { ...alert, ...part }, reminder }
}

export const cleared: BackupEvent = { ...common, type: 'alert-cleared', alert }

/** A server that is there until the test is over. */
export async function receiver(answer?: (request: ReceivedRequest) => Answer): Promise<HttpListener> {
  const server = await httpListener(answer)
  servers.push(server)
  onTestFinished(() => server.close())
  return server
}

/** As core tells: what is not wanted is not told. Rejects with what the notifier rejects with. */
export function tell(notifier: Notifier, ...events: BackupEvent[]): Promise<unknown> {
  const wanted = events.filter((event) => notifier.wants?.(event))
  return quick.settle(
    Promise.all(wanted.map((event) => notifier.notify(event, { signal: AbortSignal.timeout(30_000) }))),
  )
}

/** All that anybody could print of an error. */
export function printed(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error; at = at.cause)
    parts.push(String(at), at.stack ?? '', JSON.stringify(at))
  return parts.join('\n')
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => Promise.reject(new Error('It was delivered.')),
    (error: Error) => error,
  )
}
