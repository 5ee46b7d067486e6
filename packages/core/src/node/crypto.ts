import * as native from 'node:crypto'
import type { Aead, Crypto } from '../contract/runtime.ts'
import type { SuiteId } from '../contract/suite.ts'
import { deriving } from '../crypto/deriving.ts'
import { hchacha20 } from '../crypto/hchacha20.ts'
import { checkArgon2, checkPbkdf2, checkScrypt } from '../crypto/kdf-limits.ts'
import { portableXChaCha } from '../crypto/portable-xchacha.ts'
import { type BareAead, keyLength, strictAead, tagLength } from '../crypto/suites.ts'
import { free } from '../codec/free.ts'
import { plainBytes } from './plain-bytes.ts'

/**
 * Cryptography by `node:crypto`, for Node and whatever offers the same modules (Bun, Deno).
 *
 * Newer functions are used where they are present, never by version: one-shot `hash` (Node 21.7), `argon2`
 * (Node 24.7). What is missing, such as ChaCha20-Poly1305 in runtimes built on BoringSSL, is done in plain
 * JavaScript.
 */
export const nodeCrypto: Crypto = {
  random: (length) => native.randomFillSync(new Uint8Array(length)),
  sha256: (bytes) => sha256Into(bytes, new Uint8Array(hashLength), 0, hashLength),
  sha256Into,
  sha256Stream() {
    const hash = native.createHash('sha256')
    return {
      update(bytes) {
        hash.update(bytes)
      },
      digest: () => plainBytes(hash.digest()),
    }
  },
  hkdf: (ikm, salt, info) => new Uint8Array(native.hkdfSync('sha256', keyObject(ikm), salt, info, keyLength)),
  aead,
  async argon2id(secret, salt, cost) {
    checkArgon2(cost)
    if (!argon2) {
      // Loaded when it is needed: a worker thread never derives keys.
      const { portableCrypto } = await import('../crypto/portable.ts')
      return portableCrypto.argon2id(secret, salt, cost)
    }
    const parameters = {
      message: secret,
      nonce: salt,
      memory: cost.memoryKiB,
      passes: cost.passes,
      parallelism: cost.lanes,
      tagLength: keyLength,
    }
    return deriving('argon2id', () => called((done) => argon2('argon2id', parameters, done)))
  },
  async scrypt(secret, salt, cost) {
    checkScrypt(cost)
    const { cost: N, blockSize: r, parallel: p } = cost
    // What OpenSSL counts: p + 2 blocks beside the N that scrypt is about.
    const options = { N, r, p, maxmem: 128 * r * (N + p + 2) }
    return deriving('scrypt', () => called((done) => native.scrypt(secret, salt, keyLength, options, done)))
  },
  async pbkdf2(secret, salt, iterations) {
    checkPbkdf2(iterations)
    return deriving('pbkdf2-sha256', () =>
      called((done) => native.pbkdf2(secret, salt, iterations, keyLength, 'sha256', done)),
    )
  },
}

type Done = (error: Error | null, result: Uint8Array) => void

interface Argon2Parameters {
  readonly message: Uint8Array
  readonly nonce: Uint8Array
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly tagLength: number
}

/** Newer than the types of the oldest Node that is supported. */
const { argon2 } = native as {
  argon2?: (algorithm: 'argon2id', parameters: Argon2Parameters, done: Done) => void
}

const { hash: oneShot } = native as { hash?: typeof native.hash }
const hashLength = 32

function sha256Into(bytes: Uint8Array, out: Uint8Array, at: number, length: number): Uint8Array {
  if (!oneShot) {
    out.set(native.createHash('sha256').update(bytes).digest().subarray(0, length), at)
    return out
  }
  // As text it comes a fourth sooner than as a Buffer.
  const hash = oneShot('sha256', bytes, 'binary')
  for (let index = 0; index < length; index++) out[at + index] = hash.charCodeAt(index)
  return out
}

