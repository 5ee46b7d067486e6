import type { ReactNode } from 'react'
import type { Restore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { ReasonForm } from '../parts/reason-form.tsx'
import { useNow } from '../use-now.ts'

/** What a restore would do, and the question why. */
export function RestoreReview({ restore: { state, plan, confirm, reset } }: { readonly restore: Restore }): ReactNode {
  const { words: { restore: words, warning: said }, format } = useDashboard()
  const now = useNow()
  if (state.step !== 'planned' && state.step !== 'starting') return null
  const { plan: { plan: would, safety, warnings, needsAcceptSuspect, confirm: { expiresAt } }, request } = state
  const error = state.step === 'planned' ? state.error : undefined
  const isStale = error?.code === 'confirm-stale' || Date.parse(expiresAt) < now
  const { snapshot, live, to, restoreBytes, fetchBytes, neededBytes, freeBytes, fits, streams } = would
  return (
    <ReasonForm
      insist={needsAcceptSuspect ? words.acceptSuspect : undefined}
      problem={isStale ? <Note tone="warning" title={words.expired} /> : <Problem error={error} />}
      confirm={words.confirm}
      look={live ? 'danger' : 'primary'}
      isBusy={state.step === 'starting'}
      instead={isStale && <Button look="primary" onClick={() => void plan(request)}>{words.planAgain}</Button>}
      onCancel={reset}
      onConfirm={(reason, acceptSuspect) => void confirm({ reason, ...(acceptSuspect && { acceptSuspect }) })}
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
            <p key={warning}>{said(warning)}</p>
          ))}
        </Note>
      )}
    </ReasonForm>
  )
}
