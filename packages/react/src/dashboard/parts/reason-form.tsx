import { type ReactNode, useState } from 'react'
import { useDashboard } from '../context.tsx'
import { Button } from './button.tsx'
import { ReasonField } from './reason-field.tsx'

export interface ReasonFormProps {
  /** What somebody should see before. */
  readonly children: ReactNode
  /** There is nothing to do after all. @default false */
  readonly isEmpty?: boolean
  /** What somebody has to tick who does it all the same. @default nothing */
  readonly insist?: string | undefined
  /** What went wrong the last time. */
  readonly problem: ReactNode
  readonly confirm: string
  readonly look: 'primary' | 'danger'
  /** It is being done. */
  readonly isBusy: boolean
  /** Stands where it would be confirmed. @default that button */
  readonly instead?: ReactNode
  onCancel(): void
  onConfirm(reason: string, insists: boolean): void
}

/** The last step before something that cannot be taken lightly: it is looked at, and somebody says why. */
export function ReasonForm({ children, isEmpty = false, insist, problem, confirm, look, isBusy, instead, onCancel, onConfirm }: ReasonFormProps): ReactNode {
  const { words: { dialog } } = useDashboard()
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const [insists, setInsists] = useState(false)
  return (
    <form
      className="backup-stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (instead) return
        if (reason.trim() === '') setMissing(true)
        else onConfirm(reason.trim(), insists)
      }}
    >
      {children}
      {insist !== undefined && (
        <label className="backup-check">
          <input type="checkbox" checked={insists} onChange={(event) => setInsists(event.target.checked)} />
          {insist}
        </label>
      )}
      {!isEmpty && <ReasonField value={reason} isMissing={isMissing && reason.trim() === ''} onChange={setReason} />}
      {problem}
      <footer className="backup-dialog-foot">
        <Button onClick={onCancel}>{isEmpty ? dialog.close : dialog.cancel}</Button>
        {!isEmpty &&
          (instead || (
            <Button type="submit" look={look} isBusy={isBusy || (insist !== undefined && !insists)}>
              {isBusy ? dialog.working : confirm}
            </Button>
          ))}
      </footer>
    </form>
  )
}
