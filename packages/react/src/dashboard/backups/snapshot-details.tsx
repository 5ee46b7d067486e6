import type { SnapshotJson } from '@backup/client'
import { type ReactNode, useState } from 'react'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { usePlaces } from '../storage/use-places.ts'
import { useMay } from '../use-may.ts'
import { useNow } from '../use-now.ts'
import { HoldDialog, ReleaseDialog, RemoveDialog } from './snapshot-dialogs.tsx'

/** What else is known of a backup, and what else can be done with it. */
export function SnapshotDetails({ snapshot }: { readonly snapshot: SnapshotJson }): ReactNode {
  const { words: { backups, kept }, format, hasExplore, show } = useDashboard()
  const may = useMay()
  const now = useNow()
  const places = usePlaces()
  const [dialog, setDialog] = useState<'hold' | 'release' | 'remove'>()
  const { id, time, durationMs, tags, streams, verified, suspect, holds } = snapshot
  const close = (): void => setDialog(undefined)
  return (
    <div className="backup-snapshot-details">
      <Facts
        of={[
          [backups.findings, suspect?.join('; ')],
          [backups.tags, tags.join(', ')],
          [backups.duration, format.duration(durationMs)],
          [backups.parts, streams.slice(0, 8).map(({ name, sizeBytes }) => `${name} (${format.bytes(sizeBytes)})`).join(', ') + (streams.length > 8 ? ' …' : '')],
          [backups.copiesOf(format.count(snapshot.copies.filter(({ state }) => state === 'committed').length), format.count(snapshot.copies.length)), snapshot.copies.map(({ location, state }) => (state === 'committed' ? backups.copyIn : backups.copyMissing)(places.get(location) ?? location)).join(' · ')],
          [backups.columns.kept, snapshot.retention?.keep && kept(snapshot.retention.reasons)],
          ['✓', verified && backups.verified(format.past(verified, now))],
          [backups.id, <code key="id">{id.slice(0, 16)}</code>],
        ]}
      />
      <div className="backup-actions">
        {hasExplore && <Button onClick={() => show('explore', { snapshot: id })}>{backups.explore}</Button>}
        {may('configure') && holds.length === 0 && <Button onClick={() => setDialog('hold')}>{backups.hold}</Button>}
        {may('delete') && holds.length > 0 && <Button onClick={() => setDialog('release')}>{backups.release}</Button>}
        {may('delete') && holds.length === 0 && <Button look="danger" onClick={() => setDialog('remove')}>{backups.remove}</Button>}
      </div>
      <RemoveDialog ids={[id]} time={format.dateTime(time)} isOpen={dialog === 'remove'} onClose={close} />
      <HoldDialog ids={[id]} isOpen={dialog === 'hold'} onClose={close} />
      <ReleaseDialog holds={holds} isOpen={dialog === 'release'} onClose={close} />
    </div>
  )
}
