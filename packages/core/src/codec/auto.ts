import { type Codec, type CodecId, type CodecTable, codecIds } from '../contract/codec.ts'
import type { CodecChoice } from '../contract/lane.ts'
import { free } from './free.ts'
import { looksCompressible, pays, spread } from './compressible.ts'
import { chosenLevel } from './levels.ts'
import { encoderFor } from './table.ts'

export interface Encoded {
  readonly id: CodecId
  /**
   * The plain bytes themselves where the codec is `store`; otherwise as {@link Codec.encode} returned them.
   */
  readonly stored: Uint8Array
}

/**
 * Encodes with the chosen codec, or stores the bytes as they are when that saves less than 3 %.
 *
 * `auto` takes zstd where it can be written, at level 1 unless told otherwise. Elsewhere it takes gzip at
 * level 1, or lz4 where a sample shows that gzip would hardly save more. Before anything slow, a sample shows
 * whether it is worth while at all.
 *
 * @throws `unsupported` when this runtime cannot write the codec, `config` when the codec has no such level.
 */
export function encodeSmallest(codecs: CodecTable, choice: CodecChoice, plain: Uint8Array): Encoded {
  const asItIs: Encoded = { id: codecIds.store, stored: plain }
  const auto = choice.codec === 'auto'
  const first = auto ? preferred(codecs) : choice.codec
  const encoder = encoderFor(codecs, first, 'current')
  const level = auto ? autoLevel(codecs[first], choice.level) : chosenLevel(codecs[first].name, choice.level)
  if (first === codecIds.store) return asItIs
  if (level >= slowFrom[first] && !looksCompressible(plain)) return asItIs

  const swap = auto && first === codecIds.gzip && lz4IsEnough(codecs, plain)
  const id = swap ? codecIds.lz4 : first
  const stored = swap ? encoderFor(codecs, id, 'current')(plain) : encoder(plain, level, choice.shape)
  if (pays(stored.length, plain.length)) return { id, stored }
  if (stored.buffer !== plain.buffer) free(stored)
  return asItIs
}

/**
 * From this level on, noise costs so much that a look at a sample is cheaper; below, codecs notice it
 * themselves.
 */
const slowFrom: Readonly<Record<CodecId, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4 }

function preferred(codecs: CodecTable): CodecId {
  return codecs[codecIds.zstd].encode ? codecIds.zstd : codecIds.gzip
}

/**
 * Levels of `auto` are those of zstd; where gzip stands in for it, levels beyond its own become its greatest.
 */
function autoLevel(codec: Codec, level: number | undefined): number {
  if (level === undefined) return 1
  return Math.min(chosenLevel('zstd', level), codec.levels.max)
}

const samplePieces = 4
const sampleLength = 8192

/** lz4 runs several times as fast as gzip in plain JavaScript, so it may be a tenth worse. */
function lz4IsEnough(codecs: CodecTable, plain: Uint8Array): boolean {
  if (plain.length < samplePieces * sampleLength * 2) return false
  const sample = spread(plain, samplePieces, sampleLength)
  const size = (id: CodecId): number => codecs[id].encode?.(sample, 1).length ?? Number.POSITIVE_INFINITY
  return size(codecIds.lz4) <= size(codecIds.gzip) * 1.1
}
