import { BackupError } from '../errors.ts'
import { maxPlainLength } from './descriptor.ts'
import { viewOf } from './text.ts'
import { idLength } from './unit-id.ts'

/** A node of the tree that spells out a stream: FORMAT.md §12. */
export interface ListNode {
  /** 0: entries are data units; n: entries are nodes of level n − 1. */
  readonly level: number
  /** 16 bytes for each entry. */
  readonly ids: Uint8Array
  /** Bytes of the stream under each entry; absent in uniform lists, where arithmetic tells. */
  readonly sizes?: readonly number[]
}

/** Entries of a full node of a uniform list. */
export const uniformFanOut = 256
export const maxLevel = 8
/** Entries of any node, at most. */
export const maxCount = 65_536

const nodeHeader = 8

export function encodeListNode(node: ListNode): Uint8Array {
  const count = node.ids.length / idLength
  const sizeLength = node.level === 0 ? 4 : 8
  const bytes = new Uint8Array(nodeHeader + node.ids.length + (node.sizes ? count * sizeLength : 0))
  const view = viewOf(bytes)
  bytes[0] = node.level
  bytes[1] = node.sizes ? 2 : 1
  view.setUint32(4, count, true)
  bytes.set(node.ids, nodeHeader)
  let at = nodeHeader + node.ids.length
  for (const size of node.sizes ?? []) {
    if (node.level === 0) view.setUint32(at, size, true)
    else view.setBigUint64(at, BigInt(size), true)
    at += sizeLength
  }
  return bytes
}

/** @throws `corrupt` unless the bytes are exactly one node of the level and form that the reader expects here. */
export function decodeListNode(bytes: Uint8Array, level: number, uniform: boolean): ListNode {
  if (bytes.length < nodeHeader) throw corrupt('it is cut short')
  const view = viewOf(bytes)
  if (bytes[0] !== level) throw corrupt(`it has level ${bytes[0]} where ${level} belongs`)
  if (bytes[1] !== (uniform ? 1 : 2)) throw corrupt(`it has form ${bytes[1]}`)
  if (view.getUint16(2, true) !== 0) throw corrupt('reserved bytes are not zero')
  const count = view.getUint32(4, true)
  if (count < 1 || count > (uniform ? uniformFanOut : maxCount)) throw corrupt(`it has ${count} entries`)
  const sizeLength = uniform ? 0 : level === 0 ? 4 : 8
  if (bytes.length !== nodeHeader + count * (idLength + sizeLength)) throw corrupt('its length does not fit its entries')
  const ids = bytes.slice(nodeHeader, nodeHeader + count * idLength)
  if (uniform) return { level, ids }
  const start = nodeHeader + ids.length
  const sizes = Array.from({ length: count }, (_, entry) => readSize(view, start + entry * sizeLength, level))
  return { level, ids, sizes }
}

/**
 * Entries that a node of a uniform list has.
 *
 * @param left units of the stream from the first one below the node to the last of all
 */
export function uniformEntries(level: number, left: number): number {
  return Math.min(uniformFanOut, Math.ceil(left / uniformFanOut ** level))
}

function readSize(view: DataView, at: number, level: number): number {
  const size = level === 0 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))
  const most = level === 0 ? maxPlainLength : Number.MAX_SAFE_INTEGER
  if (size < 1 || size > most) throw corrupt(`an entry has ${size} bytes`)
  return size
}

function corrupt(why: string): BackupError {
  return new BackupError('corrupt', `A list node is damaged: ${why}.`)
}
