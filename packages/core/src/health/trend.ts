/** How something grows: a straight line through what was measured. */
export interface Trend {
  readonly bytesPerDay: number
  /** Days that lie between the first measurement and the last. */
  readonly days: number
}

export interface Measured {
  readonly time: Date
  readonly bytes: number
}

const dayMs = 86_400_000

/** Fewer days than this are no trend. */
const leastDays = 3

/** The line with the least squares of distances; none for fewer than three measurements or days. */
export function trendOf(points: readonly Measured[]): Trend | undefined {
  const [first] = points
  if (!first || points.length < 3) return undefined
  // From the first on: squares of milliseconds since 1970 are too large to be exact.
  const days = points.map(({ time }) => (time.getTime() - first.time.getTime()) / dayMs)
  const span = Math.max(...days) - Math.min(...days)
  if (!(span >= leastDays)) return undefined
  const meanDay = mean(days)
  const meanBytes = mean(points.map(({ bytes }) => bytes))
  let together = 0
  let alone = 0
  for (const [at, day] of days.entries()) {
    together += (day - meanDay) * (points[at]!.bytes - meanBytes)
    alone += (day - meanDay) ** 2
  }
  return { bytesPerDay: together / alone, days: span }
}

/** When so much room is used up; never, where nothing grows, and where it would take a hundred years. */
export function fullAt(freeBytes: number, { bytesPerDay }: Trend, now: Date): Date | undefined {
  const days = freeBytes / bytesPerDay
  return bytesPerDay > 0 && days < 36_500 ? new Date(now.getTime() + Math.max(0, days) * dayMs) : undefined
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
