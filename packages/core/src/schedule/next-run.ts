import { startOf } from './jitter.ts'
import { planOf } from './plan.ts'
import type { Schedule } from './schedule.ts'

export interface NextRunOptions {
  /** IANA zone that counts when the schedule names none. @default the system's */
  readonly zone?: string
  /** Name of the job, on which jitter depends. @default '' */
  readonly job?: string
}

/**
 * When a schedule comes round next, strictly after an instant. A pure function: nothing is started.
 *
 * Of an adaptive schedule, the soonest it may be.
 *
 * @returns nothing when it never does before the year 10000
 * @throws `config` for a schedule that is none, contradicts itself or can never fire
 * @example
 * ```ts
 * nextRun({ daily: '03:00', zone: 'Europe/Berlin' }, new Date('2026-06-01T12:00:00Z')) // 2026-06-02T01:00:00Z
 * ```
 */
export function nextRun(schedule: Schedule, after: Date, options: NextRunOptions = {}): Date | undefined {
  const [first] = runsAfter(schedule, after, options)
  return first
}

/** The next `count` of them. See {@link nextRun}. */
export function nextRuns(schedule: Schedule, after: Date, count: number, options: NextRunOptions = {}): Date[] {
  const found: Date[] = []
  if (count < 1) return found
  for (const run of runsAfter(schedule, after, options)) if (found.push(run) >= count) break
  return found
}

function* runsAfter(schedule: Schedule, after: Date, { zone, job = '' }: NextRunOptions): Generator<Date> {
  const plan = planOf(schedule, zone)
  const afterMs = after.getTime()
  const table = plan.adaptive ? plan.timetable({ intervalMs: plan.adaptive.minMs, fromMs: afterMs }) : plan.timetable()
  // One that was planned before may begin after.
  let planned = plan.jitterMs > 0 ? table.latest(afterMs) ?? table.next(afterMs) : table.next(afterMs)
  for (; planned !== undefined; planned = table.next(planned)) {
    const startMs = startOf(planned, job, plan.jitterMs, table)
    if (startMs > afterMs) yield new Date(startMs)
  }
}
