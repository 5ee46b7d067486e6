import { BackupError } from '@backup/core'
import { dailyHint, dailyPauseMs } from './meanings.ts'

/**
 * Whether uploads rest because the limit of a day is used up.
 *
 * Google often says only "too many requests" when that happens. When it has said nothing else for ten
 * minutes, it is taken for the limit of the day.
 */
export interface DailyLimit {
  /** @throws `quota` while uploads rest */
  check(key: string): void
  /** Tells that an upload was refused. @returns the error to fail with */
  refused(error: BackupError): BackupError
  worked(): void
}

const patienceMs = 10 * 60 * 1000
/** Two refusals further apart have nothing to do with each other. */
const relatedMs = 30 * 60 * 1000

export function dailyLimit(now: () => number): DailyLimit {
  let refusedSince: number | undefined
  let refusedAt = -Infinity
  let restsUntil = -Infinity

  const resting = (key: string, cause?: unknown): BackupError =>
    new BackupError(
      'quota',
      `Cannot store ${key}: uploads to Google Drive rest, the limit for a day is used up.`,
      {
        plugin: 'gdrive',
        key,
        hint: dailyHint,
        retryAfterMs: Math.ceil(restsUntil - now()),
        ...(cause !== undefined && { cause }),
      },
    )

  return {
    check(key) {
      if (now() < restsUntil) throw resting(key)
    },

    refused(error) {
      if (error.kind === 'quota' && error.retryAfterMs !== undefined) {
        restsUntil = now() + error.retryAfterMs
        return error
      }
      // Other refusals say nothing about it; a 429 is one of too many requests for certain.
      if (error.kind !== 'throttled' || statusOf(error) !== 403) return error
      if (now() - refusedAt > relatedMs) refusedSince = undefined
      refusedAt = now()
      refusedSince ??= refusedAt
      if (now() - refusedSince < patienceMs) return error
      restsUntil = now() + dailyPauseMs
      return resting(error.key ?? '', error)
    },

    worked() {
      refusedSince = undefined
      restsUntil = -Infinity
    },
  }
}

function statusOf({ cause }: BackupError): number | undefined {
  return (cause as { status?: number } | undefined)?.status
}
