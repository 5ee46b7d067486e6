import type { ReactNode } from 'react'

export interface HeadProps {
  readonly title: string
  /** What was typed into the field for searching; without it there is none. */
  readonly search?: string
  onSearch?(search: string): void
  readonly children?: ReactNode
}

/** What a page is about, and what can be done there. */
export function Head({ title, search, onSearch, children }: HeadProps): ReactNode {
  return (
    <div className="head">
      <h1>{title}</h1>
      {onSearch && <input type="search" aria-label={`Search ${title.toLowerCase()}`} placeholder="Search" value={search} onChange={(event) => onSearch(event.target.value)} />}
      <div className="actions">{children}</div>
    </div>
  )
}
