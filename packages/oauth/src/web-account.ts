import { BackupError } from '@backup/core'
import { authorizationUrl, complete, type PendingSignIn } from './authorization.ts'
import { checkClient, isSafeUrl, refusedOption } from './client.ts'
import { reauthText, type ReauthReason, type ReauthRequired } from './reauth.ts'
import { revoke } from './revoke.ts'
import { timeOf } from './time.ts'
import { tokenSource, type TokenSource, type TokenSourceOptions } from './token-source.ts'

export interface WebAccountOptions extends TokenSourceOptions {
  /** The page that the vendor sends the browser back to, exactly as it is registered there. */
  readonly redirectUrl: string
  /** What to ask for. [those of the issuer] */
  readonly scopes?: readonly string[]
}

/** How it stands with an account. Plain data. */
export interface WebAccountState {
  /** `reconnect`: it was connected, and somebody has to sign in again. */
  readonly state: 'connected' | 'disconnected' | 'reconnect'
  /** Of `reconnect`. */
  readonly reason?: ReauthReason
  readonly hint?: string
}

/** An account that its owner connects and disconnects on a web page, for as long as the program runs. */
export interface WebAccount {
  /** Of the vendor, for people. */
  readonly title: string
  /** `account` of the options. */
  readonly name?: string
  /** For the provider: it takes up a new sign-in at once. */
  readonly tokens: TokenSource
  /** As far as is known here; the vendor is not asked. @throws what the store throws */
  state(): Promise<WebAccountState>
  /** Makes the URL for the browser. `pending` holds a secret: it is kept until the browser comes back. */
  begin(): Promise<{ readonly url: string; readonly pending: PendingSignIn }>
  /**
   * Ends a sign-in with the URL that the browser came back with.
   *
   * @throws as {@link complete}; what the store throws
   */
  complete(options: { readonly pending: PendingSignIn; readonly callbackUrl: string }): Promise<void>
  /**
   * Forgets the tokens, and takes the sign-in back at the vendor where that can be done.
   *
   * @returns whether the vendor was told; if not, users remove the application in their account
   */
  disconnect(): Promise<{ readonly revoked: boolean }>
  /** Is called when it was connected or disconnected, or somebody has to sign in again. @returns what ends it */
  subscribe(listener: () => void): () => void
}

/**
 * An account that is connected through a page of the application: what a dashboard needs, and a provider.
 *
 * @throws `config`
 *
 * @example
 * ```ts
 * const redirectUrl = 'https://shop.example.com/api/backup/oauth/callback'
 * const account = webAccount({ issuer: google, clientId, clientSecret, store, redirectUrl })
 * const provider = gdrive({ auth: account.tokens, folder: 'Backups/shop', account: 'shop' })
 * ```
 */
export function webAccount(options: WebAccountOptions): WebAccount {
  const { issuer, store, account, redirectUrl, onReauthRequired } = options
  checkClient(options, 'webAccount')
  if (!isSafeUrl(redirectUrl)) throw refusedOption('webAccount', 'redirectUrl', 'an https or loopback URL')
  const listeners = new Set<{ readonly tell: () => void }>()
  const { now } = timeOf(options)
  /** Why the sign-in ended, as far as this process met it, and when. */
  let ended: { readonly reason: ReauthReason; readonly at: number } | undefined

  const tell = (): void => {
    for (const { tell: own } of listeners) {
      try {
        own()
      } catch {
        // Who listens must not keep anybody from signing in.
      }
    }
  }
  const makeSource = (): TokenSource =>
    tokenSource({
      ...options,
      onReauthRequired: (event: ReauthRequired) => {
        ended = { reason: event.reason, at: now() }
        tell()
        onReauthRequired?.(event)
      },
    })
  // A source keeps its access token in memory: a new sign-in gets a new one.
  let source = makeSource()
  const renew = (): void => {
    source = makeSource()
    ended = undefined
  }

  return {
    title: issuer.title,
    ...(account !== undefined && { name: account }),
    tokens: { accessToken: (call) => source.accessToken(call) },
    async state() {
      const tokens = await store.read()
      if (!tokens) return { state: 'disconnected' }
      // Another process may have taken up a new sign-in.
      if (!ended || ended.reason === 'signed-out' || tokens.issuedAt > ended.at) return { state: 'connected' }
      return { state: 'reconnect', reason: ended.reason, hint: reauthText(issuer, account, ended.reason).hint }
    },
    begin: () =>
      authorizationUrl({
        ...options,
        ...(account?.includes('@') && { loginHint: account }),
      }),
    async complete({ pending, callbackUrl }) {
      const tokens = await complete({ ...options, pending, callbackUrl })
      // Whoever refreshes the old sign-in must not write over the new one.
      const release = await store.lock()
      try {
        await store.write(tokens)
        renew()
      } finally {
        await release().catch(() => {})
      }
      tell()
    },
    async disconnect() {
      const release = await store.lock()
      try {
        const tokens = await store.read()
        const revoked = tokens !== undefined && (await isRevoked(options, tokens))
        await store.remove()
        renew()
        return { revoked }
      } finally {
        await release().catch(() => {})
        tell()
      }
    },
    subscribe(listener) {
      const entry = { tell: listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
  }
}

/** That the vendor cannot be told keeps nobody from disconnecting: without the tokens nothing is reached from here. */
async function isRevoked(options: WebAccountOptions, tokens: Parameters<typeof revoke>[0]['tokens']): Promise<boolean> {
  if (options.issuer.revocationEndpoint === undefined) return false
  try {
    await revoke({ ...options, tokens })
    return true
  } catch (error) {
    if (BackupError.is(error)) return false
    throw error
  }
}
