import type { SnapshotJson } from '@backup/client'
import { type ReactNode, useMemo, useState } from 'react'
import { useBackups } from '../../use-backups.ts'
import { useDashboard } from '../context.tsx'
import { dayKey } from '../overview/days.ts'
import { Button } from '../parts/button.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { usePlaces } from '../storage/use-places.ts'
import { useMay } from '../use-may.ts'
import { useNow } from '../use-now.ts'
import { useTask } from '../use-task.ts'
import { listed } from './listed.ts'
import { SnapshotRow } from './snapshot-row.tsx'
import { Trash } from './trash.tsx'
import { useGrowing } from './use-growing.ts'

/** More than fit on most screens; the others come as somebody scrolls. */
const rowsAtFirst = 20

/** Every backup, with where its copies are and why it is kept. */
export function Backups({ day, onClear }: { readonly day?: string | undefined; onClear(): void }): ReactNode {
  const { words: { backups, loading }, format } = useDashboard()
  const { data, error, refresh, loadMore } = useBackups(listed)
  const [kind, setKind] = useState<SnapshotJson['kind'] | ''>('')
  const more = useTask(loadMore)
  const fitting = useMemo(
    () => (data?.snapshots ?? []).filter((one) => (kind === '' || one.kind === kind) && (day === undefined || dayKey(one.time) === day)),
    [data, kind, day],
  )
  const filters = (
    <div className="backup-filters">
      {day !== undefined && (
        <Button look="quiet" onClick={onClear}>
          {backups.day(format.date(`${day}T12:00:00`))} ✕<span className="backup-unseen">{backups.clear}</span>
        </Button>
      )}
      <label>
        <span className="backup-unseen">{backups.kind}</span>
        <select value={kind} onChange={(event) => setKind(event.target.value as SnapshotJson['kind'] | '')}>
          <option value="">{backups.all}</option>
          {(Object.entries(backups.kinds) as [SnapshotJson['kind'], string][]).map(([value, name]) => (
            <option key={value} value={value}>{name}</option>
          ))}
        </select>
      </label>
      {data && <span className="backup-hint" role="status">{backups.count(format.count(fitting.length), format.count(data.total))}</span>}
    </div>
  )
  return (
    <>
      <Panel title={backups.title} aside={filters} className="backup-wide">
        {!data && !error && <Waiting label={loading} lines={6} />}
        {!data && <Problem error={error} retry={refresh} />}
        {data && fitting.length === 0 && <p className="backup-empty">{data.total === 0 ? backups.none : backups.noneHere}</p>}
        {/* Another filter begins at the top again. */}
        {fitting.length > 0 && <Rows key={`${kind} ${day ?? ''}`} snapshots={fitting} />}
        {data?.hasMore && day === undefined && <Button isBusy={more.isBusy} onClick={() => void more.run()}>{backups.more}</Button>}
        <Problem error={more.error} />
      </Panel>
      <Trash />
    </>
  )
}

function Rows({ snapshots }: { readonly snapshots: readonly SnapshotJson[] }): ReactNode {
  const { words: { backups }, format } = useDashboard()
  const now = useNow()
  const mayRestore = useMay()('restore')
  const names = usePlaces()
  const { shown, end, grow } = useGrowing(snapshots.length, rowsAtFirst)
  const { columns } = backups
  return (
    <>
      <div className="backup-snapshot-head" aria-hidden="true">
        <span>{columns.time}</span>
        <span>{columns.size}</span>
        <span>{columns.copies}</span>
        <span>{columns.kept}</span>
      </div>
      <ul className="backup-snapshots" aria-label={backups.title}>
        {snapshots.slice(0, shown).map((snapshot) => (
          <SnapshotRow key={snapshot.id} snapshot={snapshot} ago={format.past(snapshot.time, now)} names={names} mayRestore={mayRestore} />
        ))}
      </ul>
      {shown < snapshots.length && (
        <div className="backup-more" ref={end}>
          <Button onClick={grow}>{backups.more}</Button>
        </div>
      )}
    </>
  )
}
