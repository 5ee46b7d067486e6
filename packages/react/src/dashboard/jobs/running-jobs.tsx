import type { JobJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useBackupJob, useJustEnded, useRunningJobs } from '../../use-backup-job.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Problem } from '../parts/note.tsx'
import { useMay } from '../use-may.ts'
import { useTask } from '../use-task.ts'
import { jobName } from './job-name.ts'
import { JobProgress } from './job-progress.tsx'

/** What is under way, whoever started it; and, to those who do not see it, how it ended. */
export function RunningJobs(): ReactNode {
  const { words: { job } } = useDashboard()
  const ids = useRunningJobs()
  return (
    <>
      <Ended />
      {ids.length > 0 && (
        <ul className="backup-jobs" aria-label={job.underWay}>
          {ids.map((id) => (
            <RunningJob key={id} id={id} />
          ))}
        </ul>
      )}
    </>
  )
}

/** By themselves, all the time. */
const unnoticed: readonly JobJson['operation'][] = ['watch', 'replicate']

function Ended(): ReactNode {
  const { words: { job: words } } = useDashboard()
  const job = useJustEnded()
  return (
    <p role="status" className="backup-unseen">
      {job && !unnoticed.includes(job.operation) && words.ended(jobName(job, words), words.states[job.state])}
    </p>
  )
}

const needed = { restore: 'restore', retain: 'delete', collect: 'delete', keys: 'configure' } as const

function RunningJob({ id }: { readonly id: string }): ReactNode {
  const { words: { job: words } } = useDashboard()
  const { data: job, cancel } = useBackupJob(id)
  const may = useMay()
  const cancelling = useTask(cancel)
  if (!job || job.state !== 'running' || unnoticed.includes(job.operation)) return null
  const name = jobName(job, words)
  const action = needed[job.operation as keyof typeof needed] ?? 'run'
  return (
    <li className="backup-job">
      <div className="backup-job-head">
        <span className="backup-pulse" aria-hidden="true" />
        <strong>{name}</strong>
        {job.actor && <span className="backup-hint">{words.startedBy(job.actor)}</span>}
        <span className="backup-hint backup-goes-on">{words.goesOn}</span>
        {may(action) && (
          <Button look="quiet" aria-label={words.cancelThis(name)} isBusy={cancelling.isBusy} onClick={() => void cancelling.run()}>
            {words.cancel}
          </Button>
        )}
      </div>
      <JobProgress job={job} />
      <Problem error={cancelling.error} />
    </li>
  )
}
