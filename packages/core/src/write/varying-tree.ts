import type { Crypto } from '../contract/runtime.ts'
import { encodeListNode } from '../format/list.ts'
import { roles } from '../format/descriptor.ts'
import { idLength, unitNamer } from '../format/unit-id.ts'
import type { ListTree } from './uniform-tree.ts'

/** A node ends after an entry whose id begins with a zero byte, so an insertion disturbs only the nodes around it. */
const minEntries = 32
const maxEntries = 1024

/** The list of a stream that was cut by content, computed, not stored: FORMAT.md §12, form 2. */
export function varyingTree(crypto: Crypto, unitKey: Uint8Array, ids: Uint8Array, lengths: Uint32Array): ListTree {
  const namer = unitNamer(crypto, unitKey)
  const levels: { nodes: Uint8Array[]; ids: Uint8Array }[] = []
  let below: Entries = { ids, sizes: Array.from(lengths) }
  for (let level = 0; ; level++) {
    const groups = groupEntries(below)
    const nodes = groups.map(({ ids: part, sizes }) => encodeListNode({ level, ids: part, sizes }))
    const nodeIds = new Uint8Array(nodes.length * idLength)
    nodes.forEach((node, at) => namer.name(roles.list, node, nodeIds, at * idLength))
    levels.push({ nodes, ids: nodeIds })
    if (nodes.length === 1) return { root: { id: nodeIds, level }, levels }
    below = { ids: nodeIds, sizes: groups.map(({ sizes }) => sizes.reduce((sum, size) => sum + size, 0)) }
  }
}

interface Entries {
  readonly ids: Uint8Array
  readonly sizes: readonly number[]
}

function groupEntries({ ids, sizes }: Entries): Entries[] {
  const groups: Entries[] = []
  let start = 0
  sizes.forEach((_, entry) => {
    const count = entry + 1 - start
    const natural = count >= minEntries && ids[entry * idLength] === 0
    if (!natural && count < maxEntries && entry + 1 < sizes.length) return
    groups.push({ ids: ids.subarray(start * idLength, (entry + 1) * idLength), sizes: sizes.slice(start, entry + 1) })
    start = entry + 1
  })
  return groups
}
