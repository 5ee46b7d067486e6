import { type ReactNode, useState } from 'react'
import type { Restore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { ReasonField } from '../parts/reason-field.tsx'
import { useNow } from '../use-now.ts'

/** What a restore would do, and the question why. */
export function RestoreReview({ restore: { state, plan, confirm, reset } }: { readonly restore: Restore }): ReactNode {
  const { words: { restore: words, dialog }, format } = useDashboard()
  const now = useNow()
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const [acceptSuspect, setAccept] = useState(false)
  if (state.step !== 'planned' && state.step !== 'starting') return null
  const { plan: { plan: would, safety, warnings, needsAcceptSuspect, confirm: { expiresAt } }, request } = state
  const error = state.step === 'planned' ? state.error : undefined
  const isStale = error?.code === 'confirm-stale' || Date.parse(expiresAt) < now
  const { snapshot, live, to, restoreBytes, fetchBytes, neededBytes, freeBytes, fits, streams } = would
  const submit = (): void => {
    if (reason.trim() === '') return setMissing(true)
    void confirm({ reason: reason.trim(), ...(acceptSuspect && { acceptSuspect }) })
  }
  return (
    <form
      className="backup-stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Facts
        of={[
          [words.snapshot, words.of(format.dateTime(snapshot.time), format.past(snapshot.time, now))],
          [words.to, live ? <strong>{words.live}</strong> : typeof to === 'string' ? to : JSON.stringify(to)],
          [words.bytes, format.bytes(restoreBytes)],
          [words.fetch, format.bytes(fetchBytes)],
          [words.room, neededBytes === undefined || freeBytes === undefined ? (fits ? words.fits : words.fitsNot) : words.roomKnown(format.bytes(neededBytes), format.bytes(freeBytes))],
          [words.parts, request.only?.join(', ') ?? streams.slice(0, 6).map(({ name }) => name).join(', ') + (streams.length > 6 ? ' …' : '')],
          [words.safety, live && (safety ? words.safetyOn : words.safetyOff)],
        ]}
      />
      {warnings.length > 0 && (
        <Note tone="warning" title={words.warnings}>
          {warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </Note>
      )}
      {needsAcceptSuspect && (
        <label className="backup-check">
          <input type="checkbox" checked={acceptSuspect} onChange={(event) => setAccept(event.target.checked)} />
          {words.acceptSuspect}
        </label>
      )}
      <ReasonField value={reason} isMissing={isMissing && reason.trim() === ''} onChange={setReason} />
      {isStale ? <Note tone="warning" title={words.expired} /> : <Problem error={error} />}
      <footer className="backup-dialog-foot">
        <Button onClick={reset}>{dialog.cancel}</Button>
        {isStale ? (
          <Button look="primary" onClick={() => void plan(request)}>{words.planAgain}</Button>
        ) : (
          <Button type="submit" look={live ? 'danger' : 'primary'} isBusy={state.step === 'starting' || (needsAcceptSuspect && !acceptSuspect)}>
            {state.step === 'starting' ? dialog.working : words.confirm}
          </Button>
        )}
      </footer>
    </form>
  )
}
