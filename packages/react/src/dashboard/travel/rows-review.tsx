import type { RowBackJson } from '@backup/client'
import type { ReactNode } from 'react'
import type { RowsBack } from '../../use-rows.ts'
import { useDashboard } from '../context.tsx'
import { Badge, type Tone } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { ReasonForm } from '../parts/reason-form.tsx'
import { Step } from '../parts/step.tsx'
import { useNow } from '../use-now.ts'
import { Cell, keyText, textOf } from './cell.tsx'

const toneOf: Readonly<Record<RowBackJson['action'], Tone>> = {
  insert: 'good', replace: 'warning', remove: 'warning', orphan: 'critical', skip: 'neutral', same: 'neutral', missing: 'neutral',
}

/** Rows are shown one by one up to here; of more, only what happens to them. */
const mostInDetail = 10

/** What would happen to each row, and the question why. */
export function RowsReview({ back: { state, plan, confirm }, onClose }: { readonly back: RowsBack; onClose(): void }): ReactNode {
  const { words: { travel, restore, warning: said } } = useDashboard()
  const now = useNow()
  if (state.step !== 'planned' && state.step !== 'starting') return null
  const { request, plan: { table, rows, warnings, untouched, needsAcceptSuspect, confirm: { expiresAt } } } = state
  const error = state.step === 'planned' ? state.error : undefined
  const isStale = error?.code === 'confirm-stale' || Date.parse(expiresAt) < now
  const touched = rows.filter(({ action }) => action === 'insert' || action === 'replace' || action === 'remove').length
  const lacking = [...new Set(rows.flatMap(({ lacks = [] }) => lacks))]
  const isPossible = touched > 0 && lacking.length === 0
  const others = rows.filter(({ action }) => action !== 'orphan')
  const isUndo = request.absent === 'remove'
  return (
    <Step title={travel.dialog.review}>
      <ReasonForm
        isEmpty={!isPossible}
        instead={isStale && <Button look="primary" autoFocus={error !== undefined} onClick={() => void plan(request)}>{restore.planAgain}</Button>}
        insist={needsAcceptSuspect ? travel.dialog.accept : undefined}
        problem={isStale ? <Note tone="warning" title={restore.expired} /> : <Problem error={error} />}
        confirm={isUndo ? travel.dialog.confirmUndo : travel.dialog.confirm(touched)}
        look="primary"
        isBusy={state.step === 'starting'}
        onCancel={onClose}
        onConfirm={(reason, acceptSuspect) => void confirm({ reason, ...(acceptSuspect && { acceptSuspect }) })}
      >
        <Facts of={[[travel.dialog.into, travel.dialog.intoTable(table)], [restore.safety, isPossible && travel.dialog.safety]]} />
        <ul className="backup-rows-back">
          {rows.map((row, at) => (
            <RowBack key={JSON.stringify(row.key)} row={row} isWhole={at < mostInDetail} />
          ))}
        </ul>
        {untouched.length > 0 && <p className="backup-hint">{travel.dialog.untouched(untouched.join(', '))}</p>}
        {lacking.length > 0 && (
          <Note tone="critical" title={travel.dialog.orphans(lacking.join(', '))}>
            <p>{travel.dialog.orphansHint}</p>
            {touched > 0 && <Button onClick={() => void plan({ ...request, keys: others.map(({ key }) => key) })}>{travel.dialog.withoutOrphans}</Button>}
          </Note>
        )}
        {lacking.length === 0 && warnings.length > 0 && (
          <Note tone="warning" title={restore.warnings}>
            {warnings.map((warning) => (
              <p key={warning}>{said(warning)}</p>
            ))}
          </Note>
        )}
        {!isPossible && lacking.length === 0 && <p>{travel.dialog.nothing}</p>}
      </ReasonForm>
    </Step>
  )
}

function RowBack({ row: { key, action, then, now, lacks }, isWhole }: { readonly row: RowBackJson; readonly isWhole: boolean }): ReactNode {
  const { words: { travel }, format } = useDashboard()
  const words = travel.dialog
  const columns = Object.keys(then ?? now ?? {})
  const isChanged = (column: string): boolean => textOf(then?.[column], travel, format) !== textOf(now?.[column], travel, format)
  const isTouched = action === 'insert' || action === 'replace' || action === 'remove' || action === 'skip'
  return (
    <li>
      <p className="backup-rows-back-head">
        <strong>{words.row(keyText(key, travel, format))}</strong> <Badge tone={toneOf[action]}>{words.actions[action]}</Badge>
      </p>
      {lacks && <p className="backup-hint">{lacks.join(', ')}</p>}
      {isWhole && isTouched && (
        <table className="backup-table backup-then-now">
          <thead>
            <tr>
              <th scope="col">{words.columns.name}</th>
              <th scope="col">{words.columns.now}</th>
              <th scope="col">{words.columns.then}</th>
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <tr key={column} data-changed={(now && then && isChanged(column)) || undefined}>
                <th scope="row">{column}</th>
                <td>{now ? <Cell value={now[column]} /> : <span className="backup-cell-none">{words.gone}</span>}</td>
                <td>{then ? <Cell value={then[column]} /> : <span className="backup-cell-none">{words.gone}</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </li>
  )
}
