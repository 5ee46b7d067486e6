import type { ScheduleJson, ScheduledJobJson } from '@backup/client'
import { type ReactNode, useState } from 'react'
import { useSchedule } from '../../use-schedule.ts'
import { type Dashboard, useDashboard } from '../context.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Technical } from '../parts/failure.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { PlanDialog } from '../parts/plan-dialog.tsx'
import { useMay } from '../use-may.ts'
import { useNow } from '../use-now.ts'
import { useTask } from '../use-task.ts'

/** When things happen by themselves: pause, resume, run now. */
export function SchedulePanel(): ReactNode {
  const { words: { settings: words, loading } } = useDashboard()
  const schedule = useSchedule()
  const { data, error, refresh } = schedule
  return (
    <Panel title={words.schedule} aside={data && <span className="backup-hint">{words.zone(data.zone)}</span>}>
      {!data && !error && <Waiting label={loading} />}
      {!data && <Problem error={error} retry={refresh} />}
      {data?.jobs.length === 0 && <p className="backup-empty">{words.noSchedule}</p>}
      {data && data.jobs.length > 0 && !data.running && <p className="backup-hint">{words.notRunning}</p>}
      <ul className="backup-cards">{data?.jobs.map((job) => <ScheduledJob key={job.name} job={job} schedule={schedule} isRunning={data.running} />)}</ul>
    </Panel>
  )
}

interface ScheduledJobProps {
  readonly job: ScheduledJobJson
  readonly schedule: ReturnType<typeof useSchedule>
  readonly isRunning: boolean
}

function ScheduledJob({ job, schedule: { pause, resume, runNow }, isRunning }: ScheduledJobProps): ReactNode {
  const dashboard = useDashboard()
  const { words: { settings: words }, format } = dashboard
  const may = useMay()
  const now = useNow()
  const task = useTask((work: (name: string) => Promise<unknown>) => work(job.name))
  const [asking, setAsking] = useState<'run' | 'pause'>()
  const { name, state, needs, pausedSince, upcoming, last, missed, failures, interval } = job
  const title = words.jobs[name] ?? name
  return (
    <li className="backup-card" data-tone={pausedSince || failures > 0 ? 'warning' : 'neutral'}>
      <div className="backup-card-head">
        <div>
          <h4>{title}</h4>
          <p className="backup-hint">{scheduleText(job.schedule, dashboard)}{interval && `: ${interval.reason}`}</p>
        </div>
        <Badge tone={pausedSince ? 'warning' : state === 'running' ? 'accent' : 'neutral'}>
          {pausedSince ? words.pausedSince(format.past(pausedSince, now)) : words.state[state]}
        </Badge>
      </div>
      <p className="backup-card-foot">
        {upcoming[0] && <span>{words.upcoming}: {upcoming.slice(0, 3).map((time) => format.ago(time, now)).join(', ')}</span>}
        {last && <span>{words.last}: {format.past(last.start, now)}, {words.outcomes[last.outcome]}</span>}
      </p>
      {last?.message && last.outcome !== 'ok' && <Technical text={last.message} />}
      {(failures > 0 || missed > 0) && (
        <p className="backup-hint">{[failures > 0 && words.failures(format.count(failures)), missed > 0 && words.missed(format.count(missed))].filter(Boolean).join(' · ')}</p>
      )}
      {isRunning && (
        <div className="backup-actions">
          {may(needs) && (
            <Button isBusy={task.isBusy || state !== 'idle'} onClick={() => (needs === 'run' ? void task.run(runNow) : setAsking('run'))}>
              {needs === 'run' ? words.runNow : words.runNowAsk}
            </Button>
          )}
          {may('configure') && (
            <Button isBusy={task.isBusy} onClick={() => (pausedSince ? void task.run(resume) : setAsking('pause'))}>
              {pausedSince ? words.resume : words.pauseAsk}
            </Button>
          )}
        </div>
      )}
      <Problem error={task.error} />
      <PlanDialog
        title={title}
        isOpen={asking !== undefined}
        onClose={() => setAsking(undefined)}
        plan={async () => name}
        show={() => <p>{asking === 'pause' ? words.pauseWhat : words.runNowWhat}</p>}
        confirm={asking === 'pause' ? words.pause : words.runNow}
        apply={asking === 'pause' ? pause : runNow}
      />
    </li>
  )
}

function scheduleText(schedule: NonNullable<ScheduleJson['schedule']>, { words: { settings: words }, format }: Dashboard): string {
  const { every, daily, weekly, cron } = schedule as { every?: unknown; daily?: unknown; weekly?: unknown; cron?: string }
  const list = (value: unknown): string => [value].flat().join(', ')
  if (every !== undefined) return words.every(list([every].flat().map((span) => format.span(span as string | number))))
  if (daily !== undefined) return words.daily(list(daily))
  if (weekly !== undefined) return words.weekly(list(weekly))
  return cron === undefined ? words.adaptive : words.cron(cron)
}
