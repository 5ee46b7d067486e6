import type { HealthFacts, ProviderFacts } from './facts.ts'
import { dayMs } from './reason.ts'
import { type Trend, fullAt, trendOf } from './trend.ts'
import { pastSnapshots } from './views.ts'

/** What came long ago says little about next month. */
const lookedBackMs = 60 * dayMs

/** How the source grows. */
export function sourceTrend(facts: HealthFacts, now: Date): Trend | undefined {
  return trendOf(lately(facts, now).map(({ time, sizeBytes }) => ({ time, bytes: sizeBytes })))
}

/**
 * How the repository grows, as far as snapshots that are still there tell: what retention gave back is not taken off, so it is rather
 * too much than too little. A first backup is no growth.
 */
export function storedTrend(facts: HealthFacts, now: Date): Trend | undefined {
  let bytes = 0
  const later = lately(facts, now).slice(1)
  return trendOf(later.map(({ time, storedBytes }) => ({ time, bytes: (bytes += storedBytes) })))
}

/** When this provider will be full. */
export function forecastOf(facts: HealthFacts, { usage }: ProviderFacts, now: Date): Date | undefined {
  const free = usage?.freeBytes
  const trend = storedTrend(facts, now)
  return free === undefined || !trend ? undefined : fullAt(free, trend, now)
}

function lately(facts: HealthFacts, now: Date): ReturnType<typeof pastSnapshots> {
  return pastSnapshots(facts, now).filter(({ time }) => time.getTime() > now.getTime() - lookedBackMs).toReversed()
}
