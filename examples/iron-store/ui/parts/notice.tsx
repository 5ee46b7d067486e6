import type { ReactNode } from 'react'
import type { Refused } from '../ask.ts'

export interface NoticeProps {
  readonly tone: 'good' | 'warning' | 'critical'
  readonly title: string
  readonly children?: ReactNode
}

export function Notice({ tone, title, children }: NoticeProps): ReactNode {
  return (
    <div className="notice" data-tone={tone} role={tone === 'good' ? 'status' : 'alert'}>
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  )
}

/** Why something did not work, and how to go on. */
export function Problem({ error, retry }: { readonly error: Refused | undefined; retry?(): void }): ReactNode {
  if (!error) return null
  return (
    <Notice tone={error.code === 'restoring' ? 'warning' : 'critical'} title={error.message}>
      {error.hint && <p>{error.hint}</p>}
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </Notice>
  )
}
