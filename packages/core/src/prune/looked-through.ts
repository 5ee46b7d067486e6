import { idLength } from '../format/unit-id.ts'
import { differing } from '../index/node-changes.ts'
import type { UnitIndex } from '../index/unit-index.ts'
import { missingUnit } from '../read/missing-unit.ts'
import { limits } from './limits.ts'
import { type NodeLog, type NumberedChange, type NumberedEntries, nodeLog } from './node-log.ts'

/** A node of a uniform list. */
export interface ListPlace {
  readonly unit: number
  readonly level: number
  /** Which one of its level it is, counted from the left. */
  readonly place: number
}

/**
 * What was looked through at each place of a list. From one snapshot to the next few of a node's 256 entries change: the others need not be
 * looked for again. What changed is remembered, by the backup that wrote the list or by the collection that read it: then nothing is read,
 * and no id is looked up.
 */
export interface LookedThrough {
  /**
   * Entries of a node whose changes are known, but for those that are in another node too, for which this was called before.
   * `undefined` when it has to be read. Whichever it is, all of it has to be looked through. Their units have a number, and need not be stored.
   */
  remembered(node: number): NumberedEntries | undefined
  /**
   * The same for a node that was just read.
   *
   * @param ids of all its entries
   * @throws `corrupt` when one of those that are not in the other node is not stored
   */
  read(node: ListPlace, ids: Uint8Array): NumberedEntries
  /** What the next collection has to remember of this one, and nothing else. */
  readonly found: NodeLog
}

/** @param before what is remembered */
export function lookedThrough(units: UnitIndex, before: NodeLog): LookedThrough {
  const found = nodeLog(limits.keptNodesBytes / Uint32Array.BYTES_PER_ELEMENT)
  /** Of each node where what is remembered of it begins, plus one. */
  const starts = new Uint32Array(units.size)
  for (const start of before.starts()) {
    const { node } = before.at(start)
    if (starts[node] === 0) starts[node] = start + 1
  }
  /** Nodes that are looked through here. */
  const asked = new Uint8Array(units.size)
  const levels: Map<number, { readonly unit: number; readonly ids: Uint8Array }>[] = []
  let room = limits.keptListBytes

  /** The change since a node that is looked through here: the one before it may be of a snapshot that is gone. */
  const sinceAsked = (node: number): NumberedChange | undefined => {
    const steps: NumberedChange[] = []
    let start = starts[node] ?? 0
    while (start > 0 && steps.length < mostSteps) {
      const change = before.at(start - 1)
      steps.push(change)
      if (asked[change.from] === 1) return steps.length === 1 ? change : together(steps)
      start = starts[change.from] ?? 0
    }
    return undefined
  }

  return {
    found,
    remembered(node) {
      const change = sinceAsked(node)
      asked[node] = 1
      if (change) found.add(change)
      return change
    },
    read({ unit, level, place }, ids) {
      const places = (levels[level] ??= new Map<number, { readonly unit: number; readonly ids: Uint8Array }>())
      const other = places.get(place)
      if (other) room += other.ids.length
      if (ids.length <= room) places.set(place, { unit, ids })
      else places.delete(place)
      if (places.has(place)) room -= ids.length
      const { numbers, ids: own } = differing(ids, other?.ids ?? new Uint8Array(0))
      const entries = numbered(units, own, numbers)
      if (other) found.add({ ...entries, node: unit, from: other.unit, count: ids.length / idLength })
      return entries
    },
  }
}

/** Snapshots between two that are kept, as a rule: a quarter of an hour apart, and a day. */
const mostSteps = 100

/**
 * Entries by the numbers of their units.
 *
 * @throws `corrupt` when one is not stored
 */
export function numbered(units: UnitIndex, ids: Uint8Array, places?: readonly number[]): NumberedEntries {
  const words = new Uint32Array((ids.length / idLength) * 2)
  for (let entry = 0; entry * idLength < ids.length; entry++) {
    const unit = units.find(ids, entry * idLength)
    if (unit < 0) throw missingUnit(ids, entry * idLength)
    words[entry * 2] = places?.[entry] ?? entry
    words[entry * 2 + 1] = unit
  }
  return { words, start: 0, end: words.length }
}

/** What the first of these nodes has that the one before the last has not. @param steps each from the next one */
function together(steps: readonly NumberedChange[]): NumberedChange {
  const { node, count } = steps[0]!
  const entries = new Map<number, number>()
  for (const { words, start, end } of steps) {
    for (let pair = start; pair < end; pair += 2) {
      const [place, unit] = [words[pair]!, words[pair + 1]!]
      // Of the nodes in between nothing counts but what is still there: what else they had may be gone.
      if (place < count && !entries.has(place)) entries.set(place, unit)
    }
  }
  const words = Uint32Array.from([...entries].flat())
  return { node, from: steps.at(-1)!.from, count, words, start: 0, end: words.length }
}
