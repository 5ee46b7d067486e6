/**
 * Why there was no answer. `lost`: the connection broke. `unreachable`: there was none. `silent`: nothing came. `untrusted`: the
 * other side could not prove who it is.
 */
export type NetworkProblem = 'lost' | 'unreachable' | 'silent' | 'untrusted'

/**
 * What a code of the operating system, of TLS, or of Node's `fetch` says about the connection, for providers that translate errors.
 *
 * @returns `undefined` for a code that says nothing about it
 *
 * @example
 * ```ts
 * networkProblem('ECONNREFUSED') // 'unreachable'
 * ```
 */
export function networkProblem(code: string): NetworkProblem | undefined {
  return Object.hasOwn(problems, code) ? problems[code] : undefined
}

const problems: Readonly<Record<string, NetworkProblem>> = {
  ECONNRESET: 'lost',
  ECONNABORTED: 'lost',
  EPIPE: 'lost',
  ERR_STREAM_PREMATURE_CLOSE: 'lost',
  HPE_INVALID_CONSTANT: 'lost',
  UND_ERR_SOCKET: 'lost',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'lost',
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  ETIMEDOUT: 'silent',
  UND_ERR_HEADERS_TIMEOUT: 'silent',
  UND_ERR_BODY_TIMEOUT: 'silent',
  CERT_HAS_EXPIRED: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'untrusted',
}
