import { type ReactNode, useId } from 'react'

export interface PanelProps {
  readonly title: ReactNode
  /** At the end of the line of the title. */
  readonly aside?: ReactNode
  readonly children?: ReactNode
  readonly className?: string
}

/** A part of the page with a heading. */
export function Panel({ title, aside, children, className = '' }: PanelProps): ReactNode {
  const id = useId()
  return (
    <section className={`backup-panel ${className}`} aria-labelledby={id}>
      <header className="backup-panel-head">
        <h3 id={id}>{title}</h3>
        {aside}
      </header>
      {children}
    </section>
  )
}

/** Where something is still on its way. */
export function Waiting({ lines = 3, label }: { readonly lines?: number; readonly label: string }): ReactNode {
  return (
    <div className="backup-waiting" role="status">
      <span className="backup-unseen">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} aria-hidden="true" />
      ))}
    </div>
  )
}
