import type { Bounds } from '../session/bounds.ts'
import type { Session } from '../session/session.ts'
import type { Tomb } from '../session/tombs.ts'

/**
 * The rules by which packs and commits may be removed while others write: FORMAT.md §21. Each holds one danger off, and together they
 * need nothing of a provider but put, get, list and delete.
 */
export interface RemovalRules {
  /** A pack that nobody needs yet may belong to a backup that is under way. */
  isOldEnough(since: Date, now: Date, bounds: Bounds): boolean
  /** It may be removed now: the grace period is over, and the announcement does not lapse soon. */
  isDue(tomb: Tomb, now: Date): boolean
  /** Everybody who may have begun without knowing of the announcement is done, and what he committed is listed. */
  areOver(sessions: Iterable<Session>, tomb: Tomb, now: Date, bounds: Bounds): boolean
  /** No snapshot needs it by now: looked up again after the grace period. */
  isUnneeded(pack: { readonly neededUnits: number }, isPinned: boolean): boolean
  /** Nobody heeds it any more, so it need not be there. */
  hasLapsed(tomb: Tomb, now: Date, bounds: Bounds): boolean
  /** A removed snapshot can no longer be brought back, and nobody who did so is overlooked. */
  isGoneForGood(until: Date, now: Date, bounds: Bounds): boolean
}

export const rules: RemovalRules = {
  isOldEnough: (since, now, { lifeMs, lateMs }) => now.getTime() - since.getTime() > lifeMs + lateMs,
  isDue: ({ from, to }, now) => from <= now && now < to,
  areOver(sessions, tomb, now, { listMs, lateMs }) {
    for (const { since, until } of sessions) {
      const mayNotKnow = since.getTime() <= tomb.time.getTime() + listMs
      if (mayNotKnow && now.getTime() <= until.getTime() + lateMs + listMs) return false
    }
    return true
  },
  isUnneeded: ({ neededUnits }, isPinned) => neededUnits === 0 && !isPinned,
  hasLapsed: ({ lapses }, now, { listMs }) => now.getTime() > lapses.getTime() + listMs,
  isGoneForGood: (until, now, { listMs, lateMs }) => now.getTime() > until.getTime() + listMs + lateMs,
}
