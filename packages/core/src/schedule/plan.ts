import { BackupError } from '../errors.ts'
import { calendarTimes } from './calendar-times.ts'
import { checkFields, scheduleKind } from './check-fields.ts'
import { durationMs } from './duration.ts'
import type { AdaptiveOptions, Schedule, Weekday } from './schedule.ts'
import { type Timetable, evenTimetable, mergedTimetable } from './timetable.ts'

/** A schedule that has been checked and can be asked. */
export interface Plan {
  /** Times of day are those of this zone. */
  readonly zone: string
  readonly jitterMs: number
  /** Of an adaptive schedule, what it may vary between. */
  readonly adaptive?: { readonly minMs: number; readonly maxMs: number; readonly busy: number; readonly lossBytes: number }
  /** @param pace of an adaptive schedule: the interval that was chosen, and the time it is counted from */
  timetable(pace?: Pace): Timetable
}

export interface Pace {
  readonly intervalMs: number
  readonly fromMs: number
}

const yearMs = 366 * 86_400_000
const weekdays: readonly Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/**
 * @param zone the one that counts when the schedule names none
 * @param option how messages name the schedule
 * @throws `config` for a schedule that is none, contradicts itself or can never fire
 */
export function planOf(schedule: Schedule, zone: string = systemZone(), option = 'schedule'): Plan {
  checkFields(schedule, option)
  const own = schedule.zone ?? zone
  checkZone(own, schedule.zone === undefined ? 'zone' : `${option}.zone`)
  const jitterMs = schedule.jitter === undefined ? 0 : durationMs(schedule.jitter, `${option}.jitter`)
  const common = { zone: own, jitterMs }
  if ('every' in schedule) {
    const everyMs = intervalMs(schedule.every, `${option}.every`)
    const table = evenTimetable(everyMs, anchorMs(schedule.anchor, `${option}.anchor`))
    if (jitterMs >= everyMs) throw contradiction(`${option}.jitter`, 'shorter than the interval it varies')
    return { ...common, timetable: () => table }
  }
  if ('adaptive' in schedule) {
    const adaptive = adaptiveLimits(schedule.adaptive, `${option}.adaptive`)
    if (jitterMs >= adaptive.minMs) throw contradiction(`${option}.jitter`, 'shorter than the interval it varies')
    return {
      ...common,
      adaptive,
      timetable: (pace) => evenTimetable(pace?.intervalMs ?? adaptive.minMs, pace?.fromMs ?? 0),
    }
  }
  const kind = scheduleKind(schedule)
  const times = expressions(schedule, option).map((expression) => calendarTimes(expression, own, `${option}.${kind}`))
  const table = mergedTimetable(times)
  return { ...common, timetable: () => table }
}

/** Each time of day by itself, so that the rule for times that a day lacks or has twice holds for each of them. */
export function expressions(schedule: Schedule, option = 'schedule'): string[] {
  if ('cron' in schedule) return [schedule.cron]
  if ('daily' in schedule) return listOf(schedule.daily, `${option}.daily`).map((time) => `${minuteAndHour(time, `${option}.daily`)} * * *`)
  if (!('weekly' in schedule)) return []
  return listOf(schedule.weekly, `${option}.weekly`).map((text) => {
    const [day = '', time = '', ...rest] = String(text).split(' ')
    const number = weekdays.indexOf(day as Weekday)
    if (number < 0 || rest.length > 0) {
      throw wrong(`${option}.weekly`, `a day and a time, such as "sunday 03:00"`, text)
    }
    return `${minuteAndHour(time, `${option}.weekly`)} * * ${number}`
  })
}

export function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Does the runtime know this IANA zone? */
export function isZone(zone: unknown): boolean {
  if (typeof zone !== 'string') return false
  try {
    void new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** @throws `config` for a zone the runtime does not know */
export function checkZone(zone: unknown, option: string): void {
  if (isZone(zone)) return
  throw new BackupError('config', `Option "${option}" must be an IANA time zone such as Europe/Berlin; found "${String(zone)}".`, { key: option })
}

function intervalMs(value: unknown, option: string): number {
  const ms = durationMs(value, option)
  if (ms < 1_000 || ms > yearMs) throw wrong(option, 'from 1 s to 366 d', value)
  return ms
}

function anchorMs(anchor: unknown, option: string): number {
  if (anchor === undefined) return 0
  const ms = typeof anchor === 'string' && /(Z|[+-]\d\d:\d\d)$/.test(anchor) ? Date.parse(anchor) : Number.NaN
  if (Number.isFinite(ms)) return ms
  throw wrong(option, 'a moment with its offset, such as "2026-01-01T00:30:00Z"', anchor)
}

function adaptiveLimits(adaptive: AdaptiveOptions, option: string): NonNullable<Plan['adaptive']> {
  const minMs = intervalMs(adaptive.min, `${option}.min`)
  const maxMs = intervalMs(adaptive.max, `${option}.max`)
  const { busy = 0.1, lossBytes = Infinity } = adaptive
  if (minMs > maxMs) throw contradiction(`${option}.min`, `at most "max", which is ${adaptive.max}`)
  if (!(busy >= 0.001 && busy <= 0.5)) throw wrong(`${option}.busy`, 'from 0.001 to 0.5', busy)
  if (!(lossBytes > 0)) throw wrong(`${option}.lossBytes`, 'a number of bytes', lossBytes)
  return { minMs, maxMs, busy, lossBytes }
}

function minuteAndHour(time: unknown, option: string): string {
  const match = typeof time === 'string' ? /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time) : null
  if (!match) throw wrong(option, 'with times from 00:00 to 23:59, such as "03:00"', time)
  return `${Number(match[2])} ${Number(match[1])}`
}

function listOf<Item>(value: Item | readonly Item[], option: string): readonly Item[] {
  const list = (Array.isArray(value) ? value : [value]) as readonly Item[]
  if (list.length === 0) throw wrong(option, 'one time or several', value)
  return list
}

function contradiction(option: string, expected: string): BackupError {
  return new BackupError('config', `Option "${option}" must be ${expected}.`, { key: option })
}

function wrong(option: string, expected: string, found: unknown): BackupError {
  const shown = typeof found === 'string' || typeof found === 'number' ? JSON.stringify(found) : typeof found
  return new BackupError('config', `Option "${option}" must be ${expected}; found ${shown}.`, { key: option })
}
