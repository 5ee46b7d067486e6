import type { RowKeyJson, SnapshotJson } from '@backup/client'
import { type ReactNode, useMemo, useState } from 'react'
import { useBackups } from '../../use-backups.ts'
import { useResource } from '../../use-store.ts'
import { listed } from '../backups/listed.ts'
import { type ExploreProps, useDashboard } from '../context.tsx'
import { Problem } from '../parts/note.tsx'
import { Panel, Waiting } from '../parts/panel.tsx'
import { useNow } from '../use-now.ts'
import { Changes } from './changes.tsx'
import { Choice } from './choice.tsx'
import { RowsAsTheyWere } from './rows-as-they-were.tsx'
import { TableChanges } from './table-changes.tsx'

/** Tables as they were: rows, what became of them, and the way back for some of them. */
export function TimeTravel({ snapshot: wanted, choose }: ExploreProps): ReactNode {
  const { words: { travel, backups, loading } } = useDashboard()
  const { data, error, refresh } = useBackups(listed)
  if (!data) return <Panel title={travel.title} className="backup-wide">{error ? <Problem error={error} retry={refresh} /> : <Waiting label={loading} lines={6} />}</Panel>
  const snapshot = data.snapshots.find(({ id }) => id === wanted) ?? data.snapshots[0]
  if (!snapshot) return <Panel title={travel.title} className="backup-wide"><p className="backup-empty">{backups.none}</p></Panel>
  return <Inside snapshot={snapshot} snapshots={data.snapshots} choose={choose} />
}

interface InsideProps extends Pick<ExploreProps, 'choose'> {
  readonly snapshot: SnapshotJson
  /** Newest first. */
  readonly snapshots: readonly SnapshotJson[]
}

function Inside({ snapshot, snapshots, choose }: InsideProps): ReactNode {
  const { words: { travel, loading }, format, rowsBack } = useDashboard()
  const now = useNow()
  const [table, setTable] = useState<string>()
  const [until, setUntil] = useState('')
  const { data, error, refresh } = useResource('GET /snapshots/:snapshot/tables', { params: { snapshot: snapshot.id } })
  const names = useMemo(() => data?.tables.map(({ name }) => name) ?? [], [data])
  const current = names.find((name) => name === table) ?? names[0]
  const labelOf = ({ time }: SnapshotJson): string => travel.of(format.dateTime(time), format.past(time, now))
  const later = snapshots.slice(0, snapshots.indexOf(snapshot))
  const compared = later.find(({ id }) => id === until)
  const bringBack = (keys: readonly RowKeyJson[]): void => rowsBack({ snapshot: snapshot.id, table: current!, keys, conflict: 'replace' })
  return (
    <Panel title={travel.title} className="backup-wide">
      <div className="backup-travel-choices">
        <Choice label={travel.snapshot} value={snapshot.id} onChange={choose} options={snapshots.map((one) => [one.id, labelOf(one)])} />
        <Choice
          label={travel.compare}
          value={compared?.id ?? ''}
          onChange={setUntil}
          options={[['', travel.compareNot], ...later.map((one, at): [string, string] => [one.id, at === 0 ? `${labelOf(one)}, ${travel.newest}` : labelOf(one)])]}
        />
        {current !== undefined && !compared && <Choice label={travel.table} value={current} onChange={setTable} options={names.map((name) => [name, name])} />}
      </div>
      {!data && !error && <Waiting label={loading} lines={6} />}
      {!data && <Problem error={error} retry={refresh} />}
      {data && current === undefined && <p className="backup-empty">{travel.none}</p>}
      {compared && current !== undefined && (
        <>
          <TableChanges from={snapshot.id} to={compared.id} current={current} onChoose={setTable} />
          {/* Another table or moment begins with nothing chosen. */}
          <Changes key={`${snapshot.id} ${compared.id} ${current}`} from={snapshot.id} to={compared.id} table={current} onBringBack={bringBack} />
        </>
      )}
      {!compared && current !== undefined && <RowsAsTheyWere key={`${snapshot.id} ${current}`} snapshot={snapshot.id} table={current} onBringBack={bringBack} />}
    </Panel>
  )
}
