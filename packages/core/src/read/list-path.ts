import { BackupError } from '../errors.ts'
import type { CommitStream } from '../format/commit.ts'
import { type ListNode, decodeListNode, uniformEntries, uniformFanOut } from '../format/list.ts'
import { hex } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import { keptBySize } from './kept-by-size.ts'

/** Where a byte of a stream is. */
export interface UnitInStream {
  /** The unit's id is at `at` of these. */
  readonly ids: Uint8Array
  readonly at: number
  /** Of the stream: where the unit begins, and what it holds of it. */
  readonly start: number
  readonly length: number
}

/** Finds single units of a stream: reads only those nodes of its list that lie on the way there. */
export interface ListPaths {
  /** @param position within the stream */
  find(position: number): Promise<UnitInStream>
}

/** Of nodes: those of a stream of a gigabyte. */
const keptBytes = 4 << 20
const keptLeaves = 256

/**
 * @param readNode the node whose id is at `at` of `ids`
 * @throws `corrupt` when nodes do not add up to what those above them say
 */
export function listPaths(
  stream: CommitStream,
  readNode: (ids: Uint8Array, at: number) => Promise<Uint8Array>,
): ListPaths {
  const { root, size, units, chunking } = stream
  const nodes = keptBySize<string, Promise<ListNode>>(keptBytes)
  /** Ids in nodes of the lowest level, by the number of the node: who reads on finds the next unit at once. */
  const leaves = new Map<number, Uint8Array>()
  const unitLength = chunking.kind === 'pages' ? chunking.unitLength : undefined

  const nodeAt = (ids: Uint8Array, at: number, level: number): Promise<ListNode> => {
    const key = hex(ids.subarray(at, at + idLength))
    const found = nodes.get(key)
    if (found) return found
    const reading = readNode(ids, at).then((bytes) => decodeListNode(bytes, level, unitLength !== undefined))
    nodes.set(key, reading, uniformFanOut * idLength)
    reading.catch(() => nodes.delete(key, reading))
    return reading
  }
  const corrupt = (found: string): BackupError => new BackupError('corrupt', `The list of stream "${stream.name}" has ${found}.`)

  /** Every node but those at the right edge is full: the way is known beforehand. */
  const inPages = async (position: number, pageBytes: number): Promise<UnitInStream> => {
    const unit = Math.floor(position / pageBytes)
    const start = unit * pageBytes
    const length = Math.min(pageBytes, size - start)
    const leaf = Math.floor(unit / uniformFanOut)
    const known = leaves.get(leaf)
    if (known) return { ids: known, at: (unit % uniformFanOut) * idLength, start, length }
    let [ids, at] = [root!.id, 0]
    for (let { level } = root!; level >= 0; level--) {
      const below = uniformFanOut ** level
      const first = unit - (unit % (below * uniformFanOut))
      const node = await nodeAt(ids, at, level)
      if (node.ids.length / idLength !== uniformEntries(level, units - first)) throw corrupt('a node with other entries than belong there')
      ids = node.ids
      at = Math.floor((unit - first) / below) * idLength
    }
    if (leaves.size === keptLeaves) leaves.delete(leaves.keys().next().value!)
    leaves.set(leaf, ids)
    return { ids, at, start, length }
  }
  /** Nodes say how much of the stream is below each of their entries. */
  const inPieces = async (position: number): Promise<UnitInStream> => {
    let [ids, at, start, length] = [root!.id, 0, 0, size]
    for (let { level } = root!; level >= 0; level--) {
      const node = await nodeAt(ids, at, level)
      const sizes = node.sizes!
      if (sizes.reduce((sum, one) => sum + one, 0) !== length) throw corrupt('a node whose parts have other sizes than it says')
      let entry = 0
      while (start + sizes[entry]! <= position) start += sizes[entry++]!
      ids = node.ids
      at = entry * idLength
      length = sizes[entry]!
    }
    return { ids, at, start, length }
  }
  return { find: (position) => (unitLength === undefined ? inPieces(position) : inPages(position, unitLength)) }
}
