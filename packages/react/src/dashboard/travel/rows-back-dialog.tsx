import type { RowPlanBody } from '@backup/client'
import { type ReactNode, useEffect } from 'react'
import { type RowsBack, useRowsBack } from '../../use-rows.ts'
import { useDashboard } from '../context.tsx'
import { JobProgress } from '../jobs/job-progress.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { Waiting } from '../parts/panel.tsx'
import { RowsReview } from './rows-review.tsx'

export type AskForRows = RowPlanBody

/** Rows on their way back: plan, confirm with a reason, watch, result with a way back. @param ask opens it */
export function RowsBackDialog({ ask, onClose }: { readonly ask: AskForRows | undefined; onClose(): void }): ReactNode {
  const { words: { travel, dialog } } = useDashboard()
  const back = useRowsBack()
  const { state, plan, reset } = back
  useEffect(() => {
    if (ask) void plan(ask)
  }, [ask, plan])
  const close = (): void => {
    reset()
    onClose()
  }
  const isUndo = 'request' in state && state.request?.absent === 'remove'
  return (
    <Dialog title={isUndo ? travel.dialog.undoTitle : travel.dialog.title} isOpen={state.step !== 'idle'} onClose={close}>
      {state.step === 'planning' && <Waiting label={dialog.planning} lines={5} />}
      {(state.step === 'planned' || state.step === 'starting') && <RowsReview key={state.plan.confirm.token} back={back} onClose={close} />}
      {state.step === 'running' && (
        <div className="backup-stack">
          <JobProgress job={state.job} />
          <p>{travel.dialog.running}</p>
          <footer className="backup-dialog-foot"><Button onClick={close}>{dialog.close}</Button></footer>
        </div>
      )}
      {state.step === 'done' && <Done back={back} onClose={close} />}
      {state.step === 'failed' && (
        <div className="backup-stack">
          {state.job && <h4>{travel.dialog.failed}</h4>}
          <Problem error={state.error} />
          {state.job && <p>{travel.dialog.failedHint}</p>}
          <footer className="backup-dialog-foot"><Button look="primary" onClick={close}>{dialog.close}</Button></footer>
        </div>
      )}
    </Dialog>
  )
}

function Done({ back: { state, undo }, onClose }: { readonly back: RowsBack; onClose(): void }): ReactNode {
  const { words: { travel, dialog } } = useDashboard()
  if (state.step !== 'done') return null
  const { inserted = 0, replaced = 0, removed = 0, undo: way } = state.result ?? {}
  const isUndone = removed > 0 || (state.result !== undefined && inserted + replaced === 0)
  return (
    <div className="backup-stack">
      <Note tone="good" title={isUndone ? travel.dialog.undone : travel.dialog.done(inserted + replaced)}>
        <p>{travel.dialog.doneHint}</p>
      </Note>
      <footer className="backup-dialog-foot">
        {way && <Button onClick={() => void undo()}>{travel.dialog.undo}</Button>}
        <Button look="primary" onClick={onClose}>{dialog.close}</Button>
      </footer>
    </div>
  )
}
