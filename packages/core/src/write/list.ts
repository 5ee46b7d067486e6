import type { BlockBases } from '../contract/lane.ts'
import type { ListRoot } from '../format/commit.ts'
import { equalBytes, hex, joinBytes } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import { type NodeChanges, differing, nodeChanges } from '../index/node-changes.ts'
import type { StreamState } from './stream-state.ts'
import { type KnownList, entriesOf, uniformNames, uniformNode } from './uniform-tree.ts'
import { varyingTree } from './varying-tree.ts'
import type { Writer, WrittenIds } from './writer.ts'

/**
 * Stores the list of a pages stream.
 *
 * @param previous the last snapshot's list: nodes that changed a little are stored as deltas to its
 */
export async function writeUniformList(writer: Writer, ids: Uint8Array, previous: KnownList | undefined): Promise<ListRoot | null> {
  if (ids.length === 0) return null
  const { crypto } = writer.repository.runtime
  const { unitKey } = writer.repository.laneSetup(0)
  const { root, levels } = uniformNames(crypto, unitKey, ids, previous)
  for (const level of levels) writer.refersTo(level)
  // The same units as last time: their list is stored already.
  if (previous && equalBytes(root.id, previous.levels.at(-1)!)) return root
  const levelOf = (list: KnownList, level: number): ListLevel | undefined => {
    const [below, own] = [list.levels[level - 1] ?? list.ids, list.levels[level]]
    return own && { ids: own, node: (at) => uniformNode(below, level, at) }
  }
  const before = writer.deltas ? previous : undefined
  if (previous) noteChanges(nodeChanges(writer.repository), { ids, levels }, previous)
  for (const level of levels.keys()) await storeNodes(writer, levelOf({ ids, levels }, level)!, before && levelOf(before, level))
  return root
}

/** What changed in each node, for whoever wants to know what snapshots need: nobody has to read the list for that. */
function noteChanges(changes: NodeChanges, list: KnownList, before: KnownList): void {
  for (const [level, ids] of list.levels.entries()) {
    const others = before.levels[level] ?? new Uint8Array(0)
    for (let at = 0; at * idLength < Math.min(ids.length, others.length); at++) {
      const [own, other] = [idAt(ids, at), idAt(others, at)]
      if (equalBytes(own, other)) continue
      const entries = entriesOf(list.levels[level - 1] ?? list.ids, at)
      const change = differing(entries, entriesOf(before.levels[level - 1] ?? before.ids, at))
      changes.note(hex(own), { ...change, from: hex(other), count: entries.length / idLength })
    }
  }
}

const idAt = (ids: Uint8Array, at: number): Uint8Array => ids.subarray(at * idLength, (at + 1) * idLength)

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
  for (const { nodes, ids: own } of tree.levels) await storeNodes(writer, { ids: own, node: (at) => nodes[at]! })
  return tree.root
}

function equalLengths(one: Uint32Array, other: Uint32Array): boolean {
  return one.length === other.length && one.every((length, at) => length === other[at])
}

/** Nodes of one level. */
interface ListLevel {
  /** 16 bytes each. */
  readonly ids: Uint8Array
  node(at: number): Uint8Array
}

/** Nodes are units like any other: named, deduplicated, gathered, sealed. Of a long list that changed a little, few are not stored yet. */
async function storeNodes(writer: Writer, { ids, node }: ListLevel, before?: ListLevel): Promise<void> {
  const lane = writer.lanes[0]!
  const { units, isWhole } = writer.repository.catalog
  let nodes: { readonly at: number; readonly bytes: Uint8Array }[] = []
  let gathered = 0
  const store = async (): Promise<void> => {
    const bases = before && basesOf(nodes, before)
    const block = writer.nextNumber()
    const scanned = await lane.scan({
      id: block,
      role: 'list',
      bytes: { kind: 'memory', bytes: joinBytes(...nodes.map(({ bytes }) => bytes)), given: true },
      cut: { kind: 'lengths', lengths: Uint32Array.from(nodes, ({ bytes }) => bytes.length) },
      remember: false,
      ...(bases && { bases }),
    })
    await writer.gather.add(lane, { block, role: 'list', scanned, ...(bases && { baseIds: bases.ids }) })
    nodes = []
    gathered = 0
  }
  for (let at = 0; at * idLength < ids.length; at++) {
    const unit = units.find(ids, at * idLength)
    if (unit >= 0 && isWhole(unit)) continue
    const bytes = node(at)
    if (nodes.length > 0 && gathered + bytes.length > writer.blockBytes) await store()
    nodes.push({ at, bytes })
    gathered += bytes.length
  }
  if (nodes.length > 0) await store()
}

/** The node at the same place of the previous list, where it has the same length. */
function basesOf(nodes: readonly { readonly at: number; readonly bytes: Uint8Array }[], before: ListLevel): BlockBases {
  const offsets = new Float64Array(nodes.length)
  const ids = new Uint8Array(nodes.length * idLength)
  const parts: Uint8Array[] = []
  let offset = 0
  nodes.forEach(({ at, bytes }, position) => {
    const base = at * idLength < before.ids.length ? before.node(at) : undefined
    if (base?.length !== bytes.length) return
    offsets[position] = offset
    offset += base.length
    parts.push(base)
    ids.set(before.ids.subarray(at * idLength, (at + 1) * idLength), position * idLength)
  })
  return { from: { kind: 'memory', bytes: joinBytes(...parts) }, offsets, ids, update: false }
}
