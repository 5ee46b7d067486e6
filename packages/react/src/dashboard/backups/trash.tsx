import { type ReactNode, useState } from 'react'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Panel } from '../parts/panel.tsx'
import { useMay } from '../use-may.ts'
import { UndeleteDialog } from './snapshot-dialogs.tsx'

/** What was removed and can be brought back; nothing when there is nothing. */
export function Trash(): ReactNode {
  const { words: { trash, backups }, format } = useDashboard()
  const { data } = useResource('GET /trash')
  const may = useMay()
  const [wanted, setWanted] = useState<string>()
  if (!data || data.snapshots.length === 0) return null
  return (
    <Panel title={trash.title} aside={<span className="backup-hint">{trash.hint}</span>}>
      <ul className="backup-trash">
        {data.snapshots.toReversed().map(({ id, time, sizeBytes, removed }) => (
          <li key={id}>
            <div>
              <time dateTime={time}>{format.dateTime(time)}</time> <span className="backup-hint">{format.bytes(sizeBytes)} · {trash.until(format.date(removed.until))}</span>
              <p className="backup-hint">{trash.by(removed.actor, removed.reason)}</p>
            </div>
            {may('delete') && <Button aria-label={`${trash.back} ${backups.id} ${id.slice(0, 8)}`} onClick={() => setWanted(id)}>{trash.back}</Button>}
          </li>
        ))}
      </ul>
      <UndeleteDialog ids={wanted === undefined ? [] : [wanted]} isOpen={wanted !== undefined} onClose={() => setWanted(undefined)} />
    </Panel>
  )
}
