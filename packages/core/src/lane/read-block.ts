import type { Block } from '../contract/lane.ts'
import { free } from '../codec/free.ts'
import { BackupError } from '../errors.ts'
import { gearChunker } from '../chunk/gear.ts'
import type { ScanContext } from './scan-context.ts'
import type { Fingerprint, LaneFiles } from './tools.ts'

/** A block, cut into units. */
export interface ReadBlock {
  /** All units one after the other; those that did not change may be missing, and then nothing is where they would be. */
  readonly bytes: Uint8Array
  readonly lengths: Uint32Array
  /** Ordinals of the units that changed, ascending. */
  readonly changed: Uint32Array
  /** Fast hashes of all units, 16 bytes each, if they were asked for and can be had. */
  readonly hashes?: Uint8Array
}

/** Reads a block, cuts it, and finds out which units changed. */
export function readBlock(context: ScanContext, block: Block): ReadBlock {
  const { cut } = block
  if (cut.kind === 'gear') {
    const own = bytesOf(context, block)
    const { bytes, lengths } = cutByContent(context, cut, own)
    // Put behind what was left of the block before, and copied for that.
    if (isGiven(block) && bytes.buffer !== own.buffer) free(own)
    return { bytes, lengths, changed: upTo(lengths.length) }
  }
  if (cut.kind === 'pieces') {
    const bytes = bytesOf(context, block)
    const lengths = cutPieces(context, cut, bytes)
    return { bytes, lengths, changed: upTo(lengths.length) }
  }
  if (cut.kind === 'lengths') return { bytes: bytesOf(context, block), lengths: cut.lengths, changed: upTo(cut.lengths.length) }
  return readPages(context, block, cut.unitLength)
}

function readPages(context: ScanContext, block: Block, pageBytes: number): ReadBlock {
  const { files } = context
  const { bytes: where, known, remember } = block
  const fingerprinter = known || remember ? context.fingerprinter() : undefined
  const size = where.kind === 'file' ? where.length : where.bytes.length
  const lengths = pageLengths(size, pageBytes)
  if (!fingerprinter) return { bytes: bytesOf(context, block), lengths, changed: upTo(lengths.length) }

  const hashes = new Uint8Array(lengths.length * hashLength)
  if (known && where.kind === 'file' && files) {
    const pieceBytes = Math.max(1, Math.floor(passingBytes / pageBytes)) * pageBytes
    const passed = { path: where.path, offset: where.offset, size, pageBytes, pieceBytes, hashes, known }
    return { ...readInPassing(context, files, fingerprinter, passed), lengths, hashes }
  }
  const bytes = bytesOf(context, block)
  fingerprinter.pages(bytes, pageBytes, hashes, 0)
  return { bytes, lengths, hashes, changed: known ? differing(hashes, known, 0, lengths.length) : upTo(lengths.length) }
}

interface Passed {
  readonly path: string
  readonly offset: number
  readonly size: number
  readonly pageBytes: number
  readonly pieceBytes: number
  readonly hashes: Uint8Array
  readonly known: Uint8Array
}

/**
 * Most pages of most runs did not change. They are read to where they are hashed, piece by piece, and go no further; only
 * pieces in which something changed are kept.
 */
function readInPassing(context: ScanContext, files: LaneFiles, fingerprinter: Fingerprint, passed: Passed): Pick<ReadBlock, 'bytes' | 'changed'> {
  const { path, offset, size, pageBytes, pieceBytes, hashes, known } = passed
  const changed = new Uint32Array(Math.ceil(size / pageBytes))
  let bytes = new Uint8Array(0)
  let count = 0
  for (let at = 0; at < size; at += pieceBytes) {
    const piece = fingerprinter.buffer.subarray(0, Math.min(pieceBytes, size - at))
    files.read(path, offset + at, piece)
    const first = at / pageBytes
    const pages = fingerprinter.pages(piece, pageBytes, hashes, first * hashLength)
    const found = differing(hashes, known, first, pages)
    if (found.length === 0) continue
    if (bytes.length === 0) bytes = emptyBuffer(context, size)
    bytes.set(piece, at)
    changed.set(found, count)
    count += found.length
  }
  return { bytes, changed: changed.slice(0, count) }
}

/** Is its memory the lane's own? */
export function isGiven({ bytes }: Block): boolean {
  return bytes.kind === 'memory' && bytes.given === true
}

function bytesOf(context: ScanContext, { bytes: where }: Block): Uint8Array {
  if (where.kind === 'memory') return where.bytes
  if (!context.files) throw new BackupError('unsupported', 'This runtime has no files to read blocks from.', { key: where.path })
  const bytes = emptyBuffer(context, where.length)
  context.files.read(where.path, where.offset, bytes)
  return bytes
}

function emptyBuffer({ spare }: ScanContext, length: number): Uint8Array<ArrayBuffer> {
  const at = spare.findIndex((candidate) => candidate.buffer.byteLength >= length)
  const buffer = at >= 0 ? spare.splice(at, 1)[0]!.buffer : new ArrayBuffer(length)
  return new Uint8Array(buffer as ArrayBuffer, 0, length)
}

function pageLengths(length: number, unitLength: number): Uint32Array {
  const lengths = new Uint32Array(Math.ceil(length / unitLength)).fill(unitLength)
  const rest = length % unitLength
  if (rest > 0) lengths[lengths.length - 1] = rest
  return lengths
}

function cutByContent(
  context: ScanContext,
  cut: Extract<Block['cut'], { kind: 'gear' }>,
  bytes: Uint8Array,
): { bytes: Uint8Array; lengths: Uint32Array } {
  let chunker = context.chunkers.get(cut.stream)
  if (!chunker) context.chunkers.set(cut.stream, (chunker = gearChunker(context.gearTable(), cut.limits)))
  if (cut.last) context.chunkers.delete(cut.stream)
  return chunker.push(bytes, cut.last)
}

/** Most pieces of most streams are one chunk. */
function cutPieces({ gearTable }: ScanContext, { limits, pieces }: Extract<Block['cut'], { kind: 'pieces' }>, bytes: Uint8Array): Uint32Array {
  const chunker = gearChunker(gearTable(), limits)
  const found: number[] = []
  let start = 0
  for (const length of pieces) {
    if (length <= limits.minBytes) found.push(length)
    else for (const chunk of chunker.push(bytes.subarray(start, start + length), true).lengths) found.push(chunk)
    start += length
  }
  return Uint32Array.from(found)
}

function upTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => at)
}

/** Ordinals of the pages from `first` on whose hash is not the one that is known. */
function differing(hashes: Uint8Array, known: Uint8Array, first: number, pages: number): Uint32Array {
  const found = new Uint32Array(pages)
  const a = words(hashes)
  const b = words(known)
  let count = 0
  for (let page = first; page < first + pages; page++) {
    const at = page * 2
    if (at + 1 < b.length && a[at] === b[at] && a[at + 1] === b[at + 1]) continue
    found[count++] = page
  }
  return found.slice(0, count)
}

/** The known part may lie anywhere in its buffer; 64-bit views need alignment. */
function words(bytes: Uint8Array): BigUint64Array {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  return new BigUint64Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 8))
}

const hashLength = 16
/** Small enough to stay in the processor's cache from reading to hashing. */
const passingBytes = 512 << 10
