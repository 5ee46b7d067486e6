import type { SealedSegment } from '../contract/lane.ts'
import type { HashStream } from '../contract/runtime.ts'
import type { CommitPack } from '../format/commit.ts'
import { decodeDescriptor, descriptorLength, roles, tagLength } from '../format/descriptor.ts'
import { headerLength } from '../format/header.ts'
import { hex } from '../format/text.ts'
import { free } from '../codec/free.ts'
import { type SegmentEntry, encodeToc } from '../format/toc.ts'
import type { CatalogSegment } from '../index/catalog.ts'
import type { Repository } from '../repository/repository.ts'
import { limits } from './limits.ts'
import { sealProvedTail } from '../repository/proved-tail.ts'
import type { Uploader } from './uploader.ts'

/** A place in a pack for one segment that is about to be sealed. */
export interface Place {
  readonly header: Uint8Array
  readonly objectKey: Uint8Array
  readonly ordinal: number
  /** Gives the sealed segment back. */
  fill(sealed: SealedSegment): Promise<void>
}

/** What the table of contents says about the units of a segment, and under which number the catalog expects it. */
export interface SegmentUnits {
  readonly number: number
  readonly lengths: number | Uint32Array
  readonly ids: Uint8Array
  readonly bases?: Uint8Array
  readonly chains?: Uint8Array
}

/** Puts sealed segments together to packs, and hands full ones to the uploader. */
export interface Packer {
  /** Finds room for a segment of these units, which takes that many plain bytes at most. */
  place(plainBytes: number, units: SegmentUnits, isList: boolean): Place
  /** Closes the last packs and waits until all are stored. */
  finish(): Promise<CommitPack[]>
}

/** Room for a full pack and its tail. */
const wholePack = limits.packBytes + limits.segmentBytes
/** A small backup needs no more. */
const firstBytes = limits.segmentBytes / 16

interface OpenPack {
  readonly header: Uint8Array
  readonly key: Uint8Array
  readonly hash: HashStream
  readonly entries: SegmentEntry[]
  readonly numbers: number[]
  /** Empty until the first segment comes. */
  body: Uint8Array
  length: number
  /** Of the table of contents, about. */
  tableBytes: number
  /** Plain bytes of segments that are on their way: they will not take more, and a tag each. */
  expected: number
  outstanding: number
  ordinals: number
  closed: boolean
}

/**
 * @param ahead fill the next pack while as many are on their way as the provider takes at a time. That takes the memory of one
 * more pack, and pays only where others do the work meanwhile.
 */
