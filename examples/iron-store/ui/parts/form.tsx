import type { ReactNode } from 'react'
import type { Task } from '../ask.ts'
import { Problem } from './notice.tsx'

export interface FormProps {
  readonly task: Task
  readonly submit: string
  onDone?(): void
  onCancel?(): void
  readonly isReady?: boolean
  readonly children: ReactNode
}

/** Fields, what is wrong with them, and a button. What was entered stays when it is refused. */
export function Form({ task, submit, onDone, onCancel, isReady = true, children }: FormProps): ReactNode {
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        void task.run().then((isDone) => isDone && onDone?.())
      }}
    >
      {children}
      <Problem error={task.error} />
      <div className="actions">
        <button type="submit" className="primary" disabled={task.isBusy || !isReady}>{task.isBusy ? 'One moment…' : submit}</button>
        {onCancel && <button type="button" onClick={onCancel}>Cancel</button>}
      </div>
    </form>
  )
}

export interface FieldProps {
  readonly label: string
  readonly value: string
  onChange(value: string): void
  readonly hint?: ReactNode
  readonly type?: 'text' | 'email' | 'tel' | 'number' | 'password'
  readonly isLong?: boolean
  readonly required?: boolean
  readonly mode?: 'decimal' | 'numeric'
}

export function Field({ label, value, onChange, hint, type = 'text', isLong = false, required = false, mode }: FieldProps): ReactNode {
  return (
    <label className="field">
      <span>{label}</span>
      {isLong ? (
        <textarea value={value} rows={3} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input type={type} value={value} required={required} inputMode={mode} autoComplete="off" onChange={(event) => onChange(event.target.value)} />
      )}
      {hint && <small>{hint}</small>}
    </label>
  )
}

export interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly (readonly [Value, string])[]
  readonly onChange: (value: Value) => void
  readonly hint?: string
}

export function Choice<Value extends string>({ label, value, options, onChange, hint }: ChoiceProps<Value>): ReactNode {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {options.map(([option, name]) => (
          <option key={option} value={option}>{name}</option>
        ))}
      </select>
      {hint && <small>{hint}</small>}
    </label>
  )
}
