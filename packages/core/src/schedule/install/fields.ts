import { expressions } from '../plan.ts'
import type { Schedule } from '../schedule.ts'
import { cannot } from './os-job.ts'

/** The numbers that each field of a cron expression stands for, in order; absent for all of them. */
export interface CronFields {
  readonly minutes?: readonly number[]
  /** 0 to 23. */
  readonly hours?: readonly number[]
  readonly days?: readonly number[]
  /** 1 to 12. */
  readonly months?: readonly number[]
  /** 0 to 6, from Sunday. */
  readonly weekdays?: readonly number[]
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
}

/**
 * The fields of all expressions of a schedule that goes by the calendar. The schedule must have been checked.
 *
 * @throws `config` for what only this library understands, such as `L` and `#`
 */
export function fieldsOf(schedule: Schedule): CronFields[] {
  return plainExpressions(schedule).map((expression) => {
    const [minutes = '*', hours = '*', days = '*', months = '*', weekdays = '*'] = expression.split(' ')
    const given = {
      minutes: numbers(minutes, 0, 59),
      hours: numbers(hours, 0, 23),
      days: numbers(days, 1, 31),
      months: numbers(months, 1, 12, monthNames),
      weekdays: inWeek(numbers(weekdays, 0, 7, dayNames)),
    }
    return Object.fromEntries(Object.entries(given).filter(([, list]) => list !== undefined))
  })
}

/** With single blanks, in small letters, without nicknames. */
export function plainExpressions(schedule: Schedule): string[] {
  return expressions(schedule).map((expression) => {
    const plain = expression.trim().replace(/\s+/g, ' ').toLowerCase()
    return nicknames[plain] ?? plain
  })
}

/** When days of both kinds are given, either will do: these mean the same, with one kind each. */
export function eitherDay(fields: CronFields): CronFields[] {
  if (!fields.days || !fields.weekdays) return [fields]
  const { days: _, ...byWeekday } = fields
  const { weekdays: __, ...byDay } = fields
  return [byDay, byWeekday]
}

function numbers(field: string, from: number, to: number, names: readonly string[] = []): number[] | undefined {
  if (field === '*') return undefined
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const match = /^(?:\*|(\d+|[a-z]{3})(?:-(\d+|[a-z]{3}))?)(?:\/(\d+))?$/.exec(part)
    if (!match) throw foreign(field)
    const [, first, last, step = '1'] = match
    const begin = first === undefined ? from : valueOf(first, from, names)
    const end = first === undefined ? Math.min(to, names === dayNames ? 6 : to) : last === undefined ? begin : valueOf(last, from, names)
    if (!(begin >= from && end <= to && begin <= end)) throw foreign(field)
    for (let number = begin; number <= end; number += Number(step)) found.add(number)
  }
  return [...found].sort((a, b) => a - b)
}

function valueOf(text: string, from: number, names: readonly string[]): number {
  const at = names.indexOf(text)
  return at < 0 ? Number(text) : at + from
}

/** 0 and 7 are Sunday. */
function inWeek(weekdays: readonly number[] | undefined): readonly number[] | undefined {
  return weekdays && [...new Set(weekdays.map((day) => day % 7))].sort((a, b) => a - b)
}

function foreign(field: string): Error {
  return cannot(
    'schedule.cron',
    `Operating systems do not know "${field}" in a cron expression.`,
    'Use numbers, names, ranges, steps and lists, or a program that calls tick().',
  )
}
