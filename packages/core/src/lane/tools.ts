import type { CodecTable } from '../contract/codec.ts'
import type { Crypto } from '../contract/runtime.ts'

/** What a lane is made of: the runtime's primitives, and files where there are any. */
export interface LaneTools {
  readonly crypto: Crypto
  readonly codecs: CodecTable
  readonly files?: LaneFiles
  /** Makes the fast change detector, where the runtime has one. */
  readonly fingerprint?: (key: Uint8Array) => Fingerprint
}

/** Files as a lane needs them: positioned, synchronous, kept open between calls. */
export interface LaneFiles {
  /** Fills `into` completely from `offset`. @throws `source` when the file is shorter. */
  read(path: string, offset: number, into: Uint8Array): void
  write(path: string, offset: number, bytes: Uint8Array): void
  /** Like `write`, but the bytes may wait for others until `close`, which tells of a failure then. `read` sees them. */
  place(path: string, offset: number, bytes: Uint8Array): void
  close(): void
}

/** A keyed hash for finding changes against local state, never stored in a repository. */
export interface Fingerprint {
  /** Memory of a megabyte or more into which pages may be read to be hashed where they are. */
  readonly buffer: Uint8Array
  /** Writes 16 bytes for each page of the block, and returns how many pages there were. */
  pages(block: Uint8Array, pageBytes: number, out: Uint8Array, outOffset: number): number
}
