/**
 * A stretch of the calendar of which one snapshot is kept. All of it works on local times: milliseconds since
 * 1970-01-01T00:00 on the wall clock of a zone, and how far that clock is ahead of UTC.
 */
export interface Period {
  /** `weekly` */
  readonly word: string
  /** The same number for all instants of one period, and for no others. */
  key(localMs: number, offsetMs: number): number
  /** `2026-W53` */
  label(localMs: number, offsetMs: number): string
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export const quarterHourly: Period = partOfDay('quarter-hourly', 15 * minuteMs)

export const hourly: Period = partOfDay('hourly', hourMs)

export const daily: Period = {
  word: 'daily',
  key: dayOf,
  label: (localMs) => iso(localMs).slice(0, 10),
}

/** Weeks begin on Monday, and belong to the year that has their Thursday: ISO 8601. */
export const weekly: Period = {
  word: 'weekly',
  // Day 0, 1970-01-01, was a Thursday.
  key: (localMs) => Math.floor((dayOf(localMs) + 3) / 7),
  label(localMs) {
    const thursday = weekly.key(localMs, 0) * 7
    const year = new Date(thursday * dayMs).getUTCFullYear()
    const week = Math.floor((thursday - Date.UTC(year, 0, 1) / dayMs) / 7) + 1
    return `${year}-W${String(week).padStart(2, '0')}`
  },
}

export const monthly: Period = {
  word: 'monthly',
  key(localMs) {
    const date = new Date(localMs)
    return date.getUTCFullYear() * 12 + date.getUTCMonth()
  },
  label: (localMs) => iso(localMs).slice(0, 7),
}

export const yearly: Period = {
  word: 'yearly',
  key: (localMs) => new Date(localMs).getUTCFullYear(),
  label: (localMs) => iso(localMs).slice(0, 4),
}

/** Told apart by the instant they begin at: an hour that the clock shows twice is two hours. */
function partOfDay(word: string, lengthMs: number): Period {
  const start = (localMs: number): number => Math.floor(localMs / lengthMs) * lengthMs
  return {
    word,
    key: (localMs, offsetMs) => start(localMs) - offsetMs,
    label: (localMs, offsetMs) => `${iso(start(localMs)).slice(0, 16).replace('T', ' ')}${offset(offsetMs)}`,
  }
}

function dayOf(localMs: number): number {
  return Math.floor(localMs / dayMs)
}

function iso(localMs: number): string {
  return new Date(localMs).toISOString()
}

/** `+05:30` */
function offset(offsetMs: number): string {
  return `${offsetMs < 0 ? '-' : '+'}${iso(Math.abs(offsetMs)).slice(11, 16)}`
}
