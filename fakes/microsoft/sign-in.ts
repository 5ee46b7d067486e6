import { createHash, randomBytes } from 'node:crypto'
import type { Answer, Incoming } from '../wire/index.ts'

/** The authorization server: tokens that rotate, sign-ins that end, codes for devices. */
export interface SignIn {
  /** A grant without a browser, for tests. */
  grant(): { readonly accessToken: string; readonly refreshToken: string }
  /** Ends the life of every access token. */
  expireAccessTokens(): void
  /** Refreshes are refused with this code from now on: 700082, 50173, 50076, 65001. */
  endWith(aadsts: number | undefined): void
  accepts(accessToken: string | undefined): boolean
  /** Access tokens that were given for a refresh token. */
  refreshes(): number
  /** Tokens of either kind that were refused. */
  refusals(): number
  /** What is asked for a device code: pending, too quick, or granted. */
  deviceAnswers: ('authorization_pending' | 'slow_down' | 'granted')[]
  serve(request: Incoming): Answer
}

const accessLifeMs = 3_600_000
const refreshLifeMs = 90 * 24 * 3_600_000

export function signIn(now: () => number): SignIn {
  const access = new Map<string, number>()
  const refresh = new Map<string, number>()
  const codes = new Map<string, string>()
  let ended: number | undefined
  let refreshes = 0
  let refusals = 0

  const grant = (): { accessToken: string; refreshToken: string } => {
    const accessToken = `access-${randomBytes(16).toString('hex')}`
    const refreshToken = `refresh-${randomBytes(16).toString('hex')}`
    access.set(accessToken, now() + accessLifeMs)
    refresh.set(refreshToken, now() + refreshLifeMs)
    return { accessToken, refreshToken }
  }
  const tokens = (): Answer => {
    const { accessToken, refreshToken } = grant()
    const body = {
      token_type: 'Bearer',
      access_token: accessToken,
      refresh_token: refreshToken,
      expires_in: accessLifeMs / 1000,
      scope: 'Files.ReadWrite.AppFolder',
    }
    return { status: 200, body }
  }

  const self: SignIn = {
    grant,
    deviceAnswers: [],
    expireAccessTokens: () => access.clear(),
    endWith(aadsts) {
      ended = aadsts
    },
    accepts(token) {
      const good = now() < (access.get(token ?? '') ?? 0)
      if (!good) refusals++
      return good
    },
    refreshes: () => refreshes,
    refusals: () => refusals,

    serve({ url, body, method }) {
      const form = new URLSearchParams(body.toString())
      if (url.pathname.endsWith('/authorize') && method === 'GET') return authorize(url, codes)
      if (url.pathname.endsWith('/devicecode')) return device()
      if (!url.pathname.endsWith('/token')) return { status: 404 }
      switch (form.get('grant_type')) {
        case 'refresh_token': {
          // An old one is replaced, not revoked: it works until its own end.
          const good = now() < (refresh.get(form.get('refresh_token') ?? '') ?? 0)
          if (good && ended === undefined) {
            refreshes++
            return tokens()
          }
          refusals++
          return refused('invalid_grant', ended ?? 700082)
        }
        case 'authorization_code': {
          const challenge = codes.get(form.get('code') ?? '')
          codes.delete(form.get('code') ?? '')
          const shown = createHash('sha256')
            .update(form.get('code_verifier') ?? '')
            .digest('base64url')
          return challenge === shown ? tokens() : refused('invalid_grant', 501481)
        }
        case 'urn:ietf:params:oauth:grant-type:device_code': {
          const next = self.deviceAnswers.shift() ?? 'granted'
          return next === 'granted' ? tokens() : refused(next, 70016)
        }
        default:
          return refused('unsupported_grant_type', 70003)
      }
    },
  }
  return self
}

function authorize(url: URL, codes: Map<string, string>): Answer {
  const code = randomBytes(12).toString('hex')
  codes.set(code, url.searchParams.get('code_challenge') ?? '')
  const back = new URL(url.searchParams.get('redirect_uri') ?? 'http://localhost')
  back.searchParams.set('code', code)
  back.searchParams.set('state', url.searchParams.get('state') ?? '')
  return { status: 302, headers: { location: back.href } }
}

function device(): Answer {
  const body = {
    device_code: randomBytes(16).toString('hex'),
    user_code: 'FAKE1234',
    verification_uri: 'https://microsoft.com/devicelogin',
    expires_in: 900,
    interval: 5,
    message: 'Enter the code.',
  }
  return { status: 200, body }
}

function refused(error: string, aadsts: number): Answer {
  const body = { error, error_description: `AADSTS${aadsts}: The text of the server.`, error_codes: [aadsts] }
  return { status: 400, body }
}
