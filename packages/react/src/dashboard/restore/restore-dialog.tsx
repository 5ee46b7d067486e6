import type { RestorePlanBody } from '@backup/client'
import { type ReactNode, type RefObject, useEffect, useState } from 'react'
import { useRestore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Problem } from '../parts/note.tsx'
import { Waiting } from '../parts/panel.tsx'
import { RestoreEnd } from './restore-end.tsx'
import { RestoreReview } from './restore-review.tsx'
import { RestoreWatch } from './restore-watch.tsx'

export type AskForRestore = (request: RestorePlanBody) => void

const stepOf = { idle: 0, planning: 0, planned: 1, starting: 1, running: 2, done: 3, failed: 3 } as const

/** Plan, confirm, watch, result. @param ask is given what opens it */
export function RestoreDialog({ ask }: { readonly ask: RefObject<AskForRestore> }): ReactNode {
  const { words: { restore: words, dialog } } = useDashboard()
  const restore = useRestore()
  const { state, plan, reset } = restore
  const [isHidden, setHidden] = useState(false)
  useEffect(() => {
    ask.current = (request) => {
      setHidden(false)
      void plan(request)
    }
  }, [ask, plan])
  const isOver = state.step === 'done' || state.step === 'failed'
  // Somebody has to be told how it ended, also who had put it out of sight.
  useEffect(() => {
    if (isOver) setHidden(false)
  }, [isOver])
  const close = (): void => (state.step === 'running' || state.step === 'starting' ? setHidden(true) : reset())
  return (
    <Dialog title={words.title} isOpen={state.step !== 'idle' && !isHidden} onClose={close}>
      <ol className="backup-steps">
        {(['plan', 'confirm', 'progress', 'result'] as const).map((name, at) => (
          <li key={name} aria-current={at === stepOf[state.step] ? 'step' : undefined} data-past={at < stepOf[state.step] || undefined}>
            {words.steps[name]}
          </li>
        ))}
      </ol>
      {state.step === 'planning' && <Waiting label={dialog.planning} lines={5} />}
      {(state.step === 'planned' || state.step === 'starting') && <RestoreReview restore={restore} />}
      {state.step === 'running' && <RestoreWatch restore={restore} job={state.job} onHide={() => setHidden(true)} />}
      {state.step === 'done' && <RestoreEnd restore={restore} job={state.job} result={state.result} />}
      {state.step === 'failed' && <Failed restore={restore} />}
    </Dialog>
  )
}

function Failed({ restore: { state, plan, reset } }: { readonly restore: ReturnType<typeof useRestore> }): ReactNode {
  const { words: { restore: words, dialog } } = useDashboard()
  if (state.step !== 'failed') return null
  const { job, request, error } = state
  // It was under way when it was last heard of.
  const isLost = job?.state === 'running'
  const title = isLost ? words.lost : job?.state === 'cancelled' ? words.cancelled : job ? words.failed : ''
  return (
    <div className="backup-stack">
      {title && <h4>{title}</h4>}
      {isLost ? <p>{words.lostHint}</p> : <Problem error={error} />}
      {job?.error?.kind === 'corrupt' && <p>{words.corruptHint}</p>}
      {job && !isLost && <p>{words.failedHint}</p>}
      <footer className="backup-dialog-foot">
        {request && <Button onClick={() => void plan(request)}>{words.planAgain}</Button>}
        <Button look="primary" onClick={reset}>{dialog.close}</Button>
      </footer>
    </div>
  )
}
