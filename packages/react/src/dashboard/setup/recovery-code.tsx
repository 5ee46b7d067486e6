import { type ReactNode, useState } from 'react'
import { useBackupClient } from '../../provider.tsx'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { Step } from '../parts/step.tsx'
import { type Task, useTask } from '../use-task.ts'

export interface Made {
  readonly code: string
  /** The repository was made with it, a moment ago. */
  readonly isFirst: boolean
}

export interface RecoveryCodeProps {
  readonly made: Made | undefined
  readonly mayBackUp: boolean
  onNoted(): void
}

/** Shows the code until somebody says that it is on paper. */
export function RecoveryCode({ made, ...given }: RecoveryCodeProps): ReactNode {
  const { words: { setup: words } } = useDashboard()
  return (
    <Dialog title={words.code} isOpen={made !== undefined} isFirm onClose={() => {}}>
      {made && <ToNote key={made.code} made={made} {...given} />}
    </Dialog>
  )
}

export interface CodeWaitsProps {
  /** It was so when the page was loaded: then somebody is asked, and else there is a line. */
  readonly isAsked: boolean
  /** Asks for the code. */
  readonly showing: Task<[]>
  onLater(): void
}

/** There is a code that nobody has noted: its answer was lost, the page was closed, or somebody else has just made it. */
export function CodeWaits({ isAsked, showing, onLater }: CodeWaitsProps): ReactNode {
  const { words: { setup: words } } = useDashboard()
  return (
    <>
      {!isAsked && (
        <Note tone="warning" title={words.codeWaiting}>
          <Button look="quiet" isBusy={showing.isBusy} onClick={() => void showing.run()}>{words.showCode}</Button>
          <Problem error={showing.error} />
        </Note>
      )}
      <Dialog title={words.code} isOpen={isAsked} onClose={onLater}>
        <Step title={words.codeWaiting}>
          <p>{words.codeWaitingHint}</p>
          <Problem error={showing.error} />
          <footer className="backup-dialog-foot">
            <Button onClick={onLater}>{words.later}</Button>
            <Button look="primary" isBusy={showing.isBusy} onClick={() => void showing.run()}>{words.showCode}</Button>
          </footer>
        </Step>
      </Dialog>
    </>
  )
}

function ToNote({ made: { code, isFirst }, mayBackUp, onNoted }: RecoveryCodeProps & { readonly made: Made }): ReactNode {
  const { words: { setup: words } } = useDashboard()
  const client = useBackupClient()
  const [isNoted, setNoted] = useState(false)
  const [isCopied, setCopied] = useState(false)
  const copying = useTask(async () => navigator.clipboard.writeText(code))
  const noting = useTask(async () => {
    await client.call('POST /setup/noted', { body: { recoveryCode: code } })
    client.refresh()
    onNoted()
  })
  return (
    <Step title={words.codeNow}>
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
      <Problem error={noting.error} />
      <footer className="backup-dialog-foot">
        <Button look="primary" isBusy={!isNoted || noting.isBusy} onClick={() => void noting.run()}>{isFirst && mayBackUp ? words.doneFirst : words.done}</Button>
      </footer>
    </Step>
  )
}
