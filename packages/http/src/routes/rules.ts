import {
  type Reach,
  type RetentionPolicy,
  fifteenYears,
  keepDaily,
  keepHourly,
  keepLast,
  keepMonthly,
  keepWeekly,
  keepWithin,
  keepYearly,
} from '@backup/core'
import type { ReachJson, RetentionRulesJson } from '../wire/retention.ts'

const periods: Readonly<Record<'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly', (reach?: Reach) => RetentionPolicy>> = {
  hourly: keepHourly,
  daily: keepDaily,
  weekly: keepWeekly,
  monthly: keepMonthly,
  yearly: keepYearly,
}

/** Rules as policies. */
export function policiesOf({ preset, last, within, ...reaches }: RetentionRulesJson): RetentionPolicy[] {
  return [
    ...(preset === 'fifteenYears' ? [fifteenYears()] : []),
    ...(last === undefined ? [] : [keepLast(last)]),
    ...(within ? [keepWithin(within)] : []),
    ...Object.entries(reaches as Readonly<Record<keyof typeof periods, ReachJson>>).map(([period, reach]) => periods[period as keyof typeof periods](reachOf(reach))),
  ]
}

/** An empty one reaches back for ever. */
function reachOf(reach: ReachJson): Reach | undefined {
  return Object.keys(reach).length === 0 ? undefined : (reach as Reach)
}
