import type { BlockBases } from '../contract/lane.ts'
import type { ListRoot } from '../format/commit.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import type { StreamState } from './stream-state.ts'
import { type TreeLevel, uniformTree } from './uniform-tree.ts'
import { varyingTree } from './varying-tree.ts'
import type { Writer, WrittenIds } from './writer.ts'

/**
 * Stores the list of a pages stream.
 *
 * @param previous ids of the last snapshot's units: nodes that changed a little are stored as deltas to theirs
 */
export async function writeUniformList(writer: Writer, ids: Uint8Array, previous: Uint8Array | undefined): Promise<ListRoot | null> {
  if (ids.length === 0) return null
  const { crypto } = writer.repository.runtime
  const { unitKey } = writer.repository.laneSetup(0)
  const tree = uniformTree(crypto, unitKey, ids)
  for (const level of tree.levels) writer.refersTo(level.ids)
  // The same units as last time: their list is stored already.
  if (previous && equalBytes(ids, previous)) return tree.root
  const before = writer.deltas && previous && previous.length > 0 ? uniformTree(crypto, unitKey, previous) : undefined
  for (const [level, nodes] of tree.levels.entries()) await storeNodes(writer, nodes.nodes, before?.levels[level])
  return tree.root
}

/**
 * Stores the list of a stream that was cut by content.
 *
 * @param previous the last snapshot's units: the same list is stored already
 */
export async function writeVaryingList(writer: Writer, written: Required<WrittenIds>, previous?: StreamState): Promise<ListRoot | null> {
  const { ids, lengths } = written
  if (ids.length === 0) return null
  const { crypto } = writer.repository.runtime
  const tree = varyingTree(crypto, writer.repository.laneSetup(0).unitKey, ids, lengths)
  for (const level of tree.levels) writer.refersTo(level.ids)
  if (previous?.lengths && equalBytes(ids, previous.ids) && equalLengths(lengths, previous.lengths)) return tree.root
  for (const { nodes } of tree.levels) await storeNodes(writer, nodes, undefined)
  return tree.root
}

function equalLengths(one: Uint32Array, other: Uint32Array): boolean {
  return one.length === other.length && one.every((length, at) => length === other[at])
}

/** Nodes are units like any other: named, deduplicated, gathered, sealed. */
async function storeNodes(writer: Writer, nodes: readonly Uint8Array[], before: TreeLevel | undefined): Promise<Uint8Array> {
  const lane = writer.lanes[0]!
  const ids: Uint8Array[] = []
  for (let start = 0; start < nodes.length; ) {
    let end = start
    let bytes = 0
    while (end < nodes.length && (end === start || bytes + nodes[end]!.length <= writer.blockBytes)) bytes += nodes[end++]!.length
    const part = nodes.slice(start, end)
    const bases = before && basesOf(part, before, start)
    const block = writer.nextNumber()
    const scanned = await lane.scan({
      id: block,
      role: 'list',
      bytes: { kind: 'memory', bytes: joinBytes(...part) },
      cut: { kind: 'lengths', lengths: Uint32Array.from(part, (node) => node.length) },
      remember: false,
      ...(bases && { bases }),
    })
    ids.push(scanned.ids)
    await writer.gather.add(lane, { block, role: 'list', scanned, ...(bases && { baseIds: bases.ids }) })
    start = end
  }
  return joinBytes(...ids)
}

/** The node at the same place of the previous list, where it has the same length. */
function basesOf(nodes: readonly Uint8Array[], before: TreeLevel, start: number): BlockBases {
  const offsets = new Float64Array(nodes.length)
  const ids = new Uint8Array(nodes.length * idLength)
  const parts: Uint8Array[] = []
  let offset = 0
  nodes.forEach((node, at) => {
    const base = before.nodes[start + at]
    if (base?.length !== node.length) return
    offsets[at] = offset
    offset += base.length
    parts.push(base)
    ids.set(before.ids.subarray((start + at) * idLength, (start + at + 1) * idLength), at * idLength)
  })
  return { from: { kind: 'memory', bytes: joinBytes(...parts) }, offsets, ids, update: false }
}
