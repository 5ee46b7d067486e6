/** The planned times of a schedule, in milliseconds since 1970. */
export interface Timetable {
  /** The first after an instant; none when there is none before the year 10000. */
  next(afterMs: number): number | undefined
  /** The latest at or before an instant. */
  latest(atMs: number): number | undefined
  /** How many lie after the one and before the other; beyond {@link mostCounted} it is not counted on. */
  count(afterMs: number, beforeMs: number): number
}

export const mostCounted = 1_000

/** At equal distances from an anchor. */
export function evenTimetable(everyMs: number, anchorMs: number): Timetable {
  const next = (afterMs: number): number => anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs
  return {
    next,
    latest: (atMs) => anchorMs + Math.floor((atMs - anchorMs) / everyMs) * everyMs,
    count: (afterMs, beforeMs) => Math.min(mostCounted, Math.max(0, Math.ceil((beforeMs - next(afterMs)) / everyMs))),
  }
}

/** All times of several timetables, which need not count. */
export function mergedTimetable(tables: readonly Pick<Timetable, 'next' | 'latest'>[]): Timetable {
  const given = (times: readonly (number | undefined)[]): number[] => times.filter((time) => time !== undefined)
  const next = (afterMs: number): number | undefined => {
    const times = given(tables.map((table) => table.next(afterMs)))
    return times.length > 0 ? Math.min(...times) : undefined
  }
  return {
    next,
    latest(atMs) {
      const times = given(tables.map((table) => table.latest(atMs)))
      return times.length > 0 ? Math.max(...times) : undefined
    },
    count(afterMs, beforeMs) {
      let count = 0
      let time = next(afterMs)
      while (time !== undefined && time < beforeMs && count < mostCounted) {
        count += 1
        time = next(time)
      }
      return count
    },
  }
}