export function createPacker(repository: Repository, uploader: Uploader, ahead: boolean): Packer {
  const packs: CommitPack[] = []
  const closing: Promise<void>[] = []
  /** Resolves when the last full pack is on its way, or there is room for another. */
  let sent: Promise<void> = Promise.resolve()
  /**
   * Lists of what does not fit into one pack have packs of their own: their tables of contents are small, so the commit repeats them, and
   * whoever looks up a page need not read a large one to get at the list.
   */
  const open: { data?: OpenPack | undefined; list?: OpenPack | undefined } = {}
  let closed = 0
  /** Memory of whole packs, used again: fresh memory costs as much as filling it. */
  const spare: Uint8Array[] = []
  const recycle = (body: Uint8Array): void => {
    if (body.length === wholePack) spare.push(body)
    else free(body)
  }
  const emptyBody = (): Uint8Array => spare.pop() ?? new Uint8Array(packs.length === 0 ? firstBytes : wholePack)

  const close = async (pack: OpenPack): Promise<void> => {
    const toc = encodeToc(pack.entries)
    const end = await sealProvedTail(repository.tails, pack.header, roles.toc, toc, pack.length - headerLength)
    append(pack, end)
    const body = pack.body.subarray(0, pack.length)
    const stored = { name: hex(pack.hash.digest()), size: body.length, tail: end.length - descriptorLength }
    pack.entries.forEach(({ ids: _, ...entry }, at) => {
      const segment: CatalogSegment = { ...entry, pack: stored.name }
      repository.catalog.settle(pack.numbers[at]!, segment)
    })
    repository.catalog.notePack(stored)
    await uploader.room()
    uploader.send({ ...stored, toc: null }, body, () => recycle(pack.body))
    packs.push({ ...stored, toc })
  }
  const closeWhenFilled = (pack: OpenPack): void => {
    if (!pack.closed || pack.outstanding > 0) return
    sent = ahead ? close(pack) : close(pack).then(() => uploader.room())
    // `finish` rethrows; until then a failure must not count as unhandled.
    sent.catch(() => {})
    closing.push(sent)
  }
  const closeOpen = (of: keyof typeof open): void => {
    const pack = open[of]
    if (!pack) return
    pack.closed = true
    closed++
    closeWhenFilled(pack)
    open[of] = undefined
  }
  const packFor = (plainBytes: number, units: SegmentUnits, isList: boolean): OpenPack => {
    const of = isList && closed > 0 ? 'list' : 'data'
    const tableBytes = tableBytesOf(units)
    if (open[of] && !hasRoom(open[of], plainBytes, tableBytes)) closeOpen(of)
    const pack = (open[of] ??= emptyPack(repository))
    pack.expected += plainBytes + tagLength
    pack.tableBytes += tableBytes
    return pack
  }

  return {
    place(plainBytes, units, isList) {
      const pack = packFor(plainBytes, units, isList)
      const ordinal = pack.ordinals++
      pack.outstanding++
      return {
        header: pack.header,
        objectKey: pack.key,
        ordinal,
        async fill(sealed) {
          // Here the pipeline waits for slow storage: while a full pack waits to be sent, the next one is not filled.
          await sent
          if (pack.length === 0) {
            pack.body = isList ? new Uint8Array(firstBytes) : emptyBody()
            append(pack, pack.header)
          }
          pack.entries.push(entryOf(sealed, units, pack.length))
          pack.numbers.push(units.number)
          append(pack, sealed.stored)
          free(sealed.stored)
          pack.expected -= plainBytes + tagLength
          pack.outstanding--
          closeWhenFilled(pack)
        },
      }
    },
    async finish() {
      closeOpen('data')
      closeOpen('list')
      await Promise.all(closing)
      await uploader.finish()
      // What comes now, commit and local state, is to find this memory free.
      for (const body of spare) free(body)
      return packs
    },
  }
}

function emptyPack(repository: Repository): OpenPack {
  return {
    ...repository.newObject('pack'),
    hash: repository.runtime.crypto.sha256Stream(),
    entries: [],
    numbers: [],
    body: new Uint8Array(0),
    length: 0,
    tableBytes: 0,
    expected: 0,
    outstanding: 0,
    ordinals: 0,
    closed: false,
  }
}

function append(pack: OpenPack, bytes: Uint8Array): void {
  const needed = pack.length + bytes.length
  if (needed > pack.body.length) {
    // Small backups stay small in memory; a large one grows to a whole pack, with room for its tail, in three steps.
    const grown = pack.body.length * 4
    const larger = new Uint8Array(Math.max(needed, grown * 2 > wholePack ? wholePack : grown))
    larger.set(pack.body.subarray(0, pack.length))
    free(pack.body)
    pack.body = larger
  }
  pack.body.set(bytes, pack.length)
  pack.hash.update(bytes)
  pack.length = needed
}

/** A segment that alone is too large gets a pack of its own. */
function hasRoom({ length, expected, tableBytes, ordinals }: OpenPack, plainBytes: number, entryBytes: number): boolean {
  if (ordinals === 0) return true
  return length + expected + plainBytes + tagLength <= limits.packBytes && tableBytes + entryBytes <= limits.tableBytes
}

function tableBytesOf({ ids, lengths, bases, chains }: SegmentUnits): number {
  return ids.length + (typeof lengths === 'number' ? 0 : lengths.byteLength) + (bases?.length ?? 0) + (chains?.length ?? 0)
}

function entryOf(sealed: SealedSegment, units: SegmentUnits, offset: number): SegmentEntry {
  const { number: _, ...rest } = units
  return { descriptor: decodeDescriptor(sealed.descriptor), offset, units: units.ids.length / 16, ...rest }
}
