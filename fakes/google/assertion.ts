import { createVerify } from 'node:crypto'

/** What a service account claims: who it is, for whom it acts, and what it wants. */
export interface Claims {
  readonly iss: string
  readonly sub?: string
  readonly scope: string
}

/** @returns `undefined` when the assertion (RFC 7523) is not signed with the key of its issuer */
export function assertionOf(token: string, keys: ReadonlyMap<string, string>): Claims | undefined {
  const [head = '', body = '', signature = ''] = token.split('.')
  try {
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
    const key = keys.get(claims.iss)
    if (key === undefined) return undefined
    const verifier = createVerify('RSA-SHA256').update(`${head}.${body}`)
    return verifier.verify(key, signature, 'base64url') ? claims : undefined
  } catch {
    return undefined
  }
}
