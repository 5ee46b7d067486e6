import type { BareAead } from './suites.ts'

/** A cipher of `@noble/ciphers`, which is made anew for every message. */
export type NobleCipher = (
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
) => {
  encrypt(plain: Uint8Array): Uint8Array
  decrypt(sealed: Uint8Array): Uint8Array
}

export function nobleAead(cipher: NobleCipher, key: Uint8Array): BareAead {
  return {
    seal: (nonce, plain, associated) => cipher(key, nonce, associated).encrypt(plain),
    open: (nonce, sealed, associated) => cipher(key, nonce, associated).decrypt(sealed),
  }
}
