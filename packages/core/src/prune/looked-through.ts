import { hex } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import { type NodeChange, type NodeEntries, differing, nodeChanges, together } from '../index/node-changes.ts'
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

/**
 * What was looked through at each place of a list. From one snapshot to the next few of a node's 256 entries change: the others need not be
 * looked for again. What changed is remembered, by the backup that wrote the list or by the collection that read it: then nothing is read.
 */
export interface LookedThrough {
  /**
   * Entries of a node whose changes are known, but for those that are in another node too, for which this was called before.
   * `undefined` when it has to be read. Whichever it is, all of it has to be looked through.
   */
  remembered(node: ListPlace): NodeEntries | undefined
  /** The same for a node that was just read. @param ids of all its entries */
  read(node: ListPlace, ids: Uint8Array): NodeEntries
  /** Remembers for the next collection what was asked for in this one, and nothing else. */
  keepThese(): void
}

export function lookedThrough(repository: Repository): LookedThrough {
  const changes = nodeChanges(repository)
  const found = new Map<string, NodeChange>()
  /** Nodes that are looked through here. */
  const asked = new Set<string>()
  const levels: Map<number, { readonly name: string; readonly ids: Uint8Array }>[] = []
  let room = limits.keptListBytes

  /** The change since a node that is looked through here: the one before it may be of a snapshot that is gone. */
  const sinceAsked = (name: string): NodeChange | undefined => {
    const steps: NodeChange[] = []
    for (let change = changes.find(name); change && steps.length < mostSteps; change = changes.find(change.from)) {
      steps.push(change)
      if (asked.has(change.from)) return steps.reduce(together)
    }
    return undefined
  }

  return {
    remembered({ id }) {
      const name = hex(id)
      const change = sinceAsked(name)
      asked.add(name)
      if (change) found.set(name, change)
      return change
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
      if (before) found.set(name, { ...entries, from: before.name, count: ids.length / idLength })
      return entries
    },
    keepThese: () => changes.keepOnly(found),
  }
}

/** Snapshots between two that are kept, as a rule: a quarter of an hour apart, and a day. */
const mostSteps = 100
