import type { RestorePlanBody } from '@backup/client'
import { type ReactNode, type RefObject, useEffect } from 'react'
import { useRestore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FlowFailed, failedTitle } from '../parts/flow-failed.tsx'
import { Waiting } from '../parts/panel.tsx'
import { Step } from '../parts/step.tsx'
import { useSight } from '../parts/use-sight.ts'
import { RestoreEnd, endTitle } from './restore-end.tsx'
import { RestoreReview } from './restore-review.tsx'
import { RestoreWatch } from './restore-watch.tsx'

export type AskForRestore = (request: RestorePlanBody) => void

const stepOf = { idle: 0, planning: 0, planned: 1, starting: 1, running: 2, done: 3, failed: 3 } as const

/** Plan, confirm, watch, result, for who may restore. @param ask is given what opens it */
export function RestoreDialog({ ask }: { readonly ask: RefObject<AskForRestore> }): ReactNode {
  const { words: { restore: words, dialog } } = useDashboard()
  const restore = useRestore()
  const { state, plan, reset } = restore
  const sight = useSight(state.step)
  const { show } = sight
  useEffect(() => {
    ask.current = (request) => {
      show()
      void plan(request)
    }
  }, [ask, plan, show])
  const close = (): void => (state.step === 'running' || state.step === 'starting' ? sight.hide() : reset())
  const status = state.step === 'done' ? endTitle(state.result, words) : state.step === 'failed' ? failedTitle(state, words, { plan: words.planFailed, lost: words.lost }) : undefined
  return (
    <Dialog title={words.title} isOpen={sight.isOpen} onClose={close} status={status}>
      <ol className="backup-steps">
        {(['plan', 'confirm', 'progress', 'result'] as const).map((name, at) => (
          <li key={name} aria-current={at === stepOf[state.step] ? 'step' : undefined} data-past={at < stepOf[state.step] || undefined}>
            {words.steps[name]}
          </li>
        ))}
      </ol>
      {state.step === 'planning' && <Step title={dialog.planning}><Waiting label="" lines={5} /></Step>}
      {(state.step === 'planned' || state.step === 'starting') && <RestoreReview key={state.plan.confirm.token} restore={restore} />}
      {state.step === 'running' && <RestoreWatch restore={restore} job={state.job} onHide={sight.hide} />}
      {state.step === 'done' && <RestoreEnd restore={restore} job={state.job} result={state.result} />}
      {state.step === 'failed' && (
        <FlowFailed
          state={state}
          words={words}
          onClose={reset}
          actions={state.request && <Again request={state.request} plan={plan} />}
        />
      )}
    </Dialog>
  )
}

/** To a place that could not be planned for, it is not planned again: over the live data it may be. */
function Again({ request, plan }: { readonly request: RestorePlanBody; plan(request: RestorePlanBody): Promise<void> }): ReactNode {
  const { words: { restore: words, dialog } } = useDashboard()
  const { to, ...live } = request
  return <Button onClick={() => void plan(live)}>{to === undefined ? words.planAgain : dialog.back}</Button>
}
