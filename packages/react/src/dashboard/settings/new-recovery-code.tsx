import { type ReactNode, useState } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { PlanDialog } from '../parts/plan-dialog.tsx'
import { type Made, RecoveryCode } from '../setup/recovery-code.tsx'
import { useMay } from '../use-may.ts'

/** Who has lost the paper makes a new code, which is then shown as the first one was. */
export function NewRecoveryCode(): ReactNode {
  const { words: { settings: words } } = useDashboard()
  const client = useBackupClient()
  const may = useMay()
  const [isOpen, setOpen] = useState(false)
  const [made, setMade] = useState<Made>()
  if (!may('configure')) return null
  return (
    <div className="backup-actions">
      <Button onClick={() => setOpen(true)}>{words.newCode}</Button>
      <PlanDialog
        title={words.newCodeTitle}
        confirm={words.newCodeConfirm}
        look="primary"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        plan={async () => true}
        show={() => <p>{words.newCodeWhat}</p>}
        apply={async (_, reason) => {
          const { recoveryCode } = await client.call('POST /keys/recovery-code', { body: { reason } })
          setMade({ code: recoveryCode, isFirst: false })
        }}
      />
      <RecoveryCode made={made} mayBackUp={false} onNoted={() => setMade(undefined)} />
    </div>
  )
}
