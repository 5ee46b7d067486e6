/** Numbers in the repository format (FORMAT.md §10). The registry only grows. */
export type CodecId = 0 | 1 | 2 | 3 | 4

export type CodecName = 'store' | 'gzip' | 'brotli' | 'lz4' | 'zstd'

/**
 * Bytes to fewer bytes and back.
 *
 * A codec is pure: the same input and level may give different bytes on different runtimes, and always the same bytes
 * after decoding. Run `codecSuite` from `@backup/core/testing` against yours.
 */
export interface Codec {
  readonly id: CodecId
  readonly name: CodecName
  /** Levels that `encode` accepts; outside of them it throws `config`. */
  readonly levels: { readonly min: number; readonly max: number; readonly default: number }

  /** Absent where this runtime can only read the codec. The result may be a view into a reused buffer until the next call. */
  encode?(plain: Uint8Array, level?: number, shape?: DataShape): Uint8Array

  /**
   * Restores exactly `plainLength` bytes. Stops as soon as there are more: the input may be hostile.
   *
   * @throws `corrupt` when the input is not of this codec, or decodes to more or fewer bytes.
   */
  decode?(stored: Uint8Array, plainLength: number): Uint8Array
}

/** What is known about the bytes, for codecs that can make use of it: `pages` of a database or disk image. */
export type DataShape = 'pages'

/** The codecs of a runtime, by id. */
export type CodecTable = Readonly<Record<CodecId, Codec>>

export const codecIds: Readonly<Record<CodecName, CodecId>> = { store: 0, gzip: 1, brotli: 2, lz4: 3, zstd: 4 }
