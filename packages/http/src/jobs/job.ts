import type { BackupEvent } from '@backup/core'
import { asJson } from '../route/as-json.ts'
import type { JobJson } from '../wire/jobs.ts'
import { masked } from './masked.ts'

const keptWarnings = 50

/** A job as it begins. */
export function begun(id: string, operation: JobJson['operation'], at: Date): JobJson {
  return { id, operation, state: 'running', startedAt: at.toISOString(), warnings: [], retries: 0 }
}

/** The job after an event of its run: the same when that says nothing new. */
export function after(job: JobJson, event: BackupEvent): JobJson {
  switch (event.type) {
    case 'phase-start': {
      const { progress: _, ...rest } = job
      return { ...rest, phase: event.phase }
    }
    case 'progress': {
      const { doneBytes, totalBytes, movedBytes, bytesPerSecond, leftMs, items } = event
      const known = { ...(totalBytes !== undefined && { totalBytes }), ...(leftMs !== undefined && { leftMs }), ...(items && { items }) }
      return { ...job, phase: event.phase, progress: { doneBytes, movedBytes, bytesPerSecond, ...known } }
    }
    case 'warning':
      return { ...job, warnings: [...job.warnings, { message: event.message, hint: event.hint }].slice(-keptWarnings) }
    case 'retry':
      return { ...job, retries: job.retries + 1 }
    case 'run-end': {
      const { snapshot } = event
      return { ...over(job, event), state: 'done', ...(snapshot && { snapshot: asJson(snapshot) }) }
    }
    case 'run-error': {
      const error = masked(event.error)
      return { ...over(job, event), state: error.kind === 'cancelled' ? 'cancelled' : 'failed', error }
    }
    default:
      return job
  }
}

function over({ phase: _, ...job }: JobJson, { at, durationMs }: { readonly at: number; readonly durationMs: number }): Omit<JobJson, 'phase'> {
  return { ...job, endedAt: new Date(at).toISOString(), durationMs }
}
