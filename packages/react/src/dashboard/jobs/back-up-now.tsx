import type { ReactNode } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Problem } from '../parts/note.tsx'
import { useMay } from '../use-may.ts'
import { useTask } from '../use-task.ts'

export function BackUpNow(): ReactNode {
  const { words: { backups } } = useDashboard()
  const client = useBackupClient()
  const may = useMay()
  const start = useTask(() => client.call('POST /backups', { body: {} }))
  if (!may('run')) return null
  return (
    <div className="backup-now">
      <Button look="primary" isBusy={start.isBusy} onClick={() => void start.run()}>
        {start.isBusy ? backups.starting : backups.now}
      </Button>
      <Problem error={start.error} />
    </div>
  )
}
