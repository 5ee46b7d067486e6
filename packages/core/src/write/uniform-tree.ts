import type { Crypto } from '../contract/runtime.ts'
import type { ListRoot } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { encodeListNode, uniformFanOut } from '../format/list.ts'
import { equalBytes } from '../format/text.ts'
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

/** The names of a list's nodes, without the nodes. */
export interface UniformNames {
  readonly root: ListRoot
  /** Ids of the nodes of each level, 16 bytes each. */
  readonly levels: readonly Uint8Array[]
}

/** A list of which the names are known. */
export interface KnownList {
  /** Ids of its data units. */
  readonly ids: Uint8Array
  /** Ids of its nodes, level by level. */
  readonly levels: readonly Uint8Array[]
}

/** Builds the tree over the ids of the data units; there is at least one. */
export function uniformTree(crypto: Crypto, unitKey: Uint8Array, units: Uint8Array): ListTree {
  const { root, levels } = uniformNames(crypto, unitKey, units)
  return {
    root,
    levels: levels.map((ids, level) => {
      const below = levels[level - 1] ?? units
      return { ids, nodes: Array.from({ length: ids.length / idLength }, (_, at) => uniformNode(below, level, at)) }
    }),
  }
}

/**
 * Names the nodes over the ids of the data units; there is at least one.
 *
 * @param before another list, whose names are used again where the nodes are the same: to name those of ten gigabytes takes a tenth of a
 * second, and most runs change few of them
 */
export function uniformNames(crypto: Crypto, unitKey: Uint8Array, units: Uint8Array, before?: KnownList): UniformNames {
  const namer = unitNamer(crypto, unitKey)
  const levels: Uint8Array[] = []
  let below = units
  do {
    const level = levels.length
    const known = before?.levels[level]
    const ids = new Uint8Array(Math.ceil(below.length / nodeIds) * idLength)
    for (let at = 0; at * idLength < ids.length; at++) {
      const isKnown = known && equalBytes(entriesOf(below, at), entriesOf(before.levels[level - 1] ?? before.ids, at))
      if (isKnown) ids.set(known.subarray(at * idLength, (at + 1) * idLength), at * idLength)
      else namer.name(roles.list, uniformNode(below, level, at), ids, at * idLength)
    }
    levels.push(ids)
    below = ids
  } while (below.length > idLength)
  return { root: { id: below, level: levels.length - 1 }, levels }
}

/** @param below ids of all that lies one level below */
export function uniformNode(below: Uint8Array, level: number, at: number): Uint8Array {
  return encodeListNode({ level, ids: entriesOf(below, at) })
}

const nodeIds = uniformFanOut * idLength

/** Ids of what lies below the node with this number. */
export function entriesOf(below: Uint8Array, at: number): Uint8Array {
  return below.subarray(at * nodeIds, (at + 1) * nodeIds)
}
