import type { AccountJson, SignInWindow } from '@backup/client'
import type { ReactNode } from 'react'
import type { ProvidersState } from '../../use-providers.ts'
import { useDashboard } from '../context.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { Failure, Technical } from '../parts/failure.tsx'
import { Note, Problem } from '../parts/note.tsx'
import { useMay } from '../use-may.ts'

export interface AccountProps {
  readonly account: AccountJson
  readonly providers: ProvidersState
  onLeave(): void
}

const tones = { connected: 'good', disconnected: 'neutral', reconnect: 'critical' } as const

/** An account with a vendor: connect, connect again, disconnect. */
export function Account({ account, providers, onLeave }: AccountProps): ReactNode {
  const { words: { storage }, openUrl } = useDashboard()
  const may = useMay()
  const { id, title, name, state, reason, hint } = account
  const { signIn, connect } = providers
  const isMine = signIn.step !== 'idle' && signIn.account === id
  const isUnderWay = isMine && (signIn.step === 'starting' || signIn.step === 'waiting')
  const begin = (): void => void connect(id, openUrl && (() => outside(openUrl)))
  return (
    <li className="backup-card" data-tone={tones[state]}>
      <div className="backup-card-head">
        <div>
          <h4>{title}</h4>
          {name && <p className="backup-hint">{name}</p>}
        </div>
        <Badge tone={tones[state]}>{storage.states[state]}</Badge>
      </div>
      {state === 'reconnect' && (
        <div className="backup-card-problem">
          <p>{storage.reasons[reason as keyof typeof storage.reasons] ?? storage.reasons.refused}</p>
          <Technical text={[reason, hint].filter(Boolean).join(': ')} />
        </div>
      )}
      {isMine && <SignIn account={account} providers={providers} begin={begin} />}
      {may('configure') && !isUnderWay && (
        <div className="backup-actions">
          {state !== 'connected' && (
            <Button look="primary" onClick={begin}>{(state === 'reconnect' ? storage.reconnect : storage.connect)(title)}</Button>
          )}
          {state !== 'disconnected' && <Button onClick={onLeave}>{storage.disconnect}</Button>}
        </div>
      )}
    </li>
  )
}

function SignIn({ account: { title, state: now }, providers: { signIn, cancelSignIn }, begin }: Omit<AccountProps, 'onLeave'> & { begin(): void }): ReactNode {
  const { words: { storage } } = useDashboard()
  const giveUp = (text: string): ReactNode => <Button onClick={() => void cancelSignIn().catch(() => {})}>{text}</Button>
  if (signIn.step === 'starting') return <p role="status">{storage.starting}</p>
  if (signIn.step === 'waiting') {
    return (
      <Note tone="accent" title={signIn.window === 'blocked' ? storage.windowBlocked : storage.waitingForYou(title)}>
        {signIn.window === 'closed' && <p role="status">{storage.windowClosed}</p>}
        <div className="backup-actions">
          {signIn.window === 'blocked' && <a className="backup-button backup-button-primary" href={signIn.url} target="_blank" rel="noopener noreferrer">{storage.openPage}</a>}
          {signIn.window === 'closed' && <Button look="primary" onClick={begin}>{storage.again}</Button>}
          {giveUp(storage.giveUp)}
        </div>
      </Note>
    )
  }
  if (signIn.step === 'failed') return <Problem error={signIn.error} retry={begin} />
  if (signIn.step !== 'ended' || signIn.signIn.state === 'pending') return null
  const { state, error } = signIn.signIn
  // It was so, and is not any more.
  if (state === 'done' && now === 'reconnect') return null
  const text = state === 'done' ? storage.ends.done(title) : storage.ends[state]
  return (
    <Note tone={state === 'done' ? 'good' : 'warning'} title={text}>
      {error && state === 'failed' && <Failure of={error} />}
      <div className="backup-actions">{giveUp(storage.ok)}</div>
    </Note>
  )
}

/** What a desktop shell opens is not ours: nobody can say whether it was closed. */
function outside(openUrl: (url: string) => void): SignInWindow {
  return { go: openUrl, isClosed: () => false, close: () => {} }
}
