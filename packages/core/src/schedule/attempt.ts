import { BackupError } from '../errors.ts'
import type { Timers } from '../provider/timers.ts'
import type { Job, JobContext, Outcome } from './job.ts'
import { durationText } from './duration.ts'

export interface Attempt {
  readonly outcome: Exclude<Outcome, 'interrupted'>
  readonly durationMs: number
  readonly result?: unknown
  readonly error?: unknown
}

/** How long a run may take to end once it is told to. */
export const graceMs = 30_000

/** Runs a job once, and comes back in any event: when it ends, or when its time and the grace after it are over. */
export async function attempt(job: Job, context: JobContext, stop: AbortSignal, timeoutMs: number, timers: Timers): Promise<Attempt> {
  const startedMs = timers.now()
  const limit = new AbortController()
  const signal = AbortSignal.any([stop, limit.signal])
  const armed = new Set<unknown>()
  const after = (ms: number, act: () => void): void => void armed.add(timers.setTimeout(act, ms))
  const ended = (found: Omit<Attempt, 'durationMs'>): Attempt => ({ ...found, durationMs: Math.round(timers.now() - startedMs) })
  const told = (): Attempt['outcome'] => (limit.signal.aborted ? 'timed-out' : stop.aborted ? 'cancelled' : 'failed')

  let giveUp: (attempt: Attempt) => void = () => {}
  const givenUp = new Promise<Attempt>((resolve) => (giveUp = resolve))
  const timeUp = (): BackupError =>
    new BackupError('transient', `"${job.name}" did not end within ${durationText(timeoutMs)}.`, {
      key: job.name,
      hint: 'See what it waits for, or give it more time: option "timeout" of the job.',
    })
  const beginGrace = (): void =>
    after(graceMs, () => giveUp(ended({ outcome: stop.aborted ? 'cancelled' : 'abandoned', error: limit.signal.reason ?? stop.reason })))
  signal.addEventListener('abort', beginGrace, { once: true })
  after(timeoutMs, () => limit.abort(timeUp()))
  // It may throw before it returns anything.
  const work = new Promise((resolve) => resolve(job.run({ ...context, signal }))).then(
    (result) => ended({ outcome: 'ok', result }),
    (error: unknown) => ended({ outcome: told(), error: limit.signal.aborted ? limit.signal.reason : error }),
  )
  try {
    return await Promise.race([work, givenUp])
  } finally {
    signal.removeEventListener('abort', beginGrace)
    for (const timer of armed) timers.clearTimeout(timer)
  }
}
