import { BackupError } from '@backup/core'
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

// The file, version 1, 106 bytes more than its contents:
//
//   12  magic "backup-token"
//    1  version
//    1  where the key comes from: 0 given as 32 bytes, 1 scrypt
//    2  scrypt: log2 of N, r        (both 0 for a given key)
//    1  scrypt: p
//    1  reserved, 0
//   16  salt of scrypt
//   32  salt of this writing; HKDF-SHA-256 makes from it the key of the cipher and the next field
//   16  check of the key
//    n  contents, AES-256-GCM with a zero nonce: its key is used once; all above is authenticated with it
//   16  tag
//    8  first bytes of the SHA-256 of all above, which tells damage from a wrong key

const magic = Buffer.from('backup-token')
const version = 1
const fixedBytes = 18
const headerBytes = fixedBytes + 16 + 32 + 16
const tagBytes = 16
const sumBytes = 8
const nonce = Buffer.alloc(12)

export interface ScryptParameters {
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** How the key of a file is made, as its header says. */
export interface Derivation {
  /** Absent for a key that is given as it is. */
  readonly scrypt?: ScryptParameters
  readonly salt: Uint8Array
}

export function seal(plain: Uint8Array, key: Uint8Array, { scrypt, salt }: Derivation): Uint8Array {
  const numbers = scrypt ? [version, 1, scrypt.logN, scrypt.r, scrypt.p, 0] : [version, 0, 0, 0, 0, 0]
  const fresh = randomBytes(32)
  const [cipherKey, check] = keysOf(key, fresh)
  const header = Buffer.concat([magic, Buffer.from(numbers), salt, fresh, check])
  const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce).setAAD(header)
  const sealed = Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return Buffer.concat([sealed, sumOf(sealed)])
}

/** @throws `corrupt` when this is no whole file; `unsupported` for a newer version */
export function derivationOf(file: Uint8Array, path: string): Derivation {
  const bytes = Buffer.from(file)
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw damaged(path, 'it does not start like a token file')
  if (bytes.length < headerBytes + tagBytes + sumBytes) throw damaged(path, 'its end is missing')
  if (!sumOf(bytes.subarray(0, -sumBytes)).equals(bytes.subarray(-sumBytes))) {
    throw damaged(path, 'its bytes are not those that were written')
  }
  const [found, kind, logN = 0, r = 0, p = 0] = bytes.subarray(magic.length)
  if (found !== version) {
    throw new BackupError('unsupported', `The token file ${path} has the unknown version ${found}.`, {
      plugin: 'oauth',
      key: path,
    })
  }
  const salt = bytes.subarray(fixedBytes, fixedBytes + 16)
  if (kind === 0) return { salt }
  // A file from elsewhere must not take all memory.
  const sane = kind === 1 && logN >= 10 && logN <= 20 && r >= 1 && r <= 16 && p >= 1 && p <= 4
  if (!sane) throw damaged(path, 'its parameters make no sense')
  return { scrypt: { logN, r, p }, salt }
}

/** @throws `key` when it is another key; `corrupt` when it is the right one and the contents were changed */
export function unseal(file: Uint8Array, key: Uint8Array, path: string): Uint8Array {
  const bytes = Buffer.from(file)
  const header = bytes.subarray(0, headerBytes)
  const [cipherKey, check] = keysOf(key, header.subarray(fixedBytes + 16, fixedBytes + 48))
  if (!timingSafeEqual(check, header.subarray(-16))) {
    throw new BackupError('key', `The key does not open the token file ${path}.`, {
      plugin: 'oauth',
      key: path,
      hint: 'Use the key or passphrase it was written with, or delete the file and sign in again.',
    })
  }
  const tagAt = bytes.length - sumBytes - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', cipherKey, nonce, { authTagLength: tagBytes })
  decipher.setAAD(header).setAuthTag(bytes.subarray(tagAt, tagAt + tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(headerBytes, tagAt)), decipher.final()])
  } catch {
    throw damaged(path, 'its contents were changed')
  }
}

export function damaged(path: string, why: string): BackupError {
  return new BackupError('corrupt', `The token file ${path} is damaged: ${why}.`, {
    plugin: 'oauth',
    key: path,
    hint: 'Delete the file and sign in again. No backup is concerned.',
  })
}

function keysOf(key: Uint8Array, salt: Uint8Array): [cipherKey: Buffer, check: Buffer] {
  const both = Buffer.from(hkdfSync('sha256', key, salt, '@backup/oauth token file 1', 48))
  return [both.subarray(0, 32), both.subarray(32)]
}

function sumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, sumBytes)
}
