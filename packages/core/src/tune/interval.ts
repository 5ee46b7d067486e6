/** What is known of one run that went well. */
export interface RunFact {
  readonly durationMs: number
  /** Bytes that had changed since the run before; absent where nobody knows. */
  readonly changedBytes?: number
  /** How long these changes had gathered. */
  readonly sinceMs?: number
}

export interface IntervalLimits {
  readonly minMs: number
  readonly maxMs: number
  /** The part of the time that runs may take: 0.1 is a tenth. */
  readonly busy: number
  /** What may be lost at most; `Infinity` without such a target. */
  readonly lossBytes: number
}

export interface ChosenInterval {
  readonly intervalMs: number
  /** For people. */
  readonly reason: string
}

/** Runs that are looked back at. */
export const factsKept = 5

/**
 * How long to wait between runs, from what the last ones were like. A pure function.
 *
 * What runs cost comes first: an interval is never so short that they would take more than their part of the time. Then the target for
 * losses decides; without one, runs come as often as they may while something changes, and half as often after each that found nothing.
 *
 * @param facts oldest first
 */
export function chooseInterval(limits: IntervalLimits, facts: readonly RunFact[]): ChosenInterval {
  const recent = facts.slice(-factsKept)
  if (recent.length === 0) return { intervalMs: limits.minMs, reason: 'nothing has been measured yet' }
  const floorMs = Math.max(limits.minMs, median(recent.map(({ durationMs }) => durationMs)) / limits.busy)
  const wanted = Number.isFinite(limits.lossBytes) ? forLoss(limits, recent) : forChange(recent, floorMs)
  const [intervalMs, reason] =
    floorMs >= limits.maxMs ? [limits.maxMs, 'runs take long, and it is never less often than this']
    : wanted.intervalMs <= floorMs ? [floorMs, floorMs > limits.minMs ? `runs may take ${percent(limits.busy)} of the time` : wanted.reason]
    : wanted.intervalMs >= limits.maxMs ? [limits.maxMs, wanted.reason]
    : [wanted.intervalMs, wanted.reason]
  return { intervalMs: Math.round(intervalMs), reason }
}

function forChange(recent: readonly RunFact[], floorMs: number): ChosenInterval {
  const lastChange = recent.findLastIndex(({ changedBytes }) => changedBytes !== 0)
  const quiet = recent.length - 1 - lastChange
  if (quiet === 0) return { intervalMs: floorMs, reason: 'something changes from run to run' }
  const runs = quiet === 1 ? 'the last run' : `the last ${quiet} runs`
  return { intervalMs: floorMs * 2 ** quiet, reason: `${runs} found nothing new` }
}

function forLoss({ lossBytes }: IntervalLimits, recent: readonly RunFact[]): ChosenInterval {
  // The fastest of the last runs, for what is lost is lost at the worst moment.
  const perMs = Math.max(0, ...recent.map(({ changedBytes = 0, sinceMs = 0 }) => (sinceMs > 0 ? changedBytes / sinceMs : 0)))
  if (perMs === 0) return { intervalMs: Infinity, reason: 'nothing changes' }
  return { intervalMs: lossBytes / perMs, reason: `${Math.round(perMs * 3_600_000).toLocaleString('en-US')} bytes change in an hour` }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function percent(part: number): string {
  return `${Number((part * 100).toPrecision(3))} %`
}
