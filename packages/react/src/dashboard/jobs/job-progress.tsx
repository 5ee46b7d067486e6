import type { JobJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'
import { jobName } from './job-name.ts'

/** How far a job is: phase, amount, rate, time left. Screen readers are told of phases, and not of each byte. */
export function JobProgress({ job }: { readonly job: JobJson }): ReactNode {
  const { words: { job: words }, format } = useDashboard()
  const { phase, progress, state, retries } = job
  const phaseText = phase ? words.phases[phase] : words.waiting
  const { totalBytes: total, items } = progress ?? {}
  return (
    <div className="backup-progress">
      <div className="backup-progress-line">
        <span aria-live="polite">{state === 'running' ? phaseText : words.states[state]}</span>
        {progress && (
          <span>
            {total ? words.amount(format.bytes(progress.doneBytes), format.bytes(total)) : format.bytes(progress.doneBytes)}
            {items && ` · ${words.items[items.unit](format.count(items.done), items.total === undefined ? undefined : format.count(items.total))}`}
            {progress.bytesPerSecond > 0 && ` · ${words.rate(format.bytes(progress.bytesPerSecond))}`}
            {progress.leftMs !== undefined && ` · ${words.left(format.duration(progress.leftMs))}`}
          </span>
        )}
      </div>
      <progress
        aria-label={jobName(job, words)}
        {...(total ? { max: total, value: Math.min(progress!.doneBytes, total) } : {})}
        {...(total && { 'aria-valuetext': format.percent(progress!.doneBytes / total) })}
      />
      {retries > 0 && <span className="backup-hint">{words.retries(format.count(retries))}</span>}
    </div>
  )
}
