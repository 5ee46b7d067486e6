import type { JobJson, RestoreResultJson } from '@backup/client'
import type { ReactNode } from 'react'
import type { Restore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Note } from '../parts/note.tsx'

export interface RestoreEndProps {
  readonly restore: Restore
  readonly job: JobJson
  readonly result: RestoreResultJson | undefined
}

/** What came of a restore that went well, and the way back. */
export function RestoreEnd({ restore: { undo, reset }, job, result }: RestoreEndProps): ReactNode {
  const { words: { restore: words, dialog }, format, onRestart } = useDashboard()
  const time = (result ?? job).snapshot?.time
  return (
    <div className="backup-stack">
      <Note tone="good" title={words.done}>
        <p>{time && words.doneHint(format.dateTime(time), format.duration(job.durationMs ?? 0))}</p>
      </Note>
      {result?.check && (
        <Note tone={result.check.ok ? 'good' : 'critical'} title={result.check.ok ? words.checked : words.checkedBad}>
          {result.check.findings.map((finding) => (
            <p key={finding}>{finding}</p>
          ))}
        </Note>
      )}
      {result?.requiresRestart && (
        <Note tone="warning" title={words.restart}>
          {onRestart && <Button look="primary" onClick={() => onRestart(result)}>{words.restartNow}</Button>}
        </Note>
      )}
      {result?.safetyCopy && <p className="backup-hint">{words.safetyCopy(result.safetyCopy)}</p>}
      <footer className="backup-dialog-foot">
        {result?.undo && <Button onClick={() => void undo()}>{words.undo}</Button>}
        <Button look="primary" onClick={reset}>{dialog.close}</Button>
      </footer>
    </div>
  )
}
