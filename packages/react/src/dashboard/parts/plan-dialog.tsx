import { type ReactNode, useEffect, useState } from 'react'
import { useDashboard } from '../context.tsx'
import { useTask } from '../use-task.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Problem } from './note.tsx'
import { Waiting } from './panel.tsx'
import { ReasonField } from './reason-field.tsx'

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
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const planning = useTask(async () => setPlanned({ plan: await plan() }))
  const applying = useTask(apply)
  useEffect(() => void planning.run(), [])
  const submit = async (): Promise<void> => {
    if (reason.trim() === '') return setMissing(true)
    if (planned && (await applying.run(planned.plan, reason.trim()))) onClose()
  }
  if (planning.error) return <Problem error={planning.error} retry={() => planning.run()} />
  if (!planned) return <Waiting label={words.dialog.planning} />
  const nothingToDo = isEmpty?.(planned.plan) ?? false
  return (
    <form
      className="backup-stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      {show(planned.plan)}
      {!nothingToDo && <ReasonField value={reason} isMissing={isMissing && reason.trim() === ''} onChange={setReason} />}
      <Problem error={applying.error} />
      <footer className="backup-dialog-foot">
        <Button onClick={onClose}>{nothingToDo ? words.dialog.close : words.dialog.cancel}</Button>
        {!nothingToDo && (
          <Button type="submit" look={look} isBusy={applying.isBusy}>
            {applying.isBusy ? words.dialog.working : confirm}
          </Button>
        )}
      </footer>
    </form>
  )
}
