import { type ReactNode, useId } from 'react'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'

export interface WhereProps {
  /** The place that somebody names; nothing for the live data. */
  readonly to: string | undefined
  /** It is the one that the plan is for. */
  readonly isPlanned: boolean
  onChange(to: string | undefined): void
  onPlan(): void
  onCancel(): void
}

/** Over the data of today, or beside it, to have a look first. */
export function Where({ to, isPlanned, onChange, onPlan, onCancel }: WhereProps): ReactNode {
  const { words: { restore: words, dialog } } = useDashboard()
  const id = useId()
  const isEmpty = !to?.trim()
  return (
    <form
      className="backup-stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isEmpty && !isPlanned) onPlan()
      }}
    >
      <fieldset className="backup-where">
        <legend>{words.where}</legend>
        <label className="backup-check">
          <input type="radio" name={id} checked={to === undefined} onChange={() => onChange(undefined)} />
          {words.live}
        </label>
        <label className="backup-check">
          <input type="radio" name={id} checked={to !== undefined} onChange={() => onChange('')} />
          {words.elsewhere}
        </label>
        {to !== undefined && (
          <div className="backup-field">
            <label htmlFor={id}>{words.whichPlace}</label>
            <input id={id} type="text" autoComplete="off" spellCheck={false} value={to} aria-describedby={`${id}-hint`} onChange={(event) => onChange(event.target.value)} />
            <p id={`${id}-hint`} className="backup-hint">{words.whichPlaceHint}</p>
          </div>
        )}
      </fieldset>
      {!isPlanned && (
        <footer className="backup-dialog-foot">
          <Button onClick={onCancel}>{dialog.cancel}</Button>
          <Button type="submit" look="primary" isBusy={isEmpty}>{words.planPlace}</Button>
        </footer>
      )}
    </form>
  )
}
