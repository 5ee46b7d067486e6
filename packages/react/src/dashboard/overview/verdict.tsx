import type { ReactNode } from 'react'
import { useConnection, useHealth } from '../../use-health.ts'
import { useSchedule } from '../../use-schedule.ts'
import { useDashboard } from '../context.tsx'
import { BackUpNow } from '../jobs/back-up-now.tsx'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../parts/note.tsx'
import { useNow } from '../use-now.ts'

const marks = { healthy: 'check', warning: 'alert', critical: 'alert', pending: 'clock', unknown: 'alert' } as const

/** Am I safe right now? Since when, and when next. */
export function Verdict(): ReactNode {
  const { words: { verdict } } = useDashboard()
  const health = useHealth()
  const connection = useConnection()
  const level = health.data?.level ?? (health.error ? 'unknown' : 'pending')
  const isOld = health.data !== undefined && (health.status === 'failed' || connection.status === 'offline')
  return (
    <div className="backup-verdict" data-level={level}>
      <div className="backup-verdict-mark">
        {level === 'pending' ? <Icon name="clock" size={36} /> : <Icon name="shield" also={marks[level]} size={40} />}
      </div>
      <div className="backup-verdict-text">
        <h2 aria-live="polite">{verdict[level]}</h2>
        <Times isOld={isOld} />
        {!health.data && <Problem error={health.error} retry={health.refresh} />}
      </div>
      <BackUpNow />
    </div>
  )
}

function Times({ isOld }: { readonly isOld: boolean }): ReactNode {
  const { words: { verdict }, format } = useDashboard()
  const { data, figures } = useHealth()
  const { data: schedule } = useSchedule()
  const now = useNow()
  if (!figures) return null
  const { lastBackup, nextRun } = figures
  const isPaused = schedule?.jobs.some(({ name, pausedSince }) => name.endsWith('backup') && pausedSince !== undefined) ?? false
  const next = isPaused ? verdict.paused : nextRun ? (Date.parse(nextRun) < now ? verdict.due : verdict.next(format.ago(nextRun, now))) : schedule && !schedule.schedule ? verdict.unscheduled : ''
  return (
    <p className="backup-verdict-times">
      {lastBackup ? (
        <time dateTime={lastBackup.at} title={format.dateTime(lastBackup.at)}>
          {verdict.last(format.past(lastBackup.at, now))}
        </time>
      ) : (
        <span>{figures.snapshots > 0 ? verdict.noneGood : verdict.never}</span>
      )}
      {next && <span title={nextRun && Date.parse(nextRun) > now ? format.dateTime(nextRun) : undefined}>{next}</span>}
      {isOld && data && <span className="backup-verdict-old">{verdict.asOf(format.dateTime(data.at))}</span>}
    </p>
  )
}
