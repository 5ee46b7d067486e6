import { check } from './options.ts'

const prefix = 'whsec_'

/**
 * A new secret for a webhook, of 32 random bytes, to be kept by both sides: `whsec_…`.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function createWebhookSecret(): string {
  return `${prefix}${toBase64(crypto.getRandomValues(new Uint8Array(32)))}`
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** @throws `config` unless every one is the Base64 of 24 to 64 bytes, with or without its prefix */
export function secretKeys(plugin: string, secret: unknown): () => Promise<readonly Key[]> {
  const secrets = [secret].flat().map(bytesOf)
  const isRight =
    secrets.length > 0 &&
    secrets.every((bytes) => bytes !== undefined && bytes.length >= 24 && bytes.length <= 64)
  check(
    plugin,
    'secret',
    isRight,
    "a secret of createWebhookSecret(): 'whsec_' and 24 to 64 bytes in Base64, or an array of them",
  )
  return () => Promise.all(secrets.map((bytes) => hmacKey(bytes!)))
}

export async function sign(keys: readonly Key[], text: Uint8Array<ArrayBuffer>): Promise<string> {
  const signatures = await Promise.all(keys.map((key) => crypto.subtle.sign('HMAC', key, text)))
  return signatures.map((signature) => `v1,${toBase64(new Uint8Array(signature))}`).join(' ')
}

/**
 * Whether one of the signatures in the header is that of one of the keys; takes as long whichever byte
 * differs.
 */
export async function isSigned(
  keys: readonly Key[],
  header: string,
  text: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const signatures = header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => fromBase64(part.slice('v1,'.length)))
  const checks = signatures.flatMap((signature) =>
    signature ? keys.map((key) => crypto.subtle.verify('HMAC', key, signature, text)) : [],
  )
  return (await Promise.all(checks)).includes(true)
}

export function signedText(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const text = new Uint8Array(head.length + body.length)
  text.set(head)
  text.set(body, head.length)
  return text
}

function hmacKey(bytes: Uint8Array<ArrayBuffer>): Promise<Key> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
}

function bytesOf(secret: unknown): Uint8Array<ArrayBuffer> | undefined {
  return typeof secret === 'string'
    ? fromBase64(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret)
    : undefined
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
