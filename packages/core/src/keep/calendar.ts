import type { KeepReason, RetentionPolicy } from '../contract/retention.ts'
import { contract } from '../contract/version.ts'
import { type Age, ageTitle, ageUnits, checkAge, withinAge } from './age.ts'
import { checkCount, onlyField } from './option.ts'
import { newestFirst } from './order.ts'
import { daily, hourly, monthly, type Period, quarterHourly, weekly, yearly } from './period.ts'
import { localTime } from './zone.ts'

/**
 * How far back a calendar rule reaches: to an age, `{ days: 30 }`, or over the last so many periods that have
 * a snapshot at all, `{ count: 30 }`. Without a limit it reaches back for ever.
 */
export type Reach = Age | { readonly count: number }

/** One snapshot for each quarter of an hour, the newest in it. See {@link keepDaily}. */
export function keepQuarterHourly(reach?: Reach): RetentionPolicy {
  return keepOnePer(quarterHourly, reach)
}

/**
 * One snapshot for each hour, the newest in it. An hour that the wall clock shows twice is two hours.
 * See {@link keepDaily}.
 */
export function keepHourly(reach?: Reach): RetentionPolicy {
  return keepOnePer(hourly, reach)
}

/**
 * One snapshot for each day, the newest in it.
 *
 * Days, like all calendar periods, are those of the zone of the clock the plan is made with, wherever and in
 * whatever zone the snapshot was made. Each rule counts on its own: a snapshot that one rule keeps still
 * counts for the others. A day without a snapshot uses up nothing of a `count`.
 *
 * Plan with one and the same zone always: for a laptop that travels and plans wherever it is, two days may
 * become one, and keep one snapshot.
 *
 * @example
 * ```ts
 * keepDaily({ days: 30 }) // today and the 30 days before
 * keepDaily({ count: 30 }) // the last 30 days on which there was a backup
 * keepDaily() // for ever
 * ```
 * @throws `config` for a reach that is none: no or several units, an unknown one, not a whole number from 1.
 */
export function keepDaily(reach?: Reach): RetentionPolicy {
  return keepOnePer(daily, reach)
}

/** One snapshot for each ISO 8601 week (Monday to Sunday), the newest in it. See {@link keepDaily}. */
export function keepWeekly(reach?: Reach): RetentionPolicy {
  return keepOnePer(weekly, reach)
}

/** One snapshot for each month, the newest in it. See {@link keepDaily}. */
export function keepMonthly(reach?: Reach): RetentionPolicy {
  return keepOnePer(monthly, reach)
}

/** One snapshot for each calendar year, the newest in it. See {@link keepDaily}. */
export function keepYearly(reach?: Reach): RetentionPolicy {
  return keepOnePer(yearly, reach)
}

/**
 * The newest of a period stands for it, not the oldest: then a period's snapshot, once it is over, never
 * changes, its age limit never cuts a period in two, and planning daily keeps what one plan at the end would
 * have kept.
 */
function keepOnePer(period: Period, reach: Reach | undefined): RetentionPolicy {
  const { most, age, reachTitle } = limitsOf(period, reach)
  return {
    contract,
    name: period.word,
    title: `${period.word} ${reachTitle}`,
    keep(snapshots, clock) {
      const local = localTime(clock.zone)
      const isYoung = age ? withinAge(age, clock) : () => true
      const seen = new Set<number>()
      const kept: KeepReason[] = []
      for (const { id, time } of newestFirst(snapshots)) {
        const timeMs = time.getTime()
        if (!isYoung(timeMs)) continue
        const localMs = local(timeMs)
        const key = period.key(localMs, localMs - timeMs)
        if (seen.has(key)) continue
        if (seen.size === most) break
        seen.add(key)
        kept.push({ id, reason: `${period.word} ${period.label(localMs, localMs - timeMs)}` })
      }
      return kept
    },
  }
}

function limitsOf(period: Period, reach: Reach | undefined): { most: number; age?: Age; reachTitle: string } {
  if (reach === undefined) return { most: Infinity, reachTitle: 'for ever' }
  const rule = `The ${period.word} rule`
  onlyField(reach, rule, ['count', ...ageUnits])
  if ('count' in reach) {
    checkCount(reach.count, `${rule}: count`)
    return { most: reach.count, reachTitle: `for the last ${reach.count}` }
  }
  checkAge(reach, rule)
  return { most: Infinity, age: reach, reachTitle: `for ${ageTitle(reach)}` }
}
