import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'
import { Button } from './button.tsx'
import type { Tone } from './badge.tsx'
import { Icon } from './icon.tsx'

export interface NoteProps {
  readonly tone?: Tone
  readonly title?: ReactNode
  readonly children?: ReactNode
}

/** Something that should be read. */
export function Note({ tone = 'neutral', title, children }: NoteProps): ReactNode {
  return (
    <div className="backup-note" data-tone={tone} role={tone === 'critical' ? 'alert' : undefined}>
      <Icon name={tone === 'good' ? 'shield' : 'clock'} {...(tone === 'good' ? { also: 'check' as const } : {})} size={18} />
      <div>
        {title && <p className="backup-note-title">{title}</p>}
        {children}
      </div>
    </div>
  )
}

export interface ProblemProps {
  readonly error: { readonly message: string; readonly hint: string } | undefined
  retry?(): unknown
}

/** Why something did not work, and what to do about it; nothing when it did. */
export function Problem({ error, retry }: ProblemProps): ReactNode {
  const { words } = useDashboard()
  if (!error) return null
  return (
    <Note tone="critical" title={error.message || words.problem.title}>
      {error.hint && <p>{error.hint}</p>}
      {retry && (
        <Button look="quiet" onClick={() => void Promise.resolve(retry()).catch(() => {})}>
          {words.problem.retry}
        </Button>
      )}
    </Note>
  )
}
