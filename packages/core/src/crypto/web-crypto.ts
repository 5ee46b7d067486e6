import { BackupError } from '../errors.ts'

/**
 * As much of WebCrypto (W3C Web Cryptography API) as is used here: it is not the same type in every
 * environment.
 */
export interface WebCrypto {
  getRandomValues(into: Uint8Array): Uint8Array
  /** Absent on pages that were not loaded over HTTPS. */
  readonly subtle?: Subtle
}

export interface Subtle {
  importKey(
    format: 'raw',
    key: Uint8Array,
    algorithm: string,
    extractable: false,
    uses: string[],
  ): Promise<SubtleKey>
  encrypt(algorithm: GcmParameters, key: SubtleKey, plain: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: GcmParameters, key: SubtleKey, sealed: Uint8Array): Promise<ArrayBuffer>
  deriveBits(algorithm: Pbkdf2Parameters, key: SubtleKey, bits: number): Promise<ArrayBuffer>
}

interface SubtleKey {
  readonly type: string
}

interface GcmParameters {
  readonly name: 'AES-GCM'
  readonly iv: Uint8Array
  readonly additionalData: Uint8Array
}

interface Pbkdf2Parameters {
  readonly name: 'PBKDF2'
  readonly hash: 'SHA-256'
  readonly salt: Uint8Array
  readonly iterations: number
}

export function webCrypto(): WebCrypto | undefined {
  return (globalThis as { crypto?: WebCrypto }).crypto
}

/** @throws `unsupported` where there is no source of secure random bytes. */
export function randomBytes(length: number): Uint8Array {
  const source = webCrypto()
  if (!source) {
    throw new BackupError(
      'unsupported',
      'This runtime has no secure random numbers (globalThis.crypto is missing).',
    )
  }
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += maxRandomBytes) {
    source.getRandomValues(bytes.subarray(at, at + maxRandomBytes))
  }
  return bytes
}

/** More in one call is refused: Web Cryptography API §10.1.1. */
const maxRandomBytes = 65_536

/** WebCrypto refuses memory that another thread could change meanwhile. */
export function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice()
}
