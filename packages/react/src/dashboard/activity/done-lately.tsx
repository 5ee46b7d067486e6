import type { JobJson } from '@backup/client'
import type { ReactNode } from 'react'
import { useJobs } from '../../use-backup-job.ts'
import { useDashboard } from '../context.tsx'
import { jobName } from '../jobs/job-name.ts'
import { Badge } from '../parts/badge.tsx'
import { Failure } from '../parts/failure.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'

const tones = { running: 'accent', done: 'good', failed: 'critical', cancelled: 'neutral' } as const
const shown = 50

/** Jobs, newest first, and what became of them. */
export function DoneLately(): ReactNode {
  const { words: { activity: words, loading } } = useDashboard()
  const { data, error, refresh } = useJobs()
  return (
    <Panel title={words.done}>
      {!data && !error && <Waiting label={loading} />}
      {!data && <Problem error={error} retry={refresh} />}
      {data?.length === 0 && <p className="backup-empty">{words.noneDone}</p>}
      {data && data.length > 0 && (
        <div className="backup-scroll" tabIndex={0} role="group" aria-label={words.done}>
          <table className="backup-table">
            <thead>
              <tr>
                {Object.values(words.doneColumns).map((name) => (
                  <th key={name} scope="col">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>{data.slice(0, shown).map((job) => <Row key={job.id} job={job} />)}</tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function Row({ job: done }: { readonly job: JobJson }): ReactNode {
  const { words: { activity, job }, format } = useDashboard()
  const { startedAt, actor, state, durationMs, error } = done
  return (
    <tr>
      <td><time dateTime={startedAt}>{format.dateTime(startedAt)}</time></td>
      <td>{jobName(done, job)}</td>
      <td>{actor ?? activity.bySchedule}</td>
      <td>
        <Badge tone={tones[state]}>{job.states[state]}</Badge>
        {error && state === 'failed' && <Failure of={error} />}
      </td>
      <td>{durationMs === undefined ? '' : format.duration(durationMs)}</td>
    </tr>
  )
}
