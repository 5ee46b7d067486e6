import type { ReactNode } from 'react'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Problem } from '../parts/note.tsx'
import { Waiting } from '../parts/panel.tsx'

export interface TableChangesProps {
  readonly from: string
  readonly to: string
  readonly current: string
  onChoose(table: string): void
}

/** In which tables something changed, and how much. */
export function TableChanges({ from, to, current, onChoose }: TableChangesProps): ReactNode {
  const { words: { travel } } = useDashboard()
  const { data, error, refresh } = useResource('GET /diff/tables', { query: { from, to } })
  if (!data) return error ? <Problem error={error} retry={refresh} /> : <Waiting label={travel.comparing} lines={1} />
  return (
    <ul className="backup-table-changes" aria-label={travel.table}>
      {data.tables.map(({ table, change, rows, isMore, problem }) => (
        <li key={table}>
          <button type="button" aria-pressed={table === current} data-same={change === 'same' || undefined} onClick={() => onChoose(table)}>
            <span>{table}</span>
            <span className="backup-hint">{problem ?? (change === 'same' || change === 'changed' ? travel.counts(rows, isMore) : travel.changes[change])}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
