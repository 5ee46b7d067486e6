import { createHash, randomBytes } from 'node:crypto'
import type { Answer, Incoming } from '../wire/index.ts'
import { assertionOf } from './assertion.ts'

export interface AccessToken {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly expiresMs: number
}

export interface SignIn {
  readonly clientId: string
  /** [drive.file] */
  readonly scopes?: readonly string[]
}

/** A small authorization server: codes with PKCE, refresh tokens that end as Google's do, service accounts. */
export interface TokenServer {
  /** A client whose consent screen is "in testing": its sign-ins end after 7 days. */
  readonly testing: Set<string>
  /** Service accounts: public keys in PEM by address. */
  readonly serviceAccounts: Map<string, string>
  /** Somebody has signed in: a refresh token. */
  signIn(signIn: SignIn): string
  /** An access token without further ado; good for an hour unless told otherwise. */
  issue(signIn: SignIn, lifeMs?: number): string
  /** Every access token that was handed out has expired. */
  expireAccess(): void
  /** The user takes all sign-ins back. */
  revokeAll(): void
  /** What an `Authorization` header allows. */
  allowed(header: string | null): AccessToken | undefined
  /** `/o/oauth2/v2/auth`: the user agrees at once, and is sent back with a code. */
  authorize(url: URL): Answer
  /** `/token` */
  token(incoming: Incoming): Answer
  /** Tokens that were refreshed. */
  refreshes(): number
  /** Requests that came without a good access token, and refreshes that were refused. */
  rejections(): number
}

interface Grant {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly sinceMs: number
  usedMs: number
}

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
const unusedMs = 183 * dayMs
const testingMs = 7 * dayMs
const liveTokens = 100
const codeMs = 10 * 60_000
const driveFile = ['https://www.googleapis.com/auth/drive.file']

export function tokenServer(now: () => number): TokenServer {
  const access = new Map<string, AccessToken>()
  const grants = new Map<string, Grant>()
  const codes = new Map<
    string,
    SignIn & { readonly challenge: string | null; readonly redirect: string; readonly atMs: number }
  >()
  const testing = new Set<string>()
  const serviceAccounts = new Map<string, string>()
  let refreshes = 0
  let rejections = 0

  const issue: TokenServer['issue'] = ({ clientId, scopes = driveFile }, lifeMs = hourMs) => {
    const token = `ya29.${randomBytes(24).toString('base64url')}`
    access.set(token, { clientId, scopes, expiresMs: now() + lifeMs })
    return token
  }
  const signIn: TokenServer['signIn'] = ({ clientId, scopes = driveFile }) => {
    const token = `1//${randomBytes(24).toString('base64url')}`
    grants.set(token, { clientId, scopes, sinceMs: now(), usedMs: now() })
    const ofClient = [...grants].filter(([, grant]) => grant.clientId === clientId)
    // Nobody is told that the oldest one ends.
    for (const [oldest] of ofClient.slice(0, Math.max(0, ofClient.length - liveTokens))) grants.delete(oldest)
    return token
  }
  const answer = (grant: SignIn, more: object = {}): Answer => ({
    status: 200,
    body: {
      access_token: issue(grant),
      expires_in: hourMs / 1000,
      token_type: 'Bearer',
      scope: (grant.scopes ?? driveFile).join(' '),
      ...more,
    },
  })

  const byCode = (form: URLSearchParams): Answer => {
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    if (!code || now() - code.atMs > codeMs || code.clientId !== form.get('client_id'))
      return refused('invalid_grant')
    if (code.redirect !== form.get('redirect_uri')) return refused('redirect_uri_mismatch')
    const verifier = form.get('code_verifier') ?? ''
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    if (code.challenge !== null && code.challenge !== challenge) return refused('invalid_grant')
    return answer(code, { refresh_token: signIn(code) })
  }
  const byRefresh = (form: URLSearchParams): Answer => {
    const grant = grants.get(form.get('refresh_token') ?? '')
    if (!grant || grant.clientId !== form.get('client_id')) return refused('invalid_grant')
    const isOver =
      now() - grant.usedMs > unusedMs || (testing.has(grant.clientId) && now() - grant.sinceMs > testingMs)
    if (isOver) return refused('invalid_grant')
    grant.usedMs = now()
    refreshes++
    return answer(grant)
  }
  const byAssertion = (form: URLSearchParams): Answer => {
    const claims = assertionOf(form.get('assertion') ?? '', serviceAccounts)
    if (!claims) return refused('invalid_grant')
    refreshes++
    return answer({ clientId: claims.sub ?? claims.iss, scopes: claims.scope.split(' ') })
  }
  const grantTypes: Readonly<Record<string, (form: URLSearchParams) => Answer>> = {
    authorization_code: byCode,
    refresh_token: byRefresh,
    'urn:ietf:params:oauth:grant-type:jwt-bearer': byAssertion,
  }

  return {
    testing,
    serviceAccounts,
    signIn,
    issue,
    refreshes: () => refreshes,
    rejections: () => rejections,
    expireAccess: () => access.clear(),
    revokeAll() {
      access.clear()
      grants.clear()
    },

    allowed(header) {
      const found = access.get(/^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '')
      if (found && now() < found.expiresMs) return found
      if (header !== null) rejections++
      return undefined
    },

    authorize({ searchParams: asked }) {
      const redirect = asked.get('redirect_uri') ?? ''
      if (!URL.canParse(redirect)) return refused('redirect_uri_mismatch')
      const code = `4/${randomBytes(24).toString('base64url')}`
      const clientId = asked.get('client_id') ?? ''
      const scopes = (asked.get('scope') ?? '').split(' ')
      codes.set(code, { clientId, scopes, challenge: asked.get('code_challenge'), redirect, atMs: now() })
      const back = new URL(redirect)
      back.searchParams.set('code', code)
      back.searchParams.set('state', asked.get('state') ?? '')
      back.searchParams.set('scope', scopes.join(' '))
      return { status: 302, headers: { location: back.href } }
    },

    token({ body }) {
      const form = new URLSearchParams(body.toString())
      const given = grantTypes[form.get('grant_type') ?? '']?.(form) ?? refused('unsupported_grant_type')
      if (given.status !== 200) rejections++
      return given
    },
  }
}

function refused(error: string): Answer {
  return { status: 400, body: { error, error_description: 'Bad Request' } }
}
