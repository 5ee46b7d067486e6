import type { RetentionClock } from '../contract/retention.ts'
import { checkCount, onlyField } from './option.ts'
import { localTime } from './zone.ts'

/**
 * How long something is kept, in exactly one unit: `{ days: 30 }`.
 *
 * Hours are 60 minutes each, whatever the wall clock does. Longer units are counted in dates of the clock's
 * zone, and the date reached by counting back still belongs: on 31 March, `{ days: 30 }` reaches back to all
 * of 1 March, and `{ months: 1 }` to the last day of February. So nothing is dropped before its age is
 * reached; it may stay a little longer.
 */
export type Age =
  | { readonly hours: number }
  | { readonly days: number }
  | { readonly weeks: number }
  | { readonly months: number }
  | { readonly years: number }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The most that each unit may say: 1,000 years or so. Whoever wants more wants no limit. */
const limits: Readonly<Record<string, number>> = {
  hours: 8_784_000,
  days: 366_000,
  weeks: 52_200,
  months: 12_000,
  years: 1_000,
}

export const ageUnits: readonly string[] = Object.keys(limits)

/** @throws `config` unless there is exactly one known unit with a whole number, up to about 1,000 years. */
export function checkAge(age: Age, rule: string): void {
  const [unit, value] = onlyField(age, rule, ageUnits)
  checkCount(value, `${rule}: ${unit}`, limits[unit])
}

/** Says of an instant whether it is at most that old, or newer than now. The age must have been checked. */
export function withinAge(age: Age, clock: RetentionClock): (timeMs: number) => boolean {
  const now = clock.now.getTime()
  if ('hours' in age) return (timeMs) => timeMs >= now - age.hours * hourMs
  const local = localTime(clock.zone)
  const first = firstDay(Math.floor(local(now) / dayMs), age)
  return (timeMs) => local(timeMs) >= first * dayMs
}

/** `30 days`, `1 year`. */
export function ageTitle(age: Age): string {
  const [[unit, value] = ['', 0]] = Object.entries(age)
  return `${value} ${value === 1 ? unit.slice(0, -1) : unit}`
}

/** Days are counted from 1970-01-01, which is day 0. */
function firstDay(today: number, age: Exclude<Age, { hours: number }>): number {
  if ('days' in age) return today - age.days
  if ('weeks' in age) return today - age.weeks * 7
  const months = 'months' in age ? age.months : age.years * 12
  const date = new Date(today * dayMs)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() - months]
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastOfMonth)) / dayMs
}
