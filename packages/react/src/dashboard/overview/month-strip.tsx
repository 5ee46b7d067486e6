import { type ReactNode, useMemo, useSyncExternalStore } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useHealth } from '../../use-health.ts'
import { useDashboard } from '../context.tsx'
import { Panel } from '../parts/panel.tsx'
import { useNow } from '../use-now.ts'
import { type DayFacts, daysOf } from './days.ts'

const minuteMs = 60_000

/** One mark for each of the last 30 days. */
export function MonthStrip({ snapshots }: Pick<DayFacts, 'snapshots'>): ReactNode {
  const { words: { month, backupsCount }, format, show } = useDashboard()
  const { data: health } = useHealth()
  const failures = useFailures()
  // To the minute: a strip does not change faster.
  const nowMs = Math.ceil(useNow(minuteMs) / minuteMs) * minuteMs
  const targetMs = health?.figures.rpo.targetMs ?? Infinity
  const days = useMemo(() => daysOf({ snapshots, failures, targetMs, nowMs, days: 30 }), [snapshots, failures, targetMs, nowMs])
  return (
    <Panel title={month.title} aside={<Legend />}>
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
    </Panel>
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

/** When backups began that failed, as far as it is known. Renders when there is another one, not when a job comes further. */
function useFailures(): readonly string[] {
  const { jobs } = useBackupClient()
  const joined = useSyncExternalStore(
    jobs.subscribe,
    () => (jobs.getSnapshot().data ?? []).flatMap(({ operation, state, startedAt }) => (operation === 'backup' && state === 'failed' ? [startedAt] : [])).join(' '),
    () => '',
  )
  return useMemo(() => joined.split(' ').filter(Boolean), [joined])
}
