/**
 * An authorization server as plain data. Every field may be replaced, for a sovereign cloud, a proxy or a
 * test:
 * `{ ...google, tokenEndpoint: 'https://login.example.com/token' }`. Endpoints use https; http is taken for
 * loopback addresses alone.
 */
export interface Issuer {
  /** For programs: `google`, `microsoft`. Events and errors carry it. */
  readonly name: string
  /** For people. */
  readonly title: string
  /**
   * What the server calls itself in the answer to a sign-in; checked when it is known and sent (RFC 9207).
   */
  readonly identifier?: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  /** Absent where there is no sign-in by device code (RFC 8628). */
  readonly deviceEndpoint?: string
  /** Absent where tokens cannot be revoked by their holder (RFC 7009). */
  readonly revocationEndpoint?: string
  /** Asked for when the caller names no scopes: the least that a backup needs. */
  readonly scopes: readonly string[]
  /** Added to every authorization URL. */
  readonly authorizationParameters: Readonly<Record<string, string>>
  /** The host in loopback redirects, as the vendor wants it registered (RFC 8252, section 7.3). */
  readonly loopbackHost: '127.0.0.1' | 'localhost'
  /** People can untick single scopes on the consent page, so a grant has to be compared with the request. */
  readonly partialConsent: boolean
}

/**
 * Google, for files that this client created (`drive.file`, which needs no review by Google).
 *
 * `access_type=offline` asks for a refresh token; `prompt=consent` brings one at every sign-in, not at the
 * first alone.
 *
 * Source: https://developers.google.com/identity/protocols/oauth2/native-app and …/limited-input-device
 */
export const google: Issuer = {
  name: 'google',
  title: 'Google',
  identifier: 'https://accounts.google.com',
  authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenEndpoint: 'https://oauth2.googleapis.com/token',
  deviceEndpoint: 'https://oauth2.googleapis.com/device/code',
  revocationEndpoint: 'https://oauth2.googleapis.com/revoke',
  scopes: ['https://www.googleapis.com/auth/drive.file'],
  authorizationParameters: { access_type: 'offline', prompt: 'consent' },
  loopbackHost: '127.0.0.1',
  partialConsent: true,
}

/**
 * Microsoft for one tenant: its id, one of its domains, or `common`, `organizations`, `consumers`. The scopes
 * reach the folder of this application alone; `offline_access` brings the refresh token.
 *
 * Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow and
 * …/v2-oauth2-device-code
 *
 * @example
 * ```ts
 * microsoftTenant('contoso.onmicrosoft.com')
 * ```
 */
export function microsoftTenant(tenant: string): Issuer {
  const base = `https://login.microsoftonline.com/${encodeURIComponent(tenant)}/oauth2/v2.0`
  return {
    name: 'microsoft',
    title: 'Microsoft',
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/token`,
    deviceEndpoint: `${base}/devicecode`,
    scopes: ['Files.ReadWrite.AppFolder', 'offline_access'],
    authorizationParameters: {},
    loopbackHost: 'localhost',
    partialConsent: false,
  }
}

/** Microsoft for accounts of every kind: personal, work and school. */
export const microsoft: Issuer = microsoftTenant('common')
