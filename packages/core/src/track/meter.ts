import type { ItemUnit, ItemsDone } from '../contract/items.ts'
import type { Phase, ProgressMade } from '../events.ts'

/** Counts what a run does, and says at most ten times a second how far it is. */
export interface Meter {
  /** Bytes of the source that are dealt with. */
  done(bytes: number): void
  /** Bytes stored or fetched. */
  moved(bytes: number): void
  phase(phase: Phase, totalBytes?: number): void
  /** Adds to the total, for sources that learn their size as they go. */
  expect(bytes: number): void
  /** So many more of what the source counts are dealt with. */
  count(unit: ItemUnit, done: number, expected?: number): void
}

export type Progress = Omit<ProgressMade, 'operation' | 'run' | 'at' | 'type'>

const intervalMs = 100
/** The rate is taken over the last seconds, so that it follows a change and does not jump. */
const windowMs = 5000

export function createMeter(report: (progress: Progress) => void, clock: () => number): Meter {
  let phase: Phase = 'open'
  let doneBytes = 0
  let movedBytes = 0
  let totalBytes: number | undefined
  let items: ItemsDone | undefined
  let reportedAt = 0
  let samples: { at: number; done: number }[] = []

  const tell = (now: number): void => {
    // A clock that was set back says nothing about the time between.
    if (now < reportedAt) samples = []
    reportedAt = now
    samples.push({ at: now, done: doneBytes })
    // The last one before the window stays: reports may lie further apart than the window is long.
    while (samples.length > 1 && samples[1]!.at <= now - windowMs) samples.shift()
    const first = samples[0]!
    const bytesPerSecond = now > first.at ? ((doneBytes - first.done) / (now - first.at)) * 1000 : 0
    const leftMs = totalBytes !== undefined && bytesPerSecond > 0 ? ((totalBytes - doneBytes) / bytesPerSecond) * 1000 : undefined
    report({
      phase,
      doneBytes,
      movedBytes,
      bytesPerSecond: Math.round(bytesPerSecond),
      ...(totalBytes !== undefined && { totalBytes }),
      ...(leftMs !== undefined && { leftMs: Math.max(0, Math.round(leftMs)) }),
      ...(items && { items }),
    })
  }
  const tellSometimes = (): void => {
    const now = clock()
    if (Math.abs(now - reportedAt) >= intervalMs) tell(now)
  }

  return {
    done(bytes) {
      doneBytes += bytes
      tellSometimes()
    },
    moved(bytes) {
      movedBytes += bytes
      tellSometimes()
    },
    phase(next, total) {
      if (doneBytes > 0) tell(clock())
      phase = next
      doneBytes = 0
      totalBytes = total
      items = undefined
      samples = [{ at: clock(), done: 0 }]
    },
    expect(bytes) {
      totalBytes = (totalBytes ?? 0) + bytes
    },
    count(unit, done, expected) {
      const before = items?.unit === unit ? items : { done: 0, total: undefined }
      const total = expected === undefined ? before.total : (before.total ?? 0) + expected
      items = { unit, done: before.done + done, ...(total !== undefined && { total }) }
      tellSometimes()
    },
  }
}
