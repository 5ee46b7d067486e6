import type { RowKeyJson } from '@backup/client'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { useRows } from '../../use-rows.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Problem } from '../parts/note.tsx'
import { Waiting } from '../parts/panel.tsx'
import { useTask } from '../use-task.ts'
import { Cell, isNumber, keyText, textOf } from './cell.tsx'
import { ChosenBar, useBringsBack, useChosen } from './chosen.tsx'

export interface RowsAsTheyWereProps {
  readonly snapshot: string
  readonly table: string
  onBringBack(keys: readonly RowKeyJson[]): void
}

export function RowsAsTheyWere({ snapshot, table, onBringBack }: RowsAsTheyWereProps): ReactNode {
  const { words: { travel, loading }, format } = useDashboard()
  const [wanted, setWanted] = useState('')
  const { data, error, refresh, loadMore } = useRows({ snapshot, table, ...(wanted !== '' && { from: [wanted] }) })
  const more = useTask(loadMore)
  const chosen = useChosen()
  const bringsBack = useBringsBack()
  const first = data?.rows[0]
  const isMissing = wanted !== '' && first !== undefined && textOf(first.key[0], travel, format) !== wanted
  return (
    <>
      <div className="backup-travel-tools">
        <Find label={travel.find(data?.key[0] ?? '…')} value={wanted} onFind={setWanted} />
        {bringsBack && <ChosenBar chosen={chosen} onBringBack={onBringBack} />}
      </div>
      {isMissing && <p className="backup-hint" role="status">{travel.findMissing(wanted)}</p>}
      {!data && !error && <Waiting label={loading} lines={8} />}
      <Problem error={error} retry={refresh} />
      {data && data.rows.length === 0 && <p className="backup-empty">{wanted === '' ? travel.noRows : travel.noRowsFrom}</p>}
      {data && data.rows.length > 0 && (
        <div className="backup-scroll backup-scroll-rows" tabIndex={0} role="region" aria-label={travel.rows(table)}>
          <table className="backup-table backup-rows">
            <thead>
              <tr>
                {bringsBack && <td />}
                {data.columns.map((column) => (
                  <th key={column} scope="col" data-key={data.key.includes(column) || undefined} data-number={isNumber(first?.row[column]) || undefined}>{column}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.rows.map(({ key, row }) => (
                <tr key={JSON.stringify(key)} data-chosen={chosen.has(key) || undefined}>
                  {bringsBack && (
                    <td>
                      <input type="checkbox" aria-label={travel.choose(keyText(key, travel, format))} checked={chosen.has(key)} onChange={() => chosen.toggle(key)} />
                    </td>
                  )}
                  {data.columns.map((column) => (
                    <td key={column} data-number={isNumber(row[column]) || undefined}><Cell value={row[column]} /></td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {data?.isMore && <div className="backup-more"><Button isBusy={more.isBusy} onClick={() => void more.run()}>{travel.more}</Button></div>}
    </>
  )
}

/** Looks for a key when somebody has typed it. */
function Find({ label, value, onFind }: { readonly label: string; readonly value: string; onFind(value: string): void }): ReactNode {
  const { words: { travel } } = useDashboard()
  const id = useId()
  const [typed, setTyped] = useState(value)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onFind(typed.trim())
  }
  return (
    <form className="backup-find" role="search" onSubmit={submit}>
      <label htmlFor={id} className="backup-unseen">{label}</label>
      <input id={id} type="search" placeholder={label} value={typed} onChange={(event) => setTyped(event.target.value)} />
      <Button type="submit">{travel.findGo}</Button>
    </form>
  )
}
