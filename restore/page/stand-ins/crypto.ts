import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { Buffer } from './buffer.ts'

/** The ciphers of FORMAT.md §6.2, by the names that Node gives them. */
const ciphers = { 'aes-256-gcm': gcm, 'chacha20-poly1305': chacha20poly1305 }

interface Decipher {
  setAAD(associated: Uint8Array): void
  setAuthTag(tag: Uint8Array): void
  update(text: Uint8Array): Buffer
  final(): void
}

/** WebCrypto would be quicker, and answers too late for a program that reads one thing after the other. */
export default {
  getCiphers: () => Object.keys(ciphers),

  createHash() {
    const hash = sha256.create()
    return { update: (part: Uint8Array | string) => void hash.update(Buffer.from(part as Uint8Array)), digest: () => Buffer.from(hash.digest()) }
  },

  hkdfSync: (_: string, key: Uint8Array, salt: Uint8Array, info: Uint8Array | string, length: number) =>
    hkdf(sha256, key, salt, Buffer.from(info as Uint8Array), length),

  pbkdf2Sync: (password: Uint8Array, salt: Uint8Array, c: number, dkLen: number) => Buffer.from(pbkdf2(sha256, password, salt, { c, dkLen })),

  scryptSync(password: Uint8Array, salt: Uint8Array, dkLen: number, cost: { N: number; r: number; p: number }) {
    try {
      return Buffer.from(scrypt(password, salt, { ...cost, dkLen, maxmem: 2 ** 32 - 1 }))
    } catch (error) {
      throw Object.assign(error as Error, { code: 'TOO_COSTLY' })
    }
  },

  createDecipheriv(name: keyof typeof ciphers, key: Uint8Array, nonce: Uint8Array): Decipher {
    let associated = new Uint8Array()
    let tag = new Uint8Array()
    let failure: unknown
    return {
      setAAD: (bytes) => void (associated = new Uint8Array(bytes)),
      setAuthTag: (bytes) => void (tag = new Uint8Array(bytes)),
      update(text) {
        try {
          return Buffer.from(ciphers[name](key, nonce, associated).decrypt(Buffer.concat([text, tag])).buffer)
        } catch (error) {
          failure = error
          return Buffer.alloc(0)
        }
      },
      final() {
        if (failure !== undefined) throw failure
      },
    }
  },
}
