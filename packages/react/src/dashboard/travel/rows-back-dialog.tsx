import type { RowPlanBody, RowRestoreJson } from '@backup/client'
import { type ReactNode, type RefObject, useEffect } from 'react'
import { type RowsBack, useRowsBack } from '../../use-rows.ts'
import { useDashboard } from '../context.tsx'
import { JobProgress } from '../jobs/job-progress.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FlowFailed, failedTitle } from '../parts/flow-failed.tsx'
import { Note } from '../parts/note.tsx'
import { Waiting } from '../parts/panel.tsx'
import { Step } from '../parts/step.tsx'
import { useSight } from '../parts/use-sight.ts'
import type { Words } from '../words.ts'
import { RowsReview } from './rows-review.tsx'

export type AskForRows = (request: RowPlanBody) => void

/** Rows on their way back, for who may restore: plan, confirm with a reason, watch, result with a way back. @param ask is given what opens it */
export function RowsBackDialog({ ask }: { readonly ask: RefObject<AskForRows> }): ReactNode {
  const { words: { travel: { dialog: words }, restore, dialog } } = useDashboard()
  const back = useRowsBack()
  const { state, plan, reset } = back
  const sight = useSight(state.step)
  const { show } = sight
  useEffect(() => {
    ask.current = (request) => {
      show()
      void plan(request)
    }
  }, [ask, plan, show])
  const close = (): void => (state.step === 'running' || state.step === 'starting' ? sight.hide() : reset())
  const isUndo = 'request' in state && state.request?.absent === 'remove'
  const status = state.step === 'done' ? endTitle(state.result, words) : state.step === 'failed' ? failedTitle(state, words, { plan: restore.planFailed, lost: restore.lost }) : undefined
  return (
    <Dialog title={isUndo ? words.undoTitle : words.title} isOpen={sight.isOpen} onClose={close} status={status}>
      {state.step === 'planning' && <Step title={dialog.planning}><Waiting label="" lines={5} /></Step>}
      {(state.step === 'planned' || state.step === 'starting') && <RowsReview key={state.plan.confirm.token} back={back} onClose={reset} />}
      {state.step === 'running' && (
        <Step title={words.underWay}>
          <JobProgress job={state.job} />
          <p>{words.running}</p>
          <footer className="backup-dialog-foot"><Button look="primary" onClick={sight.hide}>{restore.hide}</Button></footer>
        </Step>
      )}
      {state.step === 'done' && <Done back={back} />}
      {state.step === 'failed' && <FlowFailed state={state} words={words} onClose={reset} />}
    </Dialog>
  )
}

function endTitle(result: RowRestoreJson | undefined, words: Words['travel']['dialog']): string {
  const { inserted = 0, replaced = 0, removed = 0 } = result ?? {}
  const isUndone = removed > 0 || (result !== undefined && inserted + replaced === 0)
  return isUndone ? words.undone : words.done(inserted + replaced)
}

function Done({ back: { state, undo, reset } }: { readonly back: RowsBack }): ReactNode {
  const { words: { travel: { dialog: words }, dialog } } = useDashboard()
  if (state.step !== 'done') return null
  return (
    <Step title={endTitle(state.result, words)}>
      <Note tone="good">
        <p>{words.doneHint}</p>
      </Note>
      <footer className="backup-dialog-foot">
        {state.result?.undo && <Button onClick={() => void undo()}>{words.undo}</Button>}
        <Button look="primary" onClick={reset}>{dialog.close}</Button>
      </footer>
    </Step>
  )
}
