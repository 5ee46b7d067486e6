import type { BackupEvent, Run } from '@backup/core'
import { refuse } from '../problem/refusal.ts'
import type { JobJson, JobListQuery, JobResultJson } from '../wire/jobs.ts'
import { after, begun } from './job.ts'

/** What is under way in this process and what has been, whoever started it. */
export interface Jobs {
  /** Is told of every event of the backup. */
  see(event: BackupEvent): void
  /** Takes a run that was just started under its wing: it goes on when nobody waits for it. */
  adopt<Result>(run: Run<Result>, started: Started<Result>): JobJson
  /** @throws `unknown` */
  get(id: string): JobJson
  /** Newest first. */
  list(query: JobListQuery): readonly JobJson[]
}

export interface Started<Result> {
  readonly operation: JobJson['operation']
  readonly actor: string
  readonly reason?: string
  readonly part?: string
  /** What is told of its result, beyond the snapshot. */
  readonly resultOf?: (result: Result) => JobResultJson
  /** What it was started with. */
  readonly request: Request
}

export interface JobsOptions {
  readonly clock: () => Date
  /** Is told of a job that has come further. */
  readonly tell: (job: JobJson) => void
  /** Is told what nobody else may see. */
  readonly onError: (error: unknown, request: Request) => void
}

const keptOfEach = 50
const keptMs = 7 * 86_400_000
/** More often nobody can read it. */
const progressMs = 250

const untold: NonNullable<JobJson['error']> = {
  kind: 'permanent',
  message: 'It came to its end, but what came of it cannot be told.',
  hint: 'Look at what is there before it is done again. The log of the program says what failed.',
}

interface Kept {
  job: JobJson
  toldAt: number
  /** It was started here, and is not done before its result is there. */
  readonly awaited: boolean
  /** The job as it will be when that is there. */
  ended?: JobJson
}

export function createJobs({ clock, tell, onError }: JobsOptions): Jobs {
  const all = new Map<string, Kept>()

  const begin = (job: JobJson, awaited: boolean): Kept => {
    const kept: Kept = { job, toldAt: -Infinity, awaited }
    all.set(job.id, kept)
    tell(job)
    forget()
    return kept
  }
  const set = (kept: Kept, job: JobJson): void => {
    if (job === kept.job) return
    kept.job = job
    tell(job)
  }
  const forget = (): void => {
    const oldestMs = clock().getTime() - keptMs
    const seen = new Map<string, number>()
    for (const [id, { job }] of [...all].reverse()) {
      if (job.endedAt === undefined) continue
      const count = (seen.get(job.operation) ?? 0) + 1
      seen.set(job.operation, count)
      if (count > keptOfEach || Date.parse(job.endedAt) < oldestMs) all.delete(id)
    }
  }

  return {
    see(event) {
      const kept = all.get(event.run)
      if (event.type === 'run-start' && !kept) begin(begun(event.run, event.operation, new Date(event.at)), false)
      if (!kept) return
      const next = after(kept.job, event)
      if (event.type === 'progress') {
        kept.job = next
        if (event.at - kept.toldAt < progressMs) return
        kept.toldAt = event.at
        tell(next)
      } else if (event.type === 'run-end' && kept.awaited) kept.ended = next
      else set(kept, next)
    },
    adopt(run, { operation, actor, reason, part, resultOf, request }) {
      const given = { actor, ...(reason !== undefined && { reason }), ...(part !== undefined && { part }) }
      const kept = begin({ ...begun(run.id, operation, clock()), ...given }, true)
      run.then(
        (result) => {
          if (!kept.ended) return
          try {
            set(kept, { ...kept.ended, ...(resultOf && { result: resultOf(result) }) })
          } catch (error) {
            set(kept, { ...kept.ended, state: 'failed', error: untold })
            onError(error, request)
          }
        },
        // Its events have told.
        () => {},
      )
      return kept.job
    },
    get(id) {
      const found = all.get(id)
      if (found) return found.job
      throw refuse('unknown', 'There is no job with this id, or it ended long ago.', { key: id })
    },
    list({ state, operation, limit = 50 }) {
      const jobs = [...all.values()].map(({ job }) => job)
      const fitting = jobs.filter((job) => (state ?? job.state) === job.state && (operation ?? job.operation) === job.operation)
      return fitting.reverse().slice(0, limit)
    },
  }
}
