import { type ReactNode, useMemo, useState } from 'react'
import type { RetentionPreviewBody } from '@backup/client'
import { useBackupClient } from '../../provider.tsx'
import { useBackups } from '../../use-backups.ts'
import { useRetentionPreview } from '../../use-retention-preview.ts'
import { useResource } from '../../use-store.ts'
import { listed } from '../backups/listed.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Technical } from '../parts/failure.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { PlanDialog } from '../parts/plan-dialog.tsx'
import { useMay } from '../use-may.ts'
import { useSettled } from '../use-settled.ts'
import { Lanes } from './lanes.tsx'
import { type Counts, type Preset, PolicyForm, rulesOf } from './policy-form.tsx'

const dayMs = 86_400_000
/** As `words.retention.at` has them. */
const daysAhead = [0, 7, 30, 91, 365, 1826, 5479]
/** Who types a number does not ask about each digit. */
const settledMs = 300
const example: Counts = { last: '3', hourly: '24', daily: '30', weekly: '52', monthly: '120', yearly: '' }

/** What is kept, what goes next, and what another policy would leave. */
export function Retention(): ReactNode {
  const { words: { retention: words, policy } } = useDashboard()
  const [nowMs] = useState(() => Date.now())
  const [preset, setPreset] = useState<Preset>('configured')
  const [counts, setCounts] = useState<Counts>(example)
  const [isApplying, setApplying] = useState(false)
  const may = useMay()
  const { data: configuration } = useResource('GET /configuration')
  const policies = configuration?.retention ?? []
  const settled = useSettled(counts, settledMs)
  const rules = useMemo(() => (preset === 'configured' ? undefined : rulesOf(preset, settled)), [preset, settled])
  const isEmpty = preset === 'configured' ? configuration !== undefined && policies.length === 0 : rules === undefined
  const body = useMemo(() => ({ at: daysAhead.map((days) => new Date(nowMs + days * dayMs).toISOString()), ...(rules && { rules }) }), [nowMs, rules])
  const aside = may('delete') && policies.length > 0 && <Button onClick={() => setApplying(true)}>{words.apply}</Button>
  return (
    <>
      <Panel title={words.title} aside={aside}>
        <p>
          <span className="backup-hint">{words.now}: </span>
          {policies.length > 0 ? policies.map(policy).join('; ') : words.none}
        </p>
        <PolicyForm preset={preset} counts={counts} onPreset={setPreset} onCounts={setCounts} />
        {preset !== 'configured' && <p className="backup-hint">{words.tryHint}</p>}
        {isEmpty ? <p className="backup-empty">{preset === 'configured' ? words.none : words.empty}</p> : configuration && <Preview body={body} nowMs={nowMs} />}
      </Panel>
      <ApplyDialog isOpen={isApplying} onClose={() => setApplying(false)} />
    </>
  )
}

function Preview({ body, nowMs }: { readonly body: RetentionPreviewBody; readonly nowMs: number }): ReactNode {
  const { words: { retention: words, loading, goes }, format } = useDashboard()
  const { data, error, refresh } = useRetentionPreview(body)
  const { data: list } = useBackups(listed)
  const times = useMemo(() => new Map(list?.snapshots.map(({ id, time }) => [id, Date.parse(time)])), [list])
  if (error && !data) return <Problem error={error} retry={refresh} />
  if (!data || !list) return <Waiting label={loading} lines={7} />
  const warnings = data.steps[0]?.warnings ?? []
  return (
    <>
      <p className="backup-hint">{words.leftHint}</p>
      <Lanes preview={data} times={times} total={list.total} nowMs={nowMs} />
      {warnings.length > 0 && (
        <Note tone="warning" title={words.warnings}>
          {warnings.map(({ kind, message }) => (
            <p key={message}>{words.notes[kind]}</p>
          ))}
          <Technical text={warnings.map(({ message }) => message).join(' ')} />
        </Note>
      )}
      <h4>{words.soon}</h4>
      {data.ends.length === 0 && <p className="backup-hint">{words.nothingGoes}</p>}
      <ul className="backup-soon">
        {data.ends.slice(0, 6).map(({ id, at, reason }) => (
          <li key={id}>
            <span>{words.soonHint(format.dateTime(times.get(id) ?? nowMs))}</span>
            <span className="backup-hint">{format.text(goes(reason))}</span>
            <time dateTime={at}>{words.at[data.steps.findIndex((step) => step.at === at)] ?? format.date(at)}</time>
          </li>
        ))}
      </ul>
    </>
  )
}

function ApplyDialog(shown: { readonly isOpen: boolean; onClose(): void }): ReactNode {
  const { words: { retention: words, remove, backupsCount }, format } = useDashboard()
  const client = useBackupClient()
  return (
    <PlanDialog
      {...shown}
      title={words.applyTitle}
      confirm={words.applyConfirm}
      plan={() => client.call('POST /retention/plans')}
      isEmpty={({ plan: { drop } }) => drop.length === 0}
      show={({ plan: { keep, drop }, undoMs }) =>
        drop.length === 0 ? (
          <p>{words.applyNothing}</p>
        ) : (
          <>
            <p>{words.applyWhat(backupsCount(format.count(drop.length)), format.count(keep.length))}</p>
            <p>{remove.undo(format.duration(undoMs))}</p>
          </>
        )
      }
      apply={({ confirm: { token } }, reason) => client.call('POST /retention/apply', { body: { token, reason } })}
    />
  )
}
