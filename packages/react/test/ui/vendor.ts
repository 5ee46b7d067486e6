import { BackupError } from '@backup/core'
import type { ConnectableAccount } from '@backup/http'
import type { WebAccountState } from '@backup/oauth'

/** Somebody else's sign-in page, and the account that is connected there. */
export interface Vendor {
  readonly account: ConnectableAccount
  /** The page at which somebody says yes or no. */
  page(url: URL): Response
  /** The vendor takes the access back. */
  revoke(): void
}

/** As `webAccount()` tells it of Google, which gives no reason. */
const takenBack: Pick<WebAccountState, 'reason' | 'hint'> = {
  reason: 'refused',
  hint: 'Sign in again. If this happens every 7 days, publish the consent screen of the Google project.',
}

export function vendor(isConnected = true): Vendor {
  const listeners = new Set<() => void>()
  let state: 'connected' | 'disconnected' | 'reconnect' = isConnected ? 'connected' : 'disconnected'
  let count = 0
  const become = (next: typeof state): void => {
    state = next
    for (const listener of listeners) listener()
  }
  return {
    revoke: () => become('reconnect'),
    page(url) {
      const back = (query: string): string => `/api/backup/oauth/callback?state=${url.searchParams.get('state')}&${query}`
      const html = `<!doctype html><html lang="en"><title>Sign in</title><h1>Example Drive</h1>
        <a id="allow" href="${back('code=1')}">Allow</a> <a id="deny" href="${back('error=access_denied')}">Deny</a>
        <a id="forged" href="/api/backup/oauth/callback?state=somebody-elses&code=1">Forged</a></html>`
      return new Response(html, { headers: { 'content-type': 'text/html' } })
    },
    account: {
      title: 'Google Drive',
      name: 'anna@gmail.example',
      state: async () =>
        state === 'reconnect' ? { state, ...takenBack } : { state },
      begin: async () => ({ url: `/vendor?state=s${++count}`, pending: { state: `s${count}` } }),
      async complete({ callbackUrl }) {
        if (callbackUrl.includes('error=')) throw new BackupError('auth', 'The access was refused.')
        become('connected')
      },
      async disconnect() {
        become('disconnected')
        return { revoked: true }
      },
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
  }
}
