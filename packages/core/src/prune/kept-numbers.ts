import type { CommitPack } from '../format/commit.ts'
import type { ObjectName } from '../format/names.ts'
import { hex, unhex } from '../format/text.ts'
import type { SegmentEntry } from '../format/toc.ts'
import { idLength } from '../format/unit-id.ts'
import type { CatalogSegment } from '../index/catalog.ts'
import { type NodeChange, nodeChanges } from '../index/node-changes.ts'
import type { PlacedUnits } from '../index/placed-units.ts'
import { type UnitIds, unitIds } from '../index/unit-ids.ts'
import type { Repository } from '../repository/repository.ts'
import type { PackTable } from './kept-tables.ts'
import { limits } from './limits.ts'
import { type NodeLog, nodeLog } from './node-log.ts'

/** What a pack says is in it, with the numbers of all its units, segment by segment. */
export interface NumberedPack {
  readonly pack: CommitPack
  readonly segments: readonly CatalogSegment[]
  readonly numbers: Uint32Array
}

/**
 * Units keep their number from one collection to the next: of packs and of nodes of lists that were there before, nothing is looked up.
 * A number says nothing but what the id is. Whether the unit is stored, and where, each collection finds out for itself.
 */
export interface KeptNumbers {
  readonly ids: UnitIds
  /** What is remembered of nodes, by earlier collections and by backups since. */
  readonly nodes: NodeLog
  /** @param named what names the pack, if anything does */
  find(name: ObjectName, size: number, named: CommitPack | undefined): NumberedPack | undefined
  /** Gives numbers to the units of a pack that was not found. */
  add(table: PackTable): NumberedPack
  /** The table of contents of a pack that was found or added here, unless there was no room to remember it. */
  tableOf(name: ObjectName): SegmentEntry[] | undefined
  /**
   * Keeps the packs that were found and added here for the next collection, and nothing else.
   *
   * @param units those that have a place now
   * @param nodes what is to be remembered of them: all of it about such units
   * @returns whether there was room; otherwise all is found out anew the next time, but for what there is room for in ids
   */
  keepThese(units: PlacedUnits, nodes: NodeLog): boolean
}

interface Kept {
  readonly ids: UnitIds
  readonly packs: ReadonlyMap<ObjectName, NumberedPack>
  readonly nodes: NodeLog
}

const kept = new WeakMap<Repository, Kept>()

export function keptNumbers(repository: Repository): KeptNumbers {
  const before = keptBefore(repository)
  const ids = before?.ids ?? unitIds()
  const noted = nodeChanges(repository)
  const taken = noted.all()
  const packs = new Map<ObjectName, NumberedPack>()
  let room = limits.keptNumbersBytes
  const remember = (found: NumberedPack): NumberedPack => {
    room -= bytesOf(found)
    // A copy of its table of contents may be dear, and is of use only as long as somebody has it who names the pack.
    if (room >= 0) packs.set(found.pack.name, { ...found, pack: { ...found.pack, toc: null } })
    else packs.clear()
    return found
  }

  return {
    ids,
    nodes: withNoted(before?.nodes, taken, ids),
    find(name, size, named) {
      const known = before?.packs.get(name)
      if (known?.pack.size !== size || (named && named.size !== size)) return undefined
      return remember({ ...known, ...(named && { pack: named }) })
    },
    add({ pack, segments }) {
      const numbers = new Uint32Array(segments.reduce((sum, { units }) => sum + units, 0))
      let unit = 0
      for (const entry of segments) {
        for (let at = 0; at < entry.ids.length; at += idLength) numbers[unit++] = ids.add(entry.ids, at)
      }
      return remember({ pack, segments: segments.map(({ ids: _, ...entry }) => ({ ...entry, pack: pack.name })), numbers })
    },
    tableOf(name) {
      const found = packs.get(name)
      return found && tableOf(found, ids)
    },
    keepThese(units, nodes) {
      const outgrown = ids.size > 2 * units.placed
      const now: Kept = outgrown && room >= 0 ? renumbered({ ids, packs, nodes }, units) : { ids, packs, nodes: nodeLog(0, nodes) }
      noted.forget(taken.map(([id]) => id))
      if (room >= now.ids.memoryBytes) {
        kept.set(repository, now)
        return true
      }
      kept.delete(repository)
      for (const start of nodes.starts()) if (!noted.note(...inIds(nodes, start, ids))) break
      return false
    },
  }
}

