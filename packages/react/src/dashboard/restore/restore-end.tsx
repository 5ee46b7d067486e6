import type { JobJson, RestoreResultJson } from '@backup/client'
import type { ReactNode } from 'react'
import type { Restore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Note } from '../parts/note.tsx'
import { Step } from '../parts/step.tsx'
import type { Words } from '../words.ts'

export interface RestoreEndProps {
  readonly restore: Restore
  readonly job: JobJson
  readonly result: RestoreResultJson | undefined
}

/** In a line: somebody who reads no more must not take it for better than it is. */
export function endTitle(result: RestoreResultJson | undefined, words: Words['restore']): string {
  if (result?.check?.ok === false) return words.doneBad
  return result?.live === false ? words.doneElsewhere : words.done
}

/** What came of a restore that was carried out, and the way back. */
export function RestoreEnd({ restore: { undo, reset }, job, result }: RestoreEndProps): ReactNode {
  const { words: { restore: words, dialog }, format, onRestart } = useDashboard()
  const time = (result ?? job).snapshot?.time
  const isSound = result?.check?.ok !== false
  return (
    <Step title={endTitle(result, words)}>
      {!isSound && (
        <Note tone="critical" title={words.checkedBad}>
          {result?.check?.findings.map((finding) => (
            <p key={finding}>{finding}</p>
          ))}
        </Note>
      )}
      <Note tone={isSound ? 'good' : 'neutral'}>
        {time && <p>{words.doneHint(format.dateTime(time), format.duration(job.durationMs ?? 0))}</p>}
        {result?.live === false && <p>{words.place(result.place)}</p>}
        {result?.check?.ok && <p>{words.checked}</p>}
      </Note>
      {result?.requiresRestart && result.live && (
        <Note tone="warning" title={words.restart}>
          {onRestart && <Button look="primary" onClick={() => onRestart(result)}>{words.restartNow}</Button>}
        </Note>
      )}
      {result?.safetyCopy && <p className="backup-hint">{words.safetyCopy(result.safetyCopy)}</p>}
      <footer className="backup-dialog-foot">
        {result?.undo && <Button onClick={() => void undo()}>{words.undo}</Button>}
        <Button look="primary" onClick={reset}>{dialog.close}</Button>
      </footer>
    </Step>
  )
}
