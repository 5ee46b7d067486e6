import { type ReactNode, useState } from 'react'
import { useResource } from '../../use-store.ts'
import type { Restore } from '../../use-restore.ts'
import { useDashboard } from '../context.tsx'
import { Button } from '../parts/button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { ReasonForm } from '../parts/reason-form.tsx'
import { Step } from '../parts/step.tsx'
import { useNow } from '../use-now.ts'
import { Where } from './where.tsx'

/** What a restore would do, and the question why. */
export function RestoreReview({ restore: { state, plan, confirm, reset } }: { readonly restore: Restore }): ReactNode {
  const { words: { restore: words, warning: said }, format } = useDashboard()
  const now = useNow()
  const { data: session } = useResource('GET /session')
  const planned = state.step === 'planned' || state.step === 'starting' ? state.request.to : undefined
  const [to, setTo] = useState(typeof planned === 'string' ? planned : undefined)
  if (state.step !== 'planned' && state.step !== 'starting') return null
  const { plan: { plan: would, safety, warnings, needsAcceptSuspect, confirm: { expiresAt } }, request } = state
  const error = state.step === 'planned' ? state.error : undefined
  const isStale = error?.code === 'confirm-stale' || Date.parse(expiresAt) < now
  const { snapshot, live, to: place, restoreBytes, fetchBytes, neededBytes, freeBytes, fits, streams, changes } = would
  const newest = changes && format.past(changes.from.time, now)
  const look = (wanted: string | undefined): void => {
    const { to: _, ...rest } = request
    void plan({ ...rest, ...(wanted !== undefined && { to: wanted }) })
  }
  const choose = (wanted: string | undefined): void => {
    if (wanted === undefined && planned !== undefined) look(undefined)
    else setTo(wanted)
  }
  // What somebody has typed since would be another plan.
  const isPlanned = typeof planned === 'object' || to === planned
  const mayChoose = session?.places && typeof planned !== 'object' && state.step === 'planned'
  return (
    <Step title={words.review}>
      {mayChoose && <Where to={to} isPlanned={isPlanned} onChange={choose} onPlan={() => look(to?.trim())} onCancel={reset} />}
      {isPlanned && (
        <ReasonForm
          insist={needsAcceptSuspect ? words.acceptSuspect : undefined}
          problem={isStale ? <Note tone="warning" title={words.expired} /> : <Problem error={error} />}
          confirm={words.confirm}
          look={live ? 'danger' : 'primary'}
          isBusy={state.step === 'starting'}
          instead={isStale && <Button look="primary" autoFocus={error !== undefined} onClick={() => void plan(request)}>{words.planAgain}</Button>}
          onCancel={reset}
          onConfirm={(reason, acceptSuspect) => void confirm({ reason, ...(acceptSuspect && { acceptSuspect }) })}
        >
          <Facts
            of={[
              [words.snapshot, words.of(format.dateTime(snapshot.time), format.past(snapshot.time, now))],
              [words.to, live ? <strong>{words.live}</strong> : typeof place === 'string' ? place : JSON.stringify(place)],
              [words.changes, newest && (changes.changedBytes > 0 ? words.changesValue(format.bytes(changes.changedBytes), newest) : words.changesNone(newest))],
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
      )}
    </Step>
  )
}
