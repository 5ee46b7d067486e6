import type { CodecTable } from './codec.ts'
import type { LaneSetup, Lanes } from './lane.ts'
import type { SuiteId } from './suite.ts'

/**
 * What the machine underneath offers: cryptography, codecs, parallel lanes, local state.
 *
 * There are two: `nodeRuntime` (native code, worker threads; from `@backup/core/node`) and `portableRuntime` (plain
 * JavaScript and WebCrypto). What one writes, the other reads. Plugins that only exist on Node bring `nodeRuntime` along, so an application rarely names one.
 */
export interface Runtime {
  readonly name: string
  readonly crypto: Crypto
  readonly codecs: CodecTable
  /** Lanes that make sense on this machine; 0 means in the caller's own thread. */
  readonly lanes: number
  openLanes(setup: LaneSetup): Promise<Lanes>
  /** Opens the local state of one repository; `directory` overrides where it is kept. */
  openState(repository: string, directory?: string): Promise<StateStore>
}

/** The few primitives the format needs. All byte results belong to the caller. */
export interface Crypto {
  random(length: number): Uint8Array
  sha256(bytes: Uint8Array): Uint8Array
  /** Writes the first `length` bytes of the hash to `out` at `at`: for hundreds of thousands of pages, an array for each is too many. */
  sha256Into(bytes: Uint8Array, out: Uint8Array, at: number, length: number): void
  /** SHA-256 over pieces. */
  sha256Stream(): HashStream
  /** HKDF-SHA-256 (RFC 5869), 32 bytes. */
  hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array
  /** A cipher for one key. */
  aead(suite: SuiteId, key: Uint8Array): Aead
  /** Argon2id version 0x13 (RFC 9106), 32 bytes. */
  argon2id(secret: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array>
  /** scrypt (RFC 7914), 32 bytes. */
  scrypt(secret: Uint8Array, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array>
  /** PBKDF2-HMAC-SHA-256 (RFC 8018), 32 bytes. */
  pbkdf2(secret: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array>
}

export interface HashStream {
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

/** Authenticated encryption under one key; the 16-byte tag follows the ciphertext. */
export interface Aead {
  /** Bytes a nonce must have. */
  readonly nonceLength: number
  seal(nonce: Uint8Array, plain: Uint8Array, associated: Uint8Array): Promise<Uint8Array> | Uint8Array
  /** @throws `corrupt` when the tag does not fit. */
  open(nonce: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Promise<Uint8Array> | Uint8Array
}

export interface Argon2Cost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

export interface ScryptCost {
  readonly cost: number
  readonly blockSize: number
  readonly parallel: number
}

/**
 * Local state: a cache that makes things faster and never truer. Everything in it may be lost, stale or damaged at any
 * time; readers of an item check what they read.
 */
export interface StateStore {
  read(name: string): Promise<Uint8Array | undefined>
  /** Replaces the item, old or new after a crash, never a mixture. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** Makes an item that nobody has made, all of it or nothing: of several processes that try, one does. @returns whether it was this one */
  create(name: string, bytes: Uint8Array): Promise<boolean>
  remove(name: string): Promise<void>
  list(): Promise<string[]>
  /** Where the item is (or would be) as a file; absent where there are no files. */
  path?(name: string): string
  /** Makes a private folder for one piece of work; absent where there are no files. */
  temporaryFolder?(): Promise<TemporaryFolder>
}

/** What is left of it when the program is killed goes when the state is opened next time. */
export interface TemporaryFolder {
  readonly path: string
  /** Takes it away with all that is in it. */
  remove(): Promise<void>
}
