import type { SnapshotList } from '@backup/client'
import { type ReactNode, useMemo } from 'react'
import { useHealth } from '../../use-health.ts'
import { useDashboard } from '../context.tsx'
import { Panel } from '../parts/panel.tsx'
import { useNow } from '../use-now.ts'
import { daysOf } from './days.ts'
import { NotListed, type ListedProps } from './not-listed.tsx'

const minuteMs = 60_000
const noFailures: readonly string[] = []

/** One mark for each of the last 30 days. */
export function MonthStrip({ backups }: ListedProps): ReactNode {
  const { words: { month } } = useDashboard()
  return (
    <Panel title={month.title} aside={<Legend />}>
      {backups.data ? <Strip list={backups.data} /> : <NotListed backups={backups} />}
    </Panel>
  )
}

function Strip({ list: { snapshots, hasMore } }: { readonly list: SnapshotList }): ReactNode {
  const { words: { month, backupsCount }, format, show } = useDashboard()
  const { data: health } = useHealth()
  const failures = health?.figures.failures ?? noFailures
  // To the minute: a strip does not change faster.
  const nowMs = Math.ceil(useNow(minuteMs) / minuteMs) * minuteMs
  const targetMs = health?.figures.rpo.targetMs ?? Infinity
  const days = useMemo(() => daysOf({ snapshots, hasOlder: hasMore, failures, targetMs, nowMs, days: 30 }), [snapshots, hasMore, failures, targetMs, nowMs])
  return (
    <>
      <ol className="backup-strip">
        {days.map(({ key, startMs, snapshots: count, state }) => {
          const what = state === 'good' ? month.good(backupsCount(format.count(count))) : month[state]
          const text = `${format.weekday(startMs)}: ${what}`
          return (
            <li key={key}>
              <button type="button" data-state={state} title={text} aria-label={text} onClick={() => show('backups', { day: key })} />
            </li>
          )
        })}
      </ol>
      <p className="backup-strip-ends" aria-hidden="true">
        <span>{format.weekday(days[0]!.startMs)}</span>
        <span>{format.weekday(days.at(-1)!.startMs)}</span>
      </p>
    </>
  )
}

function Legend(): ReactNode {
  const { legend } = useDashboard().words.month
  return (
    <ul className="backup-legend" aria-hidden="true">
      {(['good', 'failed', 'overdue', 'none'] as const).map((state) => (
        <li key={state} data-state={state}>
          {legend[state]}
        </li>
      ))}
    </ul>
  )
}
