import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'
import { type Failing, plainProblem, technicalText } from '../plain-problems.ts'
import { Button } from './button.tsx'
import type { Tone } from './badge.tsx'
import { Technical } from './failure.tsx'
import { Icon, type IconName } from './icon.tsx'

export interface NoteProps {
  readonly tone?: Tone
  readonly title?: ReactNode
  readonly children?: ReactNode
}

const marks: Readonly<Record<Tone, { readonly name: IconName; readonly also?: IconName }>> = {
  good: { name: 'shield', also: 'check' },
  warning: { name: 'shield', also: 'alert' },
  critical: { name: 'shield', also: 'alert' },
  accent: { name: 'clock' },
  neutral: { name: 'clock' },
}

/** Something that should be read. */
export function Note({ tone = 'neutral', title, children }: NoteProps): ReactNode {
  return (
    <div className="backup-note" data-tone={tone} role={tone === 'critical' ? 'alert' : undefined}>
      <Icon {...marks[tone]} size={18} />
      <div>
        {title && <p className="backup-note-title">{title}</p>}
        {children}
      </div>
    </div>
  )
}

export interface ProblemProps {
  readonly error: Failing | undefined
  retry?(): unknown
}

/** What did not work, and what to do about it, in words for people; nothing when it did. */
export function Problem({ error, retry }: ProblemProps): ReactNode {
  const { words } = useDashboard()
  if (!error) return null
  const { title, action } = plainProblem(error, words.problem)
  const needs = error.code === 'forbidden' ? error.problem?.needs : undefined
  return (
    <Note tone="critical" title={title}>
      {needs !== undefined && <p>{words.problem.forbidden(words.settings.actions[needs as keyof typeof words.settings.actions] ?? needs)}</p>}
      {action && <p>{action}</p>}
      <Technical text={technicalText(error)} />
      {retry && (
        <Button look="quiet" onClick={() => void Promise.resolve(retry()).catch(() => {})}>
          {words.problem.retry}
        </Button>
      )}
    </Note>
  )
}
