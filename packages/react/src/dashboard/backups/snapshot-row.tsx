import type { SnapshotJson } from '@backup/client'
import { type ReactNode, memo, useState } from 'react'
import { useDashboard } from '../context.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Copies } from './copies.tsx'
import { SnapshotDetails } from './snapshot-details.tsx'

export interface SnapshotRowProps {
  readonly snapshot: SnapshotJson
  readonly ago: string
  readonly names: ReadonlyMap<string, string>
  readonly mayRestore: boolean
}

/** One backup. It renders again when something about it changed, or its age reads otherwise. */
export const SnapshotRow: (props: SnapshotRowProps) => ReactNode = memo(function SnapshotRow({ snapshot, ago, names, mayRestore }: SnapshotRowProps): ReactNode {
  const { words: { backups }, format, restore } = useDashboard()
  const [isOpen, setOpen] = useState(false)
  const { id, time, kind, sizeBytes, storedBytes, copies, state, suspect, note } = snapshot
  return (
    <li className="backup-snapshot" data-suspect={suspect !== undefined || undefined}>
      <div className="backup-snapshot-line">
        <div className="backup-snapshot-when">
          <time dateTime={time}>{format.dateTime(time)}</time>
          <span className="backup-hint">
            {ago} · {backups.kinds[kind]}
          </span>
          {note && <span className="backup-snapshot-note">{note}</span>}
        </div>
        <div className="backup-snapshot-size">
          <span>{format.bytes(sizeBytes)}</span>
          <span className="backup-hint">{backups.added(format.bytes(storedBytes))}</span>
        </div>
        <Copies of={copies} names={names} />
        <div className="backup-snapshot-kept">
          {suspect && <Badge tone="critical">{backups.suspect}</Badge>}
          {state === 'partial' && <Badge tone="warning">{backups.partial}</Badge>}
          <Kept snapshot={snapshot} />
        </div>
        <div className="backup-snapshot-actions">
          {mayRestore && (
            <Button onClick={() => restore({ snapshot: id })} aria-label={`${backups.restore} ${format.dateTime(time)}`}>
              {backups.restore}
            </Button>
          )}
          <Button
            look="quiet"
            className="backup-icon-button backup-turning"
            aria-expanded={isOpen}
            aria-label={`${backups.details}: ${format.dateTime(time)}`}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="chevron" />
          </Button>
        </div>
      </div>
      {isOpen && <SnapshotDetails snapshot={snapshot} />}
    </li>
  )
})

/** Why it is kept, or that it goes. */
function Kept({ snapshot: { holds, retention } }: Pick<SnapshotRowProps, 'snapshot'>): ReactNode {
  const { words, format } = useDashboard()
  const { backups } = words
  if (holds.length > 0) return <Badge tone="accent">{backups.held}</Badge>
  if (!retention) return <span className="backup-hint">{backups.forEver}</span>
  if (!retention.keep) return <span className="backup-goes">{backups.goes(format.text(words.goes(retention.reason)))}</span>
  return <span className="backup-hint">{words.kept(retention.reasons)}</span>
}
