import { type ReactNode, useEffect, useState } from 'react'
import { useDashboard } from '../context.tsx'
import { useTask } from '../use-task.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Note, Problem } from './note.tsx'
import { Waiting } from './panel.tsx'
import { ReasonForm } from './reason-form.tsx'

export interface PlanDialogProps<Plan> {
  readonly title: ReactNode
  readonly isOpen: boolean
  onClose(): void
  /** Finds out what would be done. */
  plan(): Promise<Plan>
  /** What somebody should see before. */
  show(plan: Plan): ReactNode
  /** Does it. */
  apply(plan: Plan, reason: string): Promise<unknown>
  readonly confirm: string
  readonly look?: 'primary' | 'danger'
  /** There is nothing to do after all. */
  isEmpty?(plan: Plan): boolean
}

/** Plan, look at it, say why, done: for all that cannot be taken lightly. */
export function PlanDialog<Plan>({ title, isOpen, onClose, plan, show, apply, confirm, look, isEmpty }: PlanDialogProps<Plan>): ReactNode {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <PlanSteps {...{ onClose, plan, show, apply, confirm, ...(look && { look }), ...(isEmpty && { isEmpty }) }} />
    </Dialog>
  )
}

function PlanSteps<Plan>({ onClose, plan, show, apply, confirm, look = 'danger', isEmpty }: Omit<PlanDialogProps<Plan>, 'title' | 'isOpen'>): ReactNode {
  const { words } = useDashboard()
  const [planned, setPlanned] = useState<{ readonly plan: Plan }>()
  const planning = useTask(async () => setPlanned({ plan: await plan() }))
  const applying = useTask(apply)
  useEffect(() => void planning.run(), [])
  const isStale = applying.error?.code === 'confirm-stale' || applying.error?.code === 'confirm-used'
  const again = (): void => {
    applying.clear()
    setPlanned(undefined)
    void planning.run()
  }
  if (planning.error) return <Problem error={planning.error} retry={() => planning.run()} />
  if (!planned) return <Waiting label={words.dialog.planning} />
  const submit = async (reason: string): Promise<void> => {
    if (await applying.run(planned.plan, reason)) onClose()
  }
  return (
    <ReasonForm
      isEmpty={isEmpty?.(planned.plan) ?? false}
      problem={applying.error?.code === 'confirm-stale' ? <Note tone="warning" title={words.restore.expired} /> : <Problem error={applying.error} />}
      confirm={confirm}
      look={look}
      isBusy={applying.isBusy}
      instead={isStale && <Button look="primary" autoFocus onClick={again}>{words.restore.planAgain}</Button>}
      onCancel={onClose}
      onConfirm={(reason) => void submit(reason)}
    >
      {show(planned.plan)}
    </ReasonForm>
  )
}
