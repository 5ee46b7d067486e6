import { refusal } from './refusals.ts'
import type { Store } from './store.ts'
import type { Answer } from '../wire/index.ts'

/** What an account may use: bytes altogether, bytes in a day, units in a minute. */
export interface Budget {
  /** @returns the refusal when the minute is used up */
  spend(units: number): Answer | undefined
  /** @returns the refusal when these bytes do not fit, or not today */
  admits(bytes: number): Answer | undefined
  uploaded(bytes: number): void
}

export const units = { read: 5, edit: 50, list: 100, download: 200 } as const

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

export function budget(store: Store): Budget {
  const { behaviour, now } = store
  let minute = -1
  let spent = 0
  const uploads: { readonly at: number; readonly bytes: number }[] = []

  return {
    spend(amount) {
      const current = Math.floor(now() / minuteMs)
      if (current !== minute) spent = 0
      minute = current
      spent += amount
      return spent > behaviour.unitsPerMinute ? refusal('userRateLimitExceeded') : undefined
    },

    admits(bytes) {
      while (uploads[0] && now() - uploads[0].at >= dayMs) uploads.shift()
      const today = uploads.reduce((sum, upload) => sum + upload.bytes, 0)
      // Google does not say that it is the day that is used up.
      if (today + bytes > behaviour.uploadBytesPerDay) return refusal('userRateLimitExceeded')
      const { limitBytes } = behaviour
      if (limitBytes !== undefined && store.usedBytes() + bytes > limitBytes)
        return refusal('storageQuotaExceeded')
      return undefined
    },

    uploaded(bytes) {
      uploads.push({ at: now(), bytes })
    },
  }
}
