import type { ReactNode } from 'react'
import { useDashboard } from '../context.tsx'
import { type Failing, plainProblem, technicalText } from '../plain-problems.ts'

/** Something that failed, where there is no room for a note: in words for people, with what the program says of it below. */
export function Failure({ of, text }: { readonly of: Failing; readonly text?: { readonly title: string; readonly action: string } | undefined }): ReactNode {
  const { words } = useDashboard()
  const { title, action } = text ?? plainProblem(of, words.problem)
  return (
    <div className="backup-failure">
      <p>
        {title} <span className="backup-hint">{action}</span>
      </p>
      <Technical text={technicalText(of)} />
    </div>
  )
}

/** What programs say, which is in English whatever the page speaks. Nobody has to read it; nothing is hidden from who wants to. */
export function Technical({ text }: { readonly text: string }): ReactNode {
  const { words, format } = useDashboard()
  if (text.trim() === '') return null
  return (
    <details className="backup-technical">
      <summary>{words.problem.technical}</summary>
      <p lang="en">{format.text(text)}</p>
    </details>
  )
}
