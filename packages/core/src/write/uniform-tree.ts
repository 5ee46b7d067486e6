import type { Crypto } from '../contract/runtime.ts'
import type { ListRoot } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { encodeListNode, uniformFanOut } from '../format/list.ts'
import { idLength, unitNamer } from '../format/unit-id.ts'

/** The list of a stream, level by level. */
export interface ListTree {
  readonly root: ListRoot
  readonly levels: readonly TreeLevel[]
}

export interface TreeLevel {
  /** Encoded nodes, left to right. */
  readonly nodes: readonly Uint8Array[]
  /** Their ids, 16 bytes each. */
  readonly ids: Uint8Array
}

/** Builds the tree over the ids of the data units; there is at least one. */
export function uniformTree(crypto: Crypto, unitKey: Uint8Array, units: Uint8Array): ListTree {
  const namer = unitNamer(crypto, unitKey)
  const levels: TreeLevel[] = []
  let below = units
  do {
    const level = levels.length
    const nodes: Uint8Array[] = []
    for (let at = 0; at < below.length; at += uniformFanOut * idLength) {
      nodes.push(encodeListNode({ level, ids: below.subarray(at, at + uniformFanOut * idLength) }))
    }
    const ids = new Uint8Array(nodes.length * idLength)
    nodes.forEach((node, at) => namer.name(roles.list, node, ids, at * idLength))
    levels.push({ nodes, ids })
    below = ids
  } while (below.length > idLength)
  return { root: { id: below, level: levels.length - 1 }, levels }
}
