import type { Aead } from '../contract/runtime.ts'
import type { SuiteId } from '../contract/suite.ts'
import { BackupError } from '../errors.ts'

/** Bytes of a key, in both suites. */
export const keyLength = 32

/** Bytes by which a sealed message is longer than the plain one, in both suites. */
export const tagLength = 16

/** Bytes of a nonce: FORMAT.md §6.2. */
const nonceLengths: Readonly<Record<SuiteId, number>> = { 1: 12, 2: 24 }

type Bytes = Uint8Array
type MaybeLater<T> = T | Promise<T>

/** A cipher as a library offers it: `open` throws whatever it likes when the tag does not fit. */
export interface BareAead {
  seal(nonce: Bytes, plain: Bytes, associated: Bytes): MaybeLater<Bytes>
  open(nonce: Bytes, sealed: Bytes, associated: Bytes): MaybeLater<Bytes>
}

/**
 * The rules that hold whatever does the work: lengths are checked first, and every failure to open is
 * `corrupt`.
 */
export function strictAead(suite: SuiteId, key: Bytes, make: (key: Bytes) => BareAead): Aead {
  const nonceLength = nonceLengths[suite]
  if (nonceLength === undefined) {
    throw new BackupError('unsupported', `Cipher suite ${String(suite)} is not known to this version.`)
  }
  checkLength('key', key, keyLength)
  // A copy, so that a caller may wipe its own.
  const bare = make(Uint8Array.from(key))
  return {
    nonceLength,
    seal(nonce, plain, associated) {
      checkLength('nonce', nonce, nonceLength)
      return bare.seal(nonce, plain, associated)
    },
    open(nonce, sealed, associated) {
      checkLength('nonce', nonce, nonceLength)
      if (sealed.length < tagLength) throw notAuthentic()
      try {
        const plain = bare.open(nonce, sealed, associated)
        return plain instanceof Promise ? plain.catch(rethrowAsCorrupt) : plain
      } catch (cause) {
        return rethrowAsCorrupt(cause)
      }
    },
  }
}

function rethrowAsCorrupt(cause: unknown): never {
  throw notAuthentic(cause)
}

function notAuthentic(cause?: unknown): BackupError {
  return new BackupError(
    'corrupt',
    'Encrypted bytes do not authenticate: they were changed, or belong to another key or place.',
    { cause },
  )
}

function checkLength(what: string, bytes: Bytes, length: number): void {
  if (bytes.length === length) return
  throw new BackupError('config', `A ${what} for this cipher has ${length} bytes, not ${bytes.length}.`)
}
