import { BackupError, retryAfterMs } from '@backup/core'
import type { Reply, Request } from './connection.ts'
import {
  byReason,
  byStatus,
  byWeight,
  dailyPauseMs,
  networkMeaning,
  noMeaning,
  noSense,
  serverFault,
  type Meaning,
} from './meanings.ts'

interface ErrorBody {
  readonly error?: { readonly errors?: readonly { readonly reason?: unknown }[] }
}

/**
 * Translates a refusal, or what was thrown when there was no answer. Errors of our own pass through.
 *
 * The text of the server is not kept: it may repeat what it was sent. Reasons and status tell enough.
 */
export function driveError(failure: unknown, request: Request, now: number): BackupError {
  if (BackupError.is(failure)) return failure
  const reply = isReply(failure) ? failure : undefined
  const code = reply ? undefined : (failure as { code?: unknown } | undefined)?.code
  const [kind, what, hint] = reply ? meaningOf(reply) : (networkMeaning(String(code)) ?? noMeaning)
  const asked = retryAfterMs(reply?.headers.get('retry-after'), now)
  const patient = kind === 'throttled' || kind === 'transient'
  const waitMs = isDaily(reply) ? dailyPauseMs : patient ? asked : undefined
  const shown = reply ? [...reasonsOf(reply), `status ${reply.status}`] : [String(code ?? 'no answer')]
  return new BackupError(kind, `Cannot ${request.doing}: ${what} (${shown.join(', ')}).`, {
    plugin: 'gdrive',
    key: request.key,
    cause: reply
      ? Object.assign(new Error(`Google answered: ${shown.join(', ')}`), { status: reply.status })
      : failure,
    ...(hint !== undefined && { hint }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })
}

/** Every reason that an answer gives; there may be several. */
export function reasonsOf({ data }: Reply<unknown>): string[] {
  const errors = (data as ErrorBody | null | undefined)?.error?.errors
  const reasons = (Array.isArray(errors) ? errors : []).map(({ reason }: { reason?: unknown }) => reason)
  // What is no word is none of Google's reasons, and does not get into a message.
  return reasons.filter((reason): reason is string => typeof reason === 'string' && /^\w{1,60}$/.test(reason))
}

/**
 * The object that an answer holds.
 *
 * @throws `transient` when it holds none, or an error in spite of its status
 */
export function contentOf<T extends object>(reply: Reply<unknown>, request: Request, now: number): T {
  const { data } = reply
  const isObject = typeof data === 'object' && data !== null && !Buffer.isBuffer(data) && !('error' in data)
  if (!isObject) throw driveError(reply, request, now)
  return data as T
}

function meaningOf(reply: Reply<unknown>): Meaning {
  const { status } = reply
  const reasons = reasonsOf(reply)
  const known = byWeight.find((reason) => reasons.includes(reason))
  if (known !== undefined) return byReason[known] ?? noMeaning
  // Without a time it is one of the faults that pass by themselves.
  if (status === 503 && reply.headers.has('retry-after')) return byStatus[429] ?? serverFault
  return byStatus[status] ?? (status >= 500 ? serverFault : status < 400 ? noSense : noMeaning)
}

function isDaily(reply: Reply<unknown> | undefined): boolean {
  return (
    reply !== undefined &&
    reasonsOf(reply).some((reason) => byReason[reason] === byReason['dailyLimitExceeded'])
  )
}

function isReply(failure: unknown): failure is Reply<unknown> {
  return (
    typeof (failure as Partial<Reply<unknown>> | undefined)?.status === 'number' &&
    'data' in (failure as object)
  )
}
