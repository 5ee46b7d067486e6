import { gcm } from '@noble/ciphers/aes.js'
import type { Aead } from '../contract/runtime.ts'
import type { SuiteId } from '../contract/suite.ts'
import { nobleAead } from './noble-aead.ts'
import { portableXChaCha } from './portable-xchacha.ts'
import { type BareAead, strictAead } from './suites.ts'
import { type Subtle, unshared, webCrypto } from './web-crypto.ts'

/** Both suites without native code of our own; AES-256-GCM through WebCrypto where there is one. */
export function portableAead(suite: SuiteId, key: Uint8Array): Aead {
  return strictAead(suite, key, suite === 2 ? portableXChaCha : portableGcm)
}

function portableGcm(key: Uint8Array): BareAead {
  const subtle = webCrypto()?.subtle
  return subtle ? webGcm(subtle, key) : nobleAead(gcm, key)
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
      return new Uint8Array(
        await subtle.decrypt(parameters(nonce, associated), await use(), unshared(sealed)),
      )
    },
  }
}
