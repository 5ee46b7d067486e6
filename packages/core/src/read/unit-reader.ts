import type { CallOptions } from '../contract/provider.ts'
import { free } from '../codec/free.ts'
import { BackupError } from '../errors.ts'
import { applyDelta } from '../format/delta.ts'
import { type SegmentRole, encodeDescriptor, roles } from '../format/descriptor.ts'
import { decodeHeader, headerLength, segmentNonce } from '../format/header.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import { idLength, unitNamer } from '../format/unit-id.ts'
import type { CatalogSegment } from '../index/catalog.ts'
import { decode } from '../lane/decode.ts'
import { healing } from '../repository/objects.ts'
import type { Repository } from '../repository/repository.ts'
import { keptBySize } from './kept-by-size.ts'
import { missingUnit } from './missing-unit.ts'
import { getFromPack } from './removed-meanwhile.ts'

/** Reads single units, wherever they are. For lists, and where there are no lanes; whole snapshots go another way. */
export interface UnitReader {
  /**
   * The bytes of the unit whose id is at `at` of `ids`, checked against that id. Not to be changed: they belong to what is kept.
   *
   * @throws `corrupt` when the unit is in no pack, or is not what its id says.
   */
  read(role: SegmentRole, ids: Uint8Array, at: number, options?: CallOptions): Promise<Uint8Array>
  /**
   * Fetches a segment of the catalog that will be needed, and those right behind it in its pack, unless they are there. A failure is told to
   * who needs it.
   *
   * @param storedBytes of all of them together
   * @returns when they are there, or cannot be had
   */
  begin(segment: number, storedBytes: number, options?: CallOptions): Promise<void>
}

/** What has to be known of a repository to read units. */
export type UnitPlace = Pick<Repository, 'provider' | 'runtime' | 'catalog' | 'laneSetup' | 'keyFor'>

export interface UnitReaderOptions {
  /** Decoded segments kept, in bytes. @default 16 MiB */
  readonly keptBytes?: number
  /** Stored bytes of lists that are fetched in one request: who reads one node often wants those behind it. @default 1 MiB */
  readonly listBytes?: number
}

/** Longest delta chain a reader follows: FORMAT.md §11. */
export const maxChain = 16
/** A pack of up to that size is read as a whole: that takes one request instead of two for each segment. */
const smallBytes = 256 << 10
/** Of such packs, read a moment ago. */
const keptPackBytes = 8 * smallBytes

