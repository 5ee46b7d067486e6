import { type ReactNode, useState } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { useMay } from '../use-may.ts'
import { useTask } from '../use-task.ts'

const pageSize = 100
/** The most that the handler tells at once. */
const most = 1000

/** Who did what that cannot be taken lightly, when and why; the newest first. */
export function Audit(): ReactNode {
  const { words: { activity: words, loading }, format } = useDashboard()
  const client = useBackupClient()
  const may = useMay()
  const [limit, setLimit] = useState(pageSize)
  const [isSound, setSound] = useState<boolean>()
  const { data, error, refresh } = useResource('GET /audit', { query: { limit } })
  const checking = useTask(async () => setSound((await client.call('POST /audit/verify')).ok))
  const entries = data?.entries.toReversed() ?? []
  const aside = may('run') && entries.length > 0 && <Button isBusy={checking.isBusy} onClick={() => void checking.run()}>{words.check}</Button>
  return (
    <Panel title={words.audit} aside={aside}>
      {!data && !error && <Waiting label={loading} />}
      {!data && <Problem error={error} retry={refresh} />}
      <Problem error={checking.error} />
      {isSound !== undefined && <Note tone={isSound ? 'good' : 'critical'} title={isSound ? words.checked : words.checkedBad} />}
      {data && entries.length === 0 && <p className="backup-empty">{words.noneAudit}</p>}
      {entries.length > 0 && (
        <div className="backup-scroll" tabIndex={0} role="group" aria-label={words.audit}>
          <table className="backup-table">
            <thead>
              <tr>
                {Object.values(words.columns).map((name) => (
                  <th key={name} scope="col">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entries.map(({ id, time, actor, action, reason, details }) => (
                <tr key={id}>
                  <td><time dateTime={time}>{format.dateTime(time)}</time></td>
                  <td>{actor === 'schedule' ? words.bySchedule : actor}</td>
                  <td>{partOf(details) === undefined ? (words.actions[action] ?? action) : words.part(partOf(details)!)}</td>
                  <td>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {entries.length === limit && limit < most && <Button onClick={() => setLimit(Math.min(most, limit + pageSize))}>{words.older}</Button>}
    </Panel>
  )
}

/** Of what was brought back, where it was not all of a backup. */
function partOf({ part }: Readonly<Record<string, unknown>>): string | undefined {
  const { what } = (part ?? {}) as { readonly what?: unknown }
  return typeof what === 'string' ? what : undefined
}
