import { type ReactNode, useId } from 'react'
import { useDashboard } from '../context.tsx'

export interface ReasonFieldProps {
  readonly value: string
  readonly isMissing: boolean
  onChange(value: string): void
}

/** Asks why. What cannot be taken lightly is not done without. */
export function ReasonField({ value, isMissing, onChange }: ReasonFieldProps): ReactNode {
  const { words } = useDashboard()
  const id = useId()
  return (
    <div className="backup-field">
      <label htmlFor={id}>{words.dialog.reason}</label>
      <textarea
        id={id}
        rows={2}
        maxLength={1000}
        required
        value={value}
        aria-invalid={isMissing || undefined}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-hint`} className="backup-hint" data-tone={isMissing ? 'critical' : undefined} role={isMissing ? 'alert' : undefined}>
        {isMissing ? words.dialog.reasonMissing : words.dialog.reasonHint}
      </p>
    </div>
  )
}
