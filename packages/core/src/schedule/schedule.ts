import type { Duration } from '../contract/duration.ts'
/** On a clock of 24 hours: `'03:00'`. */
export type TimeOfDay = `${number}:${number}`

export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'

/**
 * When something is to happen, in exactly one of five ways.
 *
 * @example
 * ```ts
 * const often: Schedule = { every: '15m' }
 * const nightly: Schedule = { daily: '03:00', zone: 'Europe/Berlin', jitter: '20m' }
 * const sundays: Schedule = { weekly: 'sunday 03:00' }
 * const workdays: Schedule = { cron: '0 7-18 * * mon-fri' }
 * const asNeeded: Schedule = { adaptive: { min: '5m', max: '6h' } }
 * ```
 */
export type Schedule = EverySchedule | DailySchedule | WeeklySchedule | CronSchedule | AdaptiveSchedule

export interface ScheduleOptions {
  /**
   * IANA zone whose wall clock counts for times of day. A time that its clock leaps over happens at the end of the leap; one that it
   * shows twice happens the first time. @default that of the configuration, or of the system
   */
  readonly zone?: string
  /**
   * Start up to so much later, so that not everybody comes at the full hour. How much follows from the name of the job and the planned
   * time: all processes come to the same. Never beyond the next planned time. @default none
   */
  readonly jitter?: Duration
}

/**
 * At equal distances in elapsed time, whatever the wall clock does. They are counted from a fixed moment, so that they do not move when
 * a program starts anew: `{ every: '15m' }` is at the full hour, and 15, 30 and 45 minutes past it.
 */
export interface EverySchedule extends ScheduleOptions {
  /** From 1 s to 366 days. */
  readonly every: Duration
  /** A moment that counts as one of them, with its offset: `'2026-01-01T00:30:00Z'`. @default '1970-01-01T00:00:00Z' */
  readonly anchor?: string
}

/** Once a day, or several times. */
export interface DailySchedule extends ScheduleOptions {
  readonly daily: TimeOfDay | readonly TimeOfDay[]
}

/** Once a week, or several times: `'sunday 03:00'`. */
export interface WeeklySchedule extends ScheduleOptions {
  readonly weekly: `${Weekday} ${TimeOfDay}` | readonly `${Weekday} ${TimeOfDay}`[]
}

/**
 * Five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), each `*`, a number or name, a range `1-5`,
 * steps `*` + `/15`, or a list of these; also `L` for the last day of a month, `fri#2` for the second Friday, and `@hourly`, `@daily`,
 * `@weekly`, `@monthly`, `@yearly`. When both kinds of days are given, either will do, as in crontab(5).
 */
export interface CronSchedule extends ScheduleOptions {
  readonly cron: string
}

/** As often as makes sense, judged after each run. */
export interface AdaptiveSchedule extends ScheduleOptions {
  readonly adaptive: AdaptiveOptions
}

export interface AdaptiveOptions {
  /** Never more often. */
  readonly min: Duration
  /** Never less often: what is lost at most, as far as the schedule goes. */
  readonly max: Duration
  /** The part of the time that runs may take, from 0.001 to 0.5. @default 0.1 */
  readonly busy?: number
  /** Bytes of changes that may be lost at most, if it can be had within the other limits. @default no such target */
  readonly lossBytes?: number
}
