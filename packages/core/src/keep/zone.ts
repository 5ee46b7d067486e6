import { BackupError } from '../errors.ts'

/** The local time of an instant, as milliseconds since 1970-01-01T00:00 on the wall clock of the zone. */
export type LocalTime = (timeMs: number) => number

const dayMs = 86_400_000

/** A memo: it makes answers faster and never different. Programs plan in one zone, or in a few. */
const opened = new Map<string, LocalTime>()
const mostOpened = 8

/**
 * The wall clock of an IANA zone, by the time zone data that the runtime brings with it.
 *
 * Formatting costs microseconds, and a plan asks half a million times. Hence an offset is asked for once a
 * UTC day, and counts for all of it if the next day begins with the same one; only on days of a change each
 * instant is asked for.
 *
 * @throws `config` for a zone the runtime does not know.
 */
export function localTime(zone: string): LocalTime {
  const known = opened.get(zone)
  if (known) return known
  const local = openZone(zone)
  const [oldest] = opened.keys()
  if (opened.size === mostOpened && oldest !== undefined) opened.delete(oldest)
  opened.set(zone, local)
  return local
}

function openZone(zone: string): LocalTime {
  const exact = exactOffset(formatter(zone))
  const atMidnight = new Map<number, number>()

  function offsetAtMidnight(day: number): number {
    let offset = atMidnight.get(day)
    if (offset === undefined) atMidnight.set(day, (offset = exact(day * dayMs)))
    return offset
  }

  return (timeMs) => {
    const day = Math.floor(timeMs / dayMs)
    const offset = offsetAtMidnight(day)
    return timeMs + (offset === offsetAtMidnight(day + 1) ? offset : exact(timeMs))
  }
}

function formatter(zone: string): Intl.DateTimeFormat {
  try {
    if (typeof zone !== 'string') throw new TypeError('A zone is a string.')
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new BackupError('config', `The time zone "${String(zone)}" is not known to this runtime.`, {
      key: 'zone',
      hint: 'Use a name of the IANA time zone database, such as "Europe/Berlin" or "UTC".',
      cause,
    })
  }
}

function exactOffset(format: Intl.DateTimeFormat): (timeMs: number) => number {
  return (timeMs) => {
    const part: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(timeMs)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(timeMs / 1000) * 1000
  }
}
