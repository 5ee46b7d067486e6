import { httpListener, type HttpListener, type ReceivedRequest } from '@backup-internal/fakes/listeners'
import type { Answer } from '@backup-internal/fakes/wire'
import type { Alert, BackupEvent, Notifier, Timers } from '@backup/core'
import { onTestFinished } from 'vitest'

/**
 * So many times as fast as the real ones: the server is real, and takes real time. An attempt that
 * hangs is given up sooner still, so that a busy machine has time left for the next one.
 */
const speed = 15
const attemptMs = 15_000
export const quick: Timers = {
  now: () => performance.now() * speed,
  setTimeout: (callback, ms) => setTimeout(callback, ms === attemptMs ? 500 : ms / speed),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
}

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
  onTestFinished(() => server.close())
  return server
}

/** As core tells: what is not wanted is not told. Rejects with what the notifier rejects with. */
export function tell(notifier: Notifier, ...events: BackupEvent[]): Promise<unknown> {
  const wanted = events.filter((event) => notifier.wants?.(event))
  return Promise.all(wanted.map((event) => notifier.notify(event, { signal: AbortSignal.timeout(30_000) })))
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
