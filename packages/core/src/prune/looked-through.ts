import { hex } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import type { Repository } from '../repository/repository.ts'
import { limits } from './limits.ts'

/** A node of a uniform list. */
export interface ListPlace {
  /** 16 bytes. */
  readonly id: Uint8Array
  readonly level: number
  /** Which one of its level it is, counted from the left. */
  readonly place: number
}

/** Some entries of a node. */
export interface NodeEntries {
  /** Their numbers in the node. */
  readonly numbers: readonly number[]
  /** 16 bytes each. */
  readonly ids: Uint8Array
}

/**
 * What was looked through at each place of a list. From one snapshot to the next few of a node's 256 entries change: the others need not be
 * looked for again. What changed is remembered from one collection to the next, because under an id there is never anything else: the list
 * of a snapshot that both know is not read a second time.
 */
export interface LookedThrough {
  /**
   * Entries of a node that was read by an earlier collection, but for those that are in another node too, for which this was called before.
   * `undefined` when it has to be read. Whichever it is, all of it has to be looked through.
   */
  remembered(node: ListPlace): NodeEntries | undefined
  /** The same for a node that was just read. @param ids of all its entries */
  read(node: ListPlace, ids: Uint8Array): NodeEntries
  /** Remembers for the next collection what was asked for in this one, and nothing else. */
  keepThese(): void
}

/** What a node has that the other one has not. */
interface Difference extends NodeEntries {
  readonly from: string
}

const kept = new WeakMap<Repository, ReadonlyMap<string, Difference>>()

export function lookedThrough(repository: Repository): LookedThrough {
  const known = kept.get(repository)
  const found = new Map<string, Difference>()
  /** Nodes that are looked through here. */
  const asked = new Set<string>()
  const levels: Map<number, { readonly name: string; readonly ids: Uint8Array }>[] = []
  let room = limits.keptListBytes
  let foundRoom = limits.keptNodesBytes
  const keep = (name: string, difference: Difference): void => {
    const bytes = aroundBytes + difference.ids.length
    if (bytes > foundRoom) return
    foundRoom -= bytes
    found.set(name, difference)
  }

  return {
    remembered({ id }) {
      const name = hex(id)
      const difference = known?.get(name)
      const isUsable = difference !== undefined && asked.has(difference.from)
      asked.add(name)
      if (!isUsable) return undefined
      keep(name, difference)
      return difference
    },
    read({ id, level, place }, ids) {
      const name = hex(id)
      const places = (levels[level] ??= new Map<number, { readonly name: string; readonly ids: Uint8Array }>())
      const before = places.get(place)
      if (before) room += before.ids.length
      if (ids.length <= room) places.set(place, { name, ids })
      else places.delete(place)
      if (places.has(place)) room -= ids.length
      const entries = differing(ids, before?.ids ?? new Uint8Array(0))
      if (before) keep(name, { ...entries, from: before.name })
      return entries
    },
    keepThese: () => void kept.set(repository, found),
  }
}

/** What objects and texts take besides, about. */
const aroundBytes = 256

/** Entries that are not the same as the one with their number in another node. */
function differing(ids: Uint8Array, others: Uint8Array): NodeEntries {
  const numbers: number[] = []
  const [own, other] = [wordsOf(ids), wordsOf(others)]
  for (let at = 0; at < own.length; at += 4) {
    if (own[at] === other[at] && own[at + 1] === other[at + 1] && own[at + 2] === other[at + 2] && own[at + 3] === other[at + 3]) continue
    numbers.push(at / 4)
  }
  if (numbers.length * idLength === ids.length) return { numbers, ids }
  const some = new Uint8Array(numbers.length * idLength)
  numbers.forEach((number, at) => some.set(ids.subarray(number * idLength, (number + 1) * idLength), at * idLength))
  return { numbers, ids: some }
}

/** The same bytes four at a time: an id is four such words. */
function wordsOf(ids: Uint8Array): Uint32Array {
  const isAligned = ids.byteOffset % 4 === 0
  return isAligned ? new Uint32Array(ids.buffer, ids.byteOffset, ids.length / 4) : new Uint32Array(ids.slice().buffer)
}
