import type { ReactNode } from 'react'

export type Tone = 'good' | 'warning' | 'critical' | 'neutral' | 'accent'

/** A word that says how something stands; its colour only says so once more. */
export function Badge({ tone = 'neutral', children, title }: { readonly tone?: Tone; readonly children: ReactNode; readonly title?: string }): ReactNode {
  return (
    <span className="backup-badge" data-tone={tone} title={title}>
      {children}
    </span>
  )
}
