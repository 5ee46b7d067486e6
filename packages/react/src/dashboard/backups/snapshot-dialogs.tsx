import { type ReactNode, useState } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useDashboard } from '../context.tsx'
import { Note } from '../parts/note.tsx'
import { PlanDialog } from '../parts/plan-dialog.tsx'

interface Shown {
  readonly isOpen: boolean
  onClose(): void
}

export function RemoveDialog({ ids, time, ...shown }: Shown & { readonly ids: readonly string[]; readonly time: string }): ReactNode {
  const { words: { remove, backupsCount, warning: said }, format } = useDashboard()
  const client = useBackupClient()
  return (
    <PlanDialog
      {...shown}
      title={remove.title}
      confirm={remove.confirm}
      plan={() => client.call('POST /removal-plans', { body: { snapshots: ids } })}
      show={({ snapshots, undoMs, warnings }) => (
        <>
          <p>{remove.what(backupsCount(format.count(snapshots.length)), time)}</p>
          <p>{remove.undo(format.duration(undoMs))}</p>
          {warnings.map((warning) => (
            <Note key={warning} tone="warning">{said(warning)}</Note>
          ))}
        </>
      )}
      apply={({ confirm: { token } }, reason) => client.call('POST /removals', { body: { token, reason } })}
    />
  )
}

export function HoldDialog({ ids, ...shown }: Shown & { readonly ids: readonly string[] }): ReactNode {
  const { words: { hold } } = useDashboard()
  const client = useBackupClient()
  const [until, setUntil] = useState('')
  return (
    <PlanDialog
      {...shown}
      title={hold.title}
      confirm={hold.confirm}
      look="primary"
      plan={async () => ids}
      show={() => (
        <>
          <p>{hold.what}</p>
          <label className="backup-field">
            {hold.until}
            <input type="date" value={until} onChange={(event) => setUntil(event.target.value)} />
          </label>
        </>
      )}
      apply={(snapshots, reason) => client.call('POST /holds', { body: { snapshots, reason, ...(until && { until: new Date(until).toISOString() }) } })}
    />
  )
}

export function ReleaseDialog({ holds, ...shown }: Shown & { readonly holds: readonly string[] }): ReactNode {
  const { words: { hold } } = useDashboard()
  const client = useBackupClient()
  return (
    <PlanDialog
      {...shown}
      title={hold.release}
      confirm={hold.release}
      plan={async () => holds}
      show={() => <p>{hold.releaseWhat}</p>}
      apply={(ids, reason) => Promise.all(ids.map((id) => client.call('POST /holds/:hold/release', { params: { hold: id }, body: { reason } })))}
    />
  )
}

export function UndeleteDialog({ ids, ...shown }: Shown & { readonly ids: readonly string[] }): ReactNode {
  const { words: { undelete } } = useDashboard()
  const client = useBackupClient()
  return (
    <PlanDialog
      {...shown}
      title={undelete.title}
      confirm={undelete.confirm}
      look="primary"
      plan={async () => ids}
      show={() => <p>{undelete.what}</p>}
      apply={(snapshots, reason) => client.call('POST /trash/undelete', { body: { snapshots, reason } })}
    />
  )
}