export function unitReader(place: UnitPlace, { keptBytes = 16 << 20, listBytes = 1 << 20 }: UnitReaderOptions = {}): UnitReader {
  const { provider, runtime, catalog } = place
  const namer = unitNamer(runtime.crypto, place.laneSetup(0).unitKey)
  const segments = keptBySize<number, Promise<OpenedUnits>>(keptBytes)
  const small = keptBySize<ObjectName, Promise<Uint8Array>>(keptPackBytes)
  const headers = new Map<ObjectName, Promise<Uint8Array>>()

  const headerOf = (pack: ObjectName, options: CallOptions): Promise<Uint8Array> => {
    const found = headers.get(pack) ?? getFromPack(provider, pack, { ...options, range: { offset: 0, length: headerLength } })
    headers.set(pack, found)
    return found
  }
  /** Header and stored bytes of segments that lie side by side. */
  const fetched = async (run: readonly number[], options: CallOptions): Promise<readonly FetchedSegment[]> => {
    const all = run.map((number) => catalog.segment(number))
    const { pack, offset: start } = all[0]!
    const last = all.at(-1)!
    const length = last.offset + last.descriptor.storedLength - start
    const size = catalog.packs.get(pack)?.size ?? Number.POSITIVE_INFINITY
    const cut = (header: Uint8Array, bytes: Uint8Array, from: number): FetchedSegment[] =>
      all.map(({ offset, descriptor }) => ({ header, stored: bytes.subarray(offset - from, offset - from + descriptor.storedLength) }))
    if (size > smallBytes) {
      const range = { offset: start, length }
      const [header, bytes] = await Promise.all([headerOf(pack, options), getFromPack(provider, pack, { ...options, range })])
      return cut(header, bytes, start)
    }
    const whole = small.get(pack) ?? getFromPack(provider, pack, { ...options, range: { offset: 0, length: size } })
    small.set(pack, whole, size)
    const bytes = await whole
    return cut(bytes.subarray(0, headerLength), bytes, 0)
  }
  const openSegment = async (segment: CatalogSegment, header: Uint8Array, stored: Uint8Array): Promise<OpenedUnits> => {
    const { descriptor } = segment
    const decoded = decodeHeader(header)
    const aead = runtime.crypto.aead(decoded.suite, place.keyFor(decoded, header))
    const nonce = segmentNonce(aead.nonceLength, descriptor.ordinal)
    const opened = await aead.open(nonce, stored, joinBytes(header, encodeDescriptor(descriptor)))
    const plain = decode(runtime, descriptor.codec, opened, descriptor.plainLength)
    if (plain.buffer !== opened.buffer && opened.buffer !== stored.buffer) free(opened)
    return { plain, starts: startsOf(segment, plain) }
  }
  const openOne = (number: number, first: Promise<FetchedSegment>, options: CallOptions): Promise<OpenedUnits> => {
    const segment = catalog.segment(number)
    let attempts = 0
    return healing(provider, packKey(segment.pack), options, async () => {
      try {
        const { header, stored } = attempts++ === 0 ? await first : (await fetched([number], options))[0]!
        return await openSegment(segment, header, stored)
      } catch (error) {
        // It may be what was damaged.
        headers.delete(segment.pack)
        small.delete(segment.pack)
        throw namingPack(error, segment.pack)
      }
    })
  }
  const opened = (number: number, options: CallOptions, storedBytes = catalog.segment(number).descriptor.role === roles.list ? listBytes : 0): Promise<OpenedUnits> => {
    const found = segments.get(number)
    if (found) return found
    const run = upTo(catalog.run(number, storedBytes), (next) => segments.get(next) !== undefined)
    const fetching = fetched(run, options)
    // Backwards: the one that was asked for is to be kept even where there is room for little.
    for (const [at, one] of [...run.entries()].reverse()) {
      const units = openOne(one, fetching.then((all) => all[at]!), options)
      segments.set(one, units, catalog.segment(one).descriptor.plainLength)
      // Who needs it is told; who does not is not concerned.
      units.catch(() => segments.delete(one, units))
    }
    return segments.get(number)!
  }

  const read = async (role: SegmentRole, ids: Uint8Array, at: number, options: CallOptions, depth: number): Promise<Uint8Array> => {
    const unit = catalog.units.find(ids, at)
    if (unit < 0) throw missingUnit(ids, at)
    if (depth > maxChain) throw new BackupError('corrupt', `A chain of deltas is longer than ${maxChain}.`)
    const number = catalog.units.segmentOf(unit)
    const ordinal = catalog.units.ordinalOf(unit)
    const segment = catalog.segment(number)
    if (segment.descriptor.role !== role) throw new BackupError('corrupt', `A unit has role ${segment.descriptor.role} where ${role} belongs.`)
    const { plain, starts } = await opened(number, options)
    const start = starts[ordinal]!
    const base = segment.bases?.subarray(ordinal * idLength, (ordinal + 1) * idLength)
    let bytes = plain.subarray(start, starts[ordinal + 1])
    if (base?.some((byte) => byte !== 0)) {
      const result = new Uint8Array(typeof segment.lengths === 'number' ? segment.lengths : segment.lengths[ordinal]!)
      applyDelta(plain, start, await read(role, base, 0, options, depth + 1), result)
      bytes = result
    }
    const id = new Uint8Array(idLength)
    namer.name(role, bytes, id, 0)
    if (!equalBytes(id, ids.subarray(at, at + idLength))) throw new BackupError('corrupt', 'A unit is not the one its id names.', { key: packKey(segment.pack) })
    return bytes
  }
  return {
    read: (role, ids, at, options = {}) => read(role, ids, at, options, 0),
    begin: (segment, storedBytes, options = {}) =>
      opened(segment, options, storedBytes).then(
        () => {},
        () => {},
      ),
  }
}

interface FetchedSegment {
  /** Of its pack. */
  readonly header: Uint8Array
  readonly stored: Uint8Array
}

interface OpenedUnits {
  readonly plain: Uint8Array
  /** Where each unit (or its program) starts, and where the last one ends. */
  readonly starts: Float64Array
}

/** Those before the first, but for the very first, of which `ends` is true. */
function upTo(run: readonly number[], ends: (number: number) => boolean): readonly number[] {
  const end = run.findIndex((number, at) => at > 0 && ends(number))
  return end < 0 ? run : run.slice(0, end)
}

/** Ciphers and codecs do not know what they were given. */
function namingPack(error: unknown, pack: ObjectName): unknown {
  if (!BackupError.is(error, 'corrupt') || error.key !== undefined) return error
  return new BackupError('corrupt', `Pack ${packKey(pack)} is damaged: ${error.message}`, { key: packKey(pack), hint: error.hint, cause: error })
}

function startsOf(segment: CatalogSegment, plain: Uint8Array): Float64Array {
  const starts = new Float64Array(segment.units + 1)
  const scratch = { base: new Uint8Array(0), out: new Uint8Array(0) }
  for (let unit = 0; unit < segment.units; unit++) {
    const length = typeof segment.lengths === 'number' ? segment.lengths : segment.lengths[unit]!
    const base = segment.bases?.subarray(unit * idLength, (unit + 1) * idLength)
    const isProgram = base?.some((byte) => byte !== 0) ?? false
    if (isProgram && scratch.out.length !== length) {
      scratch.base = new Uint8Array(length)
      scratch.out = new Uint8Array(length)
    }
    // A program must be run to learn where it ends; on an empty base that is cheap.
    starts[unit + 1] = isProgram ? applyDelta(plain, starts[unit]!, scratch.base, scratch.out) : starts[unit]! + length
  }
  return starts
}
