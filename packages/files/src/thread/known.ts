import { hash } from 'node:crypto'
import { isText } from '../names.ts'

/**
 * What is remembered of the files of the last snapshot, in local state: where their bytes are in the stream, and by what a file is
 * recognized that has not changed. A table with a record for each file; little-endian, 16 bytes of a check sum behind it.
 *
 * | bytes | meaning |
 * | --- | --- |
 * | 16 | the first of SHA-256 of the path |
 * | 8 | size |
 * | 8, 8 | mtime and ctime, in nanoseconds |
 * | 8 | inode |
 * | 8 | where its bytes begin in the stream |
 * | 32 | SHA-256 of its bytes |
 */
export interface KnownFiles {
  /** The number of the record with this path, or -1. */
  find(path: string): number
  /** Is it the same file, as far as its facts can tell? */
  agrees(record: number, facts: { size: bigint; mtimeNs: bigint; ctimeNs: bigint; ino: bigint }): boolean
  offset(record: number): number
  hash(record: number): Uint8Array
}

export const recordLength = 88
const keyLength = 16
const sumLength = 16

/** A character for each byte: a buffer for each of 200,000 would keep the garbage collector busy. */
function keyOf(path: string): string {
  // Two paths that differ in halves of characters alone would be one in UTF-8.
  return hash('sha256', isText(path) ? path : JSON.stringify(path), 'binary').slice(0, keyLength)
}

/** Of a key, where it is looked for first. */
function slotOf(key: string): number {
  return key.charCodeAt(0) | (key.charCodeAt(1) << 8) | (key.charCodeAt(2) << 16) | (key.charCodeAt(3) << 24)
}

/** Nothing where there is no state, or none that can be believed. */
export function knownFiles(state: Uint8Array | undefined): KnownFiles | undefined {
  if (!state || state.length < sumLength || (state.length - sumLength) % recordLength !== 0) return undefined
  const count = (state.length - sumLength) / recordLength
  const bytes = Buffer.from(state.buffer, state.byteOffset, count * recordLength)
  if (!sumOf(bytes).equals(state.subarray(bytes.length))) return undefined

  // Open addressing, at most half full. Keys are hashes already.
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, count * 2))) - 1
  const slots = new Uint32Array(mask + 1)
  for (let record = 0; record < count; record++) {
    let slot = bytes.readUInt32LE(record * recordLength) & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = record + 1
  }
  return {
    find(path) {
      const key = keyOf(path)
      for (let slot = slotOf(key) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const at = (slots[slot]! - 1) * recordLength
        if (bytes.toString('latin1', at, at + keyLength) === key) return slots[slot]! - 1
      }
      return -1
    },
    agrees(record, { size, mtimeNs, ctimeNs, ino }) {
      const at = record * recordLength + keyLength
      return (
        bytes.readBigUInt64LE(at) === size &&
        bytes.readBigInt64LE(at + 8) === mtimeNs &&
        bytes.readBigInt64LE(at + 16) === ctimeNs &&
        bytes.readBigUInt64LE(at + 24) === BigInt.asUintN(64, ino)
      )
    },
    offset: (record) => Number(bytes.readBigUInt64LE(record * recordLength + keyLength + 32)),
    hash: (record) => bytes.subarray(record * recordLength + keyLength + 40, (record + 1) * recordLength),
  }
}

export interface KnownRecord {
  readonly path: string
  readonly size: number
  readonly mtime: bigint
  readonly ctime: bigint
  readonly inode: bigint
  readonly offset: number
  readonly hash: Uint8Array
}

export function encodeKnown(count: number, records: Iterable<KnownRecord>): Uint8Array {
  const bytes = Buffer.alloc(count * recordLength + sumLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  let at = 0
  for (const { path, size, mtime, ctime, inode, offset, hash: digest } of records) {
    bytes.write(keyOf(path), at, 'latin1')
    view.setBigUint64(at + 16, BigInt(size), true)
    view.setBigInt64(at + 24, mtime, true)
    view.setBigInt64(at + 32, ctime, true)
    view.setBigUint64(at + 40, inode, true)
    view.setBigUint64(at + 48, BigInt(offset), true)
    bytes.set(digest, at + 56)
    at += recordLength
  }
  const used = bytes.subarray(0, at)
  sumOf(used).copy(bytes, at)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, at + sumLength)
}

/** A table of an older layout has another one. */
const layout = 'files/1 '

function sumOf(bytes: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(layout), hash('sha256', bytes, 'buffer')]), 'buffer').subarray(0, sumLength)
}
