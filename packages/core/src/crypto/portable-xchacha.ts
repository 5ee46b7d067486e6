import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { nobleAead } from './noble-aead.ts'
import type { BareAead } from './suites.ts'

/** Apart from the other suite, so that runtimes which only lack this one load nothing else. */
export function portableXChaCha(key: Uint8Array): BareAead {
  return nobleAead(xchacha20poly1305, key)
}
