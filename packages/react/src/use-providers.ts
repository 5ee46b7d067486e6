import { type DisconnectJson, type ProviderListJson, type SignInFlowState, type SignInWindow, createSignInFlow } from '@backup/client'
import { useEffect, useMemo } from 'react'
import { popup } from './popup.ts'
import { useBackupClient } from './provider.tsx'
import { type Fetched, nothing, useFetched, useStore } from './use-store.ts'

export interface ProvidersState extends Fetched<ProviderListJson> {
  /** How it stands with the sign-in that was begun last. */
  readonly signIn: SignInFlowState
  /**
   * Connects an account, or connects it again. Call it in the handler of a click, or the browser blocks the window.
   *
   * @param open where somebody signs in. @default a small window
   */
  connect(account: string, open?: () => SignInWindow | undefined): Promise<void>
  /** Gives the sign-in up, or puts away what it ended with. */
  cancelSignIn(): Promise<void>
  /** @throws a `ClientError` */
  disconnect(account: string, reason: string): Promise<DisconnectJson>
}

const idle: SignInFlowState = { step: 'idle' }

/** Where copies are, and the accounts that lead there. */
export function useProviders(): ProvidersState {
  const client = useBackupClient()
  const flow = useMemo(() => createSignInFlow(client), [client])
  const signIn = useStore(flow, () => idle)
  const list = useFetched(client.resource('GET /providers'), nothing)
  useEffect(() => () => flow.reset(), [flow])
  return useMemo(
    () => ({
      ...list,
      signIn,
      connect: (account: string, open: () => SignInWindow | undefined = popup) => flow.start(account, open),
      cancelSignIn: flow.cancel,
      disconnect: (account: string, reason: string) => client.call('POST /accounts/:account/disconnect', { params: { account }, body: { reason } }),
    }),
    [client, flow, list, signIn],
  )
}
