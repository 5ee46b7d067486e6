import { BackupError } from '@backup/core'
import { ClientSecretPost, None, type AuthorizationServer, type Client, type ClientAuth } from 'oauth4webapi'
import type { Issuer } from './issuer.ts'

/** Who asks, and whom. */
export interface OAuthClient {
  /** `google`, `microsoft`, or a description of your own. */
  readonly issuer: Issuer
  /** The id that the vendor gave to your application. */
  readonly clientId: string
  /**
   * Only where the vendor insists. Google gives one to desktop applications too, where it protects nothing.
   * [none]
   */
  readonly clientSecret?: string
}

/** The same, as the protocol library wants it. */
export interface Party {
  readonly server: AuthorizationServer
  readonly client: Client
  readonly authentication: ClientAuth
}

/**
 * @param of the function whose options these are, for the message
 * @throws `config`
 */
export function checkClient({ issuer, clientId, clientSecret }: OAuthClient, of: string): Party {
  if (typeof issuer !== 'object' || issuer === null) throw refusedOption(of, 'issuer', 'google or microsoft')
  if (!isText(clientId)) throw refusedOption(of, 'clientId', 'the id of your application')
  if (clientSecret !== undefined && !isText(clientSecret)) {
    throw refusedOption(of, 'clientSecret', 'left out or a text')
  }
  checkEndpoints(issuer, of)
  return {
    server: {
      issuer: issuer.identifier ?? issuer.tokenEndpoint,
      authorization_endpoint: issuer.authorizationEndpoint,
      token_endpoint: issuer.tokenEndpoint,
      ...(issuer.deviceEndpoint !== undefined && { device_authorization_endpoint: issuer.deviceEndpoint }),
      ...(issuer.revocationEndpoint !== undefined && { revocation_endpoint: issuer.revocationEndpoint }),
    },
    client: { client_id: clientId },
    // In the body: both vendors take it there, and some servers decode the header differently.
    authentication: clientSecret === undefined ? None() : ClientSecretPost(clientSecret),
  }
}

/** The scopes to ask for, joined as the protocol wants them. */
export function scopeText(issuer: Issuer, scopes: readonly string[] | undefined, of: string): string {
  const wanted = scopes ?? issuer.scopes
  if (!Array.isArray(wanted) || wanted.length === 0 || !wanted.every(isText)) {
    throw refusedOption(of, 'scopes', 'a list of scopes')
  }
  return wanted.join(' ')
}

/** Never shows what was given instead: it may be a secret in the wrong place. */
export function refusedOption(of: string, option: string, wanted: string): BackupError {
  return new BackupError('config', `Option "${option}" of ${of}() must be ${wanted}.`, {
    plugin: 'oauth',
    key: option,
  })
}

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** https, or http that never leaves this machine. */
export function isSafeUrl(text: unknown): boolean {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname))
}

const required = ['authorizationEndpoint', 'tokenEndpoint'] as const
const optional = ['deviceEndpoint', 'revocationEndpoint'] as const

function checkEndpoints(issuer: Issuer, of: string): void {
  const given = optional.filter((name) => issuer[name] !== undefined)
  for (const name of [...required, ...given]) {
    if (!isSafeUrl(issuer[name])) throw refusedOption(of, `issuer.${name}`, 'an https URL')
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
