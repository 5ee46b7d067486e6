import { type ReactNode, useState } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useResource } from '../../use-store.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Failure } from '../parts/failure.tsx'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../parts/note.tsx'
import { useMay } from '../use-may.ts'
import { useTask } from '../use-task.ts'

/** What stands in the way of the repository; nothing when it is there and opens. */
export function Setup(): ReactNode {
  const { words: { setup: words } } = useDashboard()
  const client = useBackupClient()
  const { data, refresh } = useResource('GET /setup')
  const may = useMay()
  const [code, setCode] = useState<string>()
  const making = useTask(async () => {
    const { recoveryCode } = await client.call('POST /setup')
    client.refresh()
    if (recoveryCode === undefined) begin()
    else setCode(recoveryCode)
  })
  const first = useTask(() => client.call('POST /backups', { body: {} }))
  const begin = (): void => {
    if (may('run')) void first.run()
  }
  const isThere = !data || data.state === 'ready'
  return (
    <>
      {!isThere && (
        <section className="backup-setup" data-state={data.state} role={data.state === 'new' ? undefined : 'alert'}>
          <Icon name={data.state === 'locked' ? 'lock' : data.state === 'new' ? 'shield' : 'disk'} size={40} />
          <div>
            <h2>{words[data.state as Exclude<typeof data.state, 'ready'>]}</h2>
            <p>{words[`${data.state as Exclude<typeof data.state, 'ready'>}Hint`]}</p>
            {data.problem && <Failure of={data.problem} />}
            <Problem error={making.error} />
          </div>
          {data.state === 'new' ? (
            may('configure') && <Button look="primary" isBusy={making.isBusy} onClick={() => void making.run()}>{words.begin}</Button>
          ) : (
            <Button onClick={() => void refresh().catch(() => {})}>{words.retry}</Button>
          )}
        </section>
      )}
      <RecoveryCode
        code={code}
        mayBackUp={may('run')}
        onNoted={() => {
          setCode(undefined)
          begin()
        }}
      />
      <Problem error={first.error} retry={() => first.run()} />
    </>
  )
}

function RecoveryCode({ code, mayBackUp, onNoted }: { readonly code: string | undefined; readonly mayBackUp: boolean; onNoted(): void }): ReactNode {
  const { words: { setup: words } } = useDashboard()
  const [isNoted, setNoted] = useState(false)
  const copying = useTask(async () => navigator.clipboard.writeText(code ?? ''))
  const [isCopied, setCopied] = useState(false)
  return (
    // It is shown this once.
    <Dialog title={words.code} isOpen={code !== undefined} isFirm onClose={() => {}}>
      <div className="backup-stack">
        <p>{words.codeHint}</p>
        <code className="backup-code">{code}</code>
        <div className="backup-actions">
          <Button onClick={() => void copying.run().then(setCopied)}>{isCopied ? words.copied : words.copy}</Button>
        </div>
        <Problem error={copying.error} />
        <label className="backup-check">
          <input type="checkbox" checked={isNoted} onChange={(event) => setNoted(event.target.checked)} />
          {words.noted}
        </label>
        <footer className="backup-dialog-foot">
          <Button look="primary" isBusy={!isNoted} onClick={onNoted}>{mayBackUp ? words.doneFirst : words.done}</Button>
        </footer>
      </div>
    </Dialog>
  )
}
