import type { Plugin } from './version.ts'
import type { Crypto } from './runtime.ts'

/**
 * One secret that opens the repository: a passphrase, a raw key, a recovery code, a key management service.
 *
 * The repository never stores the secret. It stores, in a slot, the key ring sealed under a key that this plugin
 * derives (FORMAT.md §5).
 */
export interface KeyProvider extends Plugin {
  /** The word in the slot's header that says who can open it: `[a-z][a-z0-9-]*`. */
  readonly slotKind: string

  /** Derives a fresh 32-byte key for a new slot, and says how to derive it again. */
  create(context: KeyContext): Promise<DerivedKey>

  /**
   * Derives the key for an existing slot from the parameters that `create` gave.
   *
   * @throws `unsupported` for parameters this version does not know; `config` for a secret that cannot be right, such
   * as a mistyped recovery code.
   */
  derive(kdf: KdfParameters, context: KeyContext): Promise<Uint8Array>
}

/** Stored in clear in the slot: everything but the secret. */
export interface KdfParameters {
  readonly name: string
  readonly [parameter: string]: string | number
}

export interface DerivedKey {
  readonly kdf: KdfParameters
  readonly key: Uint8Array
}

export interface KeyContext {
  readonly crypto: Crypto
  /** 16 bytes. */
  readonly repository: Uint8Array
}
