import type { RetentionPolicy } from '../contract/retention.ts'
import { keepDaily, keepMonthly, keepWeekly, keepYearly } from './calendar.ts'
import { combine } from './combine.ts'
import { forKind } from './filters.ts'
import { keepWithin } from './recent.ts'

/**
 * For records that must outlast their program: everything of the last 48 hours, one snapshot a day for 30
 * days, one a week for a year, one a month for 10 years, one a year for ever, and every emergency snapshot
 * for 90 days.
 *
 * The 48 hours are there so that a backup every 15 minutes is of use: whoever notices tomorrow what went
 * wrong today goes back to the quarter of an hour before. Snapshots of all kinds count for the calendar, for
 * each of them holds everything.
 *
 * After 15 years of a backup every 15 minutes (526,000 of them) about 400 remain: 193 of the last 48 hours,
 * 28 older days, some 50 weeks, 120 months, and one for each year before.
 */
export function fifteenYears(): RetentionPolicy {
  return {
    ...combine(
      keepWithin({ hours: 48 }),
      keepDaily({ days: 30 }),
      keepWeekly({ years: 1 }),
      keepMonthly({ years: 10 }),
      keepYearly(),
      forKind('emergency', keepWithin({ days: 90 })),
    ),
    name: 'fifteen-years',
  }
}
