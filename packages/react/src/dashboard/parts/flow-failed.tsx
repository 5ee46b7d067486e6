import type { FlowState } from '@backup/client'
import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'
import { Button } from './button.tsx'
import { Problem } from './note.tsx'
import { Step } from './step.tsx'

export type Failed = Extract<FlowState<unknown, unknown, unknown>, { readonly step: 'failed' }>

export interface FlowFailedProps {
  readonly state: Failed
  readonly words: { readonly failed: string; readonly failedHint: string; readonly cancelled: string }
  /** What else can be done about it. */
  readonly actions?: ReactNode
  onClose(): void
}

/**
 * | how it failed | heading |
 * | --- | --- |
 * | there is no plan | that it could not be planned |
 * | it was under way when it was last heard of | that nobody knows |
 * | what was to be changed is not as it was | that, and the way back |
 * | otherwise | that nothing was changed |
 */
export function failedTitle({ job }: Failed, words: FlowFailedProps['words'], { plan, lost }: { readonly plan: string; readonly lost: string }): string {
  if (!job) return plan
  if (job.state === 'running') return lost
  return job.state === 'cancelled' ? words.cancelled : words.failed
}

/** Something that cannot be taken lightly did not come to a good end: what is known of how things stand now. */
export function FlowFailed({ state, words, actions, onClose }: FlowFailedProps): ReactNode {
  const { words: { restore, dialog } } = useDashboard()
  const { job, error } = state
  const isLost = job?.state === 'running'
  const isUntouched = job !== undefined && !isLost && !job.error?.altered
  return (
    <Step title={failedTitle(state, words, { plan: restore.planFailed, lost: restore.lost })}>
      {isLost ? <p>{restore.lostHint}</p> : <Problem error={error} />}
      {isUntouched && job.error?.kind === 'corrupt' && <p>{restore.corruptHint}</p>}
      {isUntouched && <p>{words.failedHint}</p>}
      <footer className="backup-dialog-foot">
        {actions}
        <Button look="primary" onClick={onClose}>{dialog.close}</Button>
      </footer>
    </Step>
  )
}
