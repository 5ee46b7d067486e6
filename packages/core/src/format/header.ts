import type { Crypto } from '../contract/runtime.ts'
import type { SuiteId } from '../contract/suite.ts'
import { BackupError } from '../errors.ts'
import { joinBytes, utf8, viewOf } from './text.ts'

/** The first 64 bytes of every sealed object: FORMAT.md §6.1. */
export interface ObjectHeader {
  readonly kind: ObjectKind
  readonly suite: SuiteId
  readonly epoch: number
  /** 16 bytes. */
  readonly repository: Uint8Array
  /** 32 bytes, fresh for every object. */
  readonly salt: Uint8Array
}

export type ObjectKind = keyof typeof kinds

export const headerLength = 64

const kinds = { pack: 1, commit: 2, index: 3, check: 4, session: 5, tomb: 6, trash: 7, hold: 8, audit: 9 } as const
const kindNames = new Map<number, ObjectKind>(Object.entries(kinds).map(([name, id]) => [id, name as ObjectKind]))
const magic = Uint8Array.of(0x42, 0x4b, 0x55, 0x50)
const version = 1
const objectInfo = utf8('backup/1/object')

export function encodeHeader(header: ObjectHeader): Uint8Array {
  const bytes = new Uint8Array(headerLength)
  bytes.set(magic, 0)
  bytes.set([version, kinds[header.kind], header.suite, 0], 4)
  viewOf(bytes).setUint32(8, header.epoch, true)
  bytes.set(header.repository, 16)
  bytes.set(header.salt, 32)
  return bytes
}

/**
 * @throws `corrupt` when the bytes do not begin like one of our objects; `unsupported` for a newer version, an unknown
 * suite, wrap or key label.
 */
export function decodeHeader(bytes: Uint8Array): ObjectHeader {
  if (bytes.length < headerLength) throw new BackupError('corrupt', `An object of ${bytes.length} bytes has no room for a header.`)
  if (!magic.every((byte, at) => bytes[at] === byte)) throw new BackupError('corrupt', 'An object does not begin with the magic "BKUP".')
  if (bytes[4] !== version) throw unsupported('version', bytes[4]!)
  const kind = kindNames.get(bytes[5]!)
  if (kind === undefined) throw unsupported('kind', bytes[5]!)
  const suite = bytes[6]!
  if (suite !== 1 && suite !== 2) throw unsupported('cipher suite', suite)
  if (bytes[7] !== 0) throw unsupported('key wrap', bytes[7]!)
  const view = viewOf(bytes)
  const label = view.getUint32(12, true)
  if (label !== 0) throw unsupported('key label', label)
  return {
    kind,
    suite,
    epoch: view.getUint32(8, true),
    repository: bytes.slice(16, 32),
    salt: bytes.slice(32, 64),
  }
}

/** The key of one object: used for it alone, and bound to everything its header says. */
export function objectKey(crypto: Crypto, root: Uint8Array, header: Uint8Array): Uint8Array {
  return crypto.hkdf(root, header.subarray(32, 64), joinBytes(objectInfo, header.subarray(0, 32)))
}

/** Zero but for the ordinal at the end: no two segments of an object share a nonce. */
export function segmentNonce(nonceLength: number, ordinal: number): Uint8Array {
  const nonce = new Uint8Array(nonceLength)
  viewOf(nonce).setUint32(nonceLength - 4, ordinal, true)
  return nonce
}

function unsupported(what: string, found: number): BackupError {
  return new BackupError('unsupported', `An object has ${what} ${found}, which this version does not know.`)
}