/** Collections that fail one after the other must not go on and on giving numbers. */
function keptBefore(repository: Repository): Kept | undefined {
  const before = kept.get(repository)
  return before && before.ids.memoryBytes <= limits.keptNumbersBytes ? before : undefined
}

/** What backups noted, in numbers: also of what is not stored, or not any more. */
function withNoted(before: NodeLog | undefined, noted: readonly (readonly [string, NodeChange])[], ids: UnitIds): NodeLog {
  const log = nodeLog(undefined, before)
  const numberOf = (id: string): number => ids.add(unhex(id, idLength), 0)
  for (const [id, change] of noted) {
    const words = new Uint32Array(change.numbers.length * 2)
    change.numbers.forEach((place, entry) => {
      words[entry * 2] = place
      words[entry * 2 + 1] = ids.add(change.ids, entry * idLength)
    })
    log.add({ node: numberOf(id), from: numberOf(change.from), count: change.count, words, start: 0, end: words.length })
  }
  return log
}

function inIds(nodes: NodeLog, at: number, ids: UnitIds): [string, NodeChange] {
  const { node, from, count, words, start, end } = nodes.at(at)
  const numbers: number[] = []
  const own = new Uint8Array(((end - start) / 2) * idLength)
  for (let pair = start; pair < end; pair += 2) {
    ids.copyId(words[pair + 1]!, own, numbers.length * idLength)
    numbers.push(words[pair]!)
  }
  return [hex(ids.idOf(node)), { from: hex(ids.idOf(from)), count, numbers, ids: own }]
}

/** Without the units that are in no pack any more. */
function renumbered({ ids, packs, nodes }: Kept, units: PlacedUnits): Kept {
  const fresh = unitIds()
  // One more than the new number.
  const numbers = new Uint32Array(ids.size)
  const id = new Uint8Array(idLength)
  for (let unit = 0; unit < numbers.length; unit++) {
    if (!units.has(unit)) continue
    ids.copyId(unit, id, 0)
    numbers[unit] = fresh.addNew(id, 0) + 1
  }
  const numberOf = (unit: number): number => {
    const number = numbers[unit] ?? 0
    // To take it for another unit would be the end of what it stands for.
    if (number === 0) throw new Error(`Unit ${unit} is to be remembered and has no place.`)
    return number - 1
  }
  return {
    ids: fresh,
    packs: new Map([...packs].map(([name, pack]) => [name, { ...pack, numbers: pack.numbers.map(numberOf) }])),
    nodes: nodes.renumbered(numberOf),
  }
}

function tableOf({ segments, numbers }: NumberedPack, ids: UnitIds): SegmentEntry[] {
  let unit = 0
  return segments.map(({ pack: _, ...entry }) => {
    const own = new Uint8Array(entry.units * idLength)
    for (let at = 0; at < own.length; at += idLength) ids.copyId(numbers[unit++]!, own, at)
    return { ...entry, ids: own }
  })
}

/** What objects and small arrays take besides, about. */
const aroundBytes = 512

function bytesOf({ segments, numbers }: NumberedPack): number {
  return segments.reduce((sum, { lengths, bases, chains }) => {
    return sum + aroundBytes + (typeof lengths === 'number' ? 0 : lengths.byteLength) + (bases?.length ?? 0) + (chains?.length ?? 0)
  }, aroundBytes + numbers.byteLength)
}