function called(start: (done: Done) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(plainBytes(result))))
  })
}

function aead(suite: SuiteId, key: Uint8Array): Aead {
  if (suite === 2) return strictAead(suite, key, hasChaCha() ? xchacha : portableXChaCha)
  return strictAead(suite, key, aesGcm)
}

/** Bare bytes would be turned into one by every call, which then takes twice as long; of small objects that is most of the time. */
function keyObject(key: Uint8Array): native.KeyObject {
  return native.createSecretKey(key)
}

function aesGcm(bytes: Uint8Array): BareAead {
  const key = keyObject(bytes)
  return {
    seal: (nonce, plain, associated) => seal('aes-256-gcm', key, nonce, plain, associated),
    open: (nonce, sealed, associated) => open('aes-256-gcm', key, nonce, sealed, associated),
  }
}

/** XChaCha20-Poly1305 from its parts: draft-irtf-cfrg-xchacha-03 §2.3. */
function xchacha(key: Uint8Array): BareAead {
  const rest = (nonce: Uint8Array): Uint8Array => {
    const short = new Uint8Array(12)
    short.set(nonce.subarray(16), 4)
    return short
  }
  return {
    seal: (nonce, plain, associated) => seal(chacha, keyObject(hchacha20(key, nonce)), rest(nonce), plain, associated),
    open: (nonce, sealed, associated) => open(chacha, keyObject(hchacha20(key, nonce)), rest(nonce), sealed, associated),
  }
}

const chacha = 'chacha20-poly1305'

type Cipher = 'aes-256-gcm' | typeof chacha

function seal(
  cipher: Cipher,
  key: native.KeyObject,
  nonce: Uint8Array,
  plain: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  // The name decides among overloads; both ciphers are of the kind that `aes-256-gcm` stands for.
  const sealing = native.createCipheriv(cipher as 'aes-256-gcm', key, nonce, { authTagLength: tagLength })
  sealing.setAAD(associated)
  const sealed = roomFor(plain.length + tagLength)
  inPieces(sealing, plain, sealed)
  sealing.final()
  sealed.set(sealing.getAuthTag(), plain.length)
  return sealed
}

function open(
  cipher: Cipher,
  key: native.KeyObject,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const end = sealed.length - tagLength
  const opening = native.createDecipheriv(cipher as 'aes-256-gcm', key, nonce, { authTagLength: tagLength })
  opening.setAAD(associated)
  opening.setAuthTag(sealed.subarray(end))
  const whole = end <= pieceLength
  const plain = whole ? plainBytes(opening.update(sealed.subarray(0, end))) : roomFor(end)
  if (!whole) inPieces(opening, sealed.subarray(0, end), plain)
  opening.final()
  return plain
}

/** Not zeroed: all of it is written. */
function roomFor(length: number): Uint8Array {
  return plainBytes(Buffer.allocUnsafeSlow(length))
}

/** Small enough that what a cipher returns is still in the cache when it is copied. */
const pieceLength = 1 << 18

/** Each call of a cipher makes an array of its own, twice over: in pieces that takes a third of the time. */
function inPieces(cipher: { update(bytes: Uint8Array): Uint8Array }, from: Uint8Array, into: Uint8Array): void {
  for (let at = 0; at < from.length; at += pieceLength) {
    const piece = cipher.update(from.subarray(at, at + pieceLength))
    into.set(piece, at)
    free(piece)
  }
}

let chachaWorks: boolean | undefined

/** Lists of ciphers are not to be trusted in every runtime, so it is tried, once. */
function hasChaCha(): boolean {
  return (chachaWorks ??= tryChaCha())
}

function tryChaCha(): boolean {
  const [nonce, message] = [new Uint8Array(12), new Uint8Array(1)]
  try {
    const key = keyObject(new Uint8Array(keyLength))
    const opened = open(chacha, key, nonce, seal(chacha, key, nonce, message, message), message)
    return opened.length === message.length
  } catch {
    return false
  }
}
