import { idLength } from '../format/unit-id.ts'

/** Some entries of a node of a list. */
export interface NodeEntries {
  /** Their numbers in the node. */
  readonly numbers: readonly number[]
  /** 16 bytes each. */
  readonly ids: Uint8Array
}

/** What a node has that another one at the same place has not. */
export interface NodeChange extends NodeEntries {
  /** The other one's id, as text. */
  readonly from: string
  /** Entries of the node in all. */
  readonly count: number
}

/**
 * How nodes of lists differ from the ones before them, by their ids. Under an id there is never anything else, so what is known once is known
 * for good: whoever wrote the list of a snapshot, or looked through it, need not read it again. Kept as far as there is room.
 */
export interface NodeChanges {
  /** @returns whether there was room */
  note(id: string, change: NodeChange): boolean
  /** All that is known now. */
  all(): [id: string, change: NodeChange][]
  /** These are known elsewhere. */
  forget(ids: Iterable<string>): void
}

/** Bytes kept for a repository: of most nodes it is a few hundred. */
export const keptChanges: { bytes: number } = { bytes: 8 << 20 }

const known = new WeakMap<object, NodeChanges>()

/** @param repository that of the nodes: others have other ids */
export function nodeChanges(repository: object): NodeChanges {
  const found = known.get(repository) ?? create()
  known.set(repository, found)
  return found
}

function create(): NodeChanges {
  const changes = new Map<string, NodeChange>()
  let room = keptChanges.bytes
  const bytesOf = ({ ids }: NodeChange): number => aroundBytes + ids.length
  return {
    note(id, change) {
      const bytes = bytesOf(change)
      if (changes.has(id)) return true
      if (bytes > room) return false
      room -= bytes
      changes.set(id, change)
      return true
    },
    all: () => [...changes],
    forget(ids) {
      for (const id of ids) {
        const change = changes.get(id)
        if (!change) continue
        room += bytesOf(change)
        changes.delete(id)
      }
    },
  }
}

/** What objects and texts take besides, about. */
const aroundBytes = 256

/** Entries that are not the same as the one with their number in another node. Copies: `ids` may be a part of the list of a whole database. */
export function differing(ids: Uint8Array, others: Uint8Array): NodeEntries {
  const numbers: number[] = []
  const [own, other] = [wordsOf(ids), wordsOf(others)]
  for (let at = 0; at < own.length; at += 4) {
    if (own[at] === other[at] && own[at + 1] === other[at + 1] && own[at + 2] === other[at + 2] && own[at + 3] === other[at + 3]) continue
    numbers.push(at / 4)
  }
  if (numbers.length * idLength === ids.length) return { numbers, ids: ids.slice() }
  const some = new Uint8Array(numbers.length * idLength)
  numbers.forEach((number, at) => some.set(ids.subarray(number * idLength, (number + 1) * idLength), at * idLength))
  return { numbers, ids: some }
}

/** The same bytes four at a time: an id is four such words. */
function wordsOf(ids: Uint8Array): Uint32Array {
  const isAligned = ids.byteOffset % 4 === 0
  return isAligned ? new Uint32Array(ids.buffer, ids.byteOffset, ids.length / 4) : new Uint32Array(ids.slice().buffer)
}
