import { gcm } from '@noble/ciphers/aes.js'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import type { Aead, SuiteId } from '../contract/runtime.ts'
import { type BareAead, strictAead } from './suites.ts'
import { type Subtle, unshared, webCrypto } from './web-crypto.ts'

/** Both suites without native code of our own; AES-256-GCM through WebCrypto where there is one. */
export function portableAead(suite: SuiteId, key: Uint8Array): Aead {
  return strictAead(suite, key, (ownKey) => {
    if (suite === 2) return plainAead(xchacha20poly1305, ownKey)
    const subtle = webCrypto()?.subtle
    return subtle ? webGcm(subtle, ownKey) : plainAead(gcm, ownKey)
  })
}

type NobleCipher = (key: Uint8Array, nonce: Uint8Array, associated: Uint8Array) => {
  encrypt(plain: Uint8Array): Uint8Array
  decrypt(sealed: Uint8Array): Uint8Array
}

function plainAead(cipher: NobleCipher, key: Uint8Array): BareAead {
  return {
    seal: (nonce, plain, associated) => cipher(key, nonce, associated).encrypt(plain),
    open: (nonce, sealed, associated) => cipher(key, nonce, associated).decrypt(sealed),
  }
}

function webGcm(subtle: Subtle, key: Uint8Array): BareAead {
  let imported: ReturnType<Subtle['importKey']> | undefined
  const use = (): ReturnType<Subtle['importKey']> =>
    (imported ??= subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']))
  const parameters = (nonce: Uint8Array, associated: Uint8Array) =>
    ({ name: 'AES-GCM', iv: unshared(nonce), additionalData: unshared(associated) }) as const
  return {
    async seal(nonce, plain, associated) {
      return new Uint8Array(await subtle.encrypt(parameters(nonce, associated), await use(), unshared(plain)))
    },
    async open(nonce, sealed, associated) {
      return new Uint8Array(await subtle.decrypt(parameters(nonce, associated), await use(), unshared(sealed)))
    },
  }
}
