import type { JobJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useConnection } from '../../use-health.ts'
import type { Restore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { JobProgress } from '../jobs/job-progress.tsx'
import { Button } from '../parts/button.tsx'
import { Failure, Technical } from '../parts/failure.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { Step } from '../parts/step.tsx'
import { useTask } from '../use-task.ts'

/** A restore that is under way. */
export function RestoreWatch({ restore: { cancel, state }, job, onHide }: { readonly restore: Restore; readonly job: JobJson; onHide(): void }): ReactNode {
  const { words: { restore: words, job: jobWords, warning: said } } = useDashboard()
  const cancelling = useTask(cancel)
  const { status } = useConnection()
  return (
    <Step title={words.underWay}>
      <JobProgress job={job} />
      {status === 'offline' ? <Note tone="warning" title={words.offline} /> : <p>{words.running}</p>}
      {status !== 'offline' && state.step === 'running' && state.error && <Note tone="warning"><Failure of={state.error} /></Note>}
      {job.warnings.map(({ message, hint }) => (
        <Note key={message} tone="warning" title={said(message)}><Technical text={hint} /></Note>
      ))}
      <Problem error={cancelling.error} />
      <footer className="backup-dialog-foot">
        <Button isBusy={cancelling.isBusy} onClick={() => void cancelling.run()}>{jobWords.cancel}</Button>
        <Button look="primary" onClick={onHide}>{words.hide}</Button>
      </footer>
    </Step>
  )
}
