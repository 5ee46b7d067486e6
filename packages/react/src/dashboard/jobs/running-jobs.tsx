import type { ReactNode } from 'react'
import { useBackupJob, useRunningJobs } from '../../use-backup-job.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Problem } from '../parts/note.tsx'
import { useMay } from '../use-may.ts'
import { useTask } from '../use-task.ts'
import { JobProgress } from './job-progress.tsx'

/** What is under way, whoever started it. */
export function RunningJobs(): ReactNode {
  const { words: { job } } = useDashboard()
  const ids = useRunningJobs()
  if (ids.length === 0) return null
  return (
    <ul className="backup-jobs" aria-label={job.underWay}>
      {ids.map((id) => (
        <RunningJob key={id} id={id} />
      ))}
    </ul>
  )
}

const needed = { restore: 'restore', retain: 'delete', collect: 'delete', keys: 'configure' } as const

function RunningJob({ id }: { readonly id: string }): ReactNode {
  const { words: { job: words } } = useDashboard()
  const { data: job, cancel } = useBackupJob(id)
  const may = useMay()
  const cancelling = useTask(cancel)
  if (!job || job.state !== 'running' || job.operation === 'watch' || job.operation === 'replicate') return null
  const name = words.names[job.operation]
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
