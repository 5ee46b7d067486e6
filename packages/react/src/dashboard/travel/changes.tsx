import type { RowChangeJson, RowKeyJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Badge, type Tone } from '../parts/badge.tsx'
import { Problem } from '../parts/note.tsx'
import { Waiting } from '../parts/panel.tsx'
import { Cell, isNumber, keyText, textOf } from './cell.tsx'
import { ChosenBar, useBringsBack, useChosen } from './chosen.tsx'

export interface ChangesProps {
  readonly from: string
  readonly to: string
  readonly table: string
  onBringBack(keys: readonly RowKeyJson[]): void
}

const toneOf: Readonly<Record<RowChangeJson['change'], Tone>> = { added: 'good', removed: 'critical', changed: 'warning' }

/** Rows of a table that are not what they were; of those that changed, what was and what is. */
export function Changes({ from, to, table, onBringBack }: ChangesProps): ReactNode {
  const { words: { travel }, format } = useDashboard()
  const { data, error, refresh } = useResource('GET /diff/rows', { query: { from, to, table } })
  const chosen = useChosen()
  const bringsBack = useBringsBack()
  if (!data) return error ? <Problem error={error} retry={refresh} /> : <Waiting label={travel.comparing} lines={6} />
  if (data.changes.length === 0) return <p className="backup-empty">{travel.same}</p>
  const first = data.changes[0]
  return (
    <>
      {bringsBack && <div className="backup-travel-tools"><ChosenBar chosen={chosen} onBringBack={onBringBack} /></div>}
      <div className="backup-scroll backup-scroll-rows" tabIndex={0} role="region" aria-label={travel.rows(table)}>
        <table className="backup-table backup-rows">
          <thead>
            <tr>
              {bringsBack && <td />}
              <th scope="col">{travel.changeOf}</th>
              {data.columns.map((column) => (
                <th key={column} scope="col" data-key={data.key.includes(column) || undefined} data-number={isNumber((first?.before ?? first?.after)?.[column]) || undefined}>{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.changes.map((change) => (
              <tr key={JSON.stringify(change.key)} data-change={change.change} data-chosen={chosen.has(change.key) || undefined}>
                {bringsBack && (
                  <td>
                    {/* What was not there then does not come back. */}
                    {change.change !== 'added' && (
                      <input
                        type="checkbox"
                        aria-label={travel.choose(keyText(change.key, travel, format))}
                        checked={chosen.has(change.key)}
                        onChange={() => chosen.toggle(change.key)}
                      />
                    )}
                  </td>
                )}
                <td><Badge tone={toneOf[change.change]}>{travel.changes[change.change]}</Badge></td>
                {data.columns.map((column) => (
                  <ChangedCell key={column} change={change} column={column} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {data.isMore && <p className="backup-hint">{travel.moreChanges}</p>}
    </>
  )
}

function ChangedCell({ change: { change, before, after, columns }, column }: { readonly change: RowChangeJson; readonly column: string }): ReactNode {
  const { words: { travel }, format } = useDashboard()
  const [was, is] = [before?.[column], after?.[column]]
  if (change !== 'changed' || !columns?.includes(column)) {
    const value = change === 'added' ? is : was
    return <td data-number={isNumber(value) || undefined}><Cell value={value} /></td>
  }
  return (
    <td className="backup-cell-changed" data-number={isNumber(was) || undefined}>
      <span className="backup-unseen">{travel.wasAndIs(textOf(was, travel, format), textOf(is, travel, format))}</span>
      <span aria-hidden="true"><del><Cell value={was} /></del> <ins><Cell value={is} /></ins></span>
    </td>
  )
}
