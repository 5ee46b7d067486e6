import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Commit, CommitPack } from '../format/commit.ts'
import { descriptorLength, roles } from '../format/descriptor.ts'
import { decodeListNode, uniformFanOut } from '../format/list.ts'
import { headerLength } from '../format/header.ts'
import { type ObjectName, nameInKey, packKey, packPrefix } from '../format/names.ts'
import { tailOf } from '../format/tail.ts'
import type { SegmentEntry } from '../format/toc.ts'
import { type Catalog, createCatalog } from '../index/catalog.ts'
import { type PlacedUnits, placedUnits } from '../index/placed-units.ts'
import type { UnitIds } from '../index/unit-ids.ts'
import { takingTurns } from '../lane/turns.ts'
import { missingUnit } from '../read/missing-unit.ts'
import { unitReader } from '../read/unit-reader.ts'
import { readToc } from '../repository/read-toc.ts'
import type { Repository } from '../repository/repository.ts'
import { severalAtATime } from '../repository/several-at-a-time.ts'
import { limits } from './limits.ts'
import { keptNumbers } from './kept-numbers.ts'
import { type PackTable, keptTables } from './kept-tables.ts'
import { type ListPlace, type LookedThrough, lookedThrough, numbered } from './looked-through.ts'
import type { NumberedEntries } from './node-log.ts'

/** What is stored, and what of it the given snapshots need. */
export interface Scan {
  /** Of each unit the copy that is to stay: everybody who looks at the same packs chooses the same. */
  readonly catalog: Catalog
  /** All packs that are there and can be read. */
  readonly packs: ReadonlyMap<ObjectName, ScannedPack>
  /** Packs that are there and cannot be read: nobody knows what is in them, so they are left alone. */
  readonly unreadable: readonly ObjectName[]
  /** The lists were followed. They are not when every pack stays whatever they say: then nothing is known of what is needed. */
  readonly isComplete: boolean
  /** What a pack says is in it. */
  tableOf(pack: CommitPack): Promise<readonly SegmentEntry[]>
  /** Is this unit needed? By its number in the catalog. */
  isNeeded(unit: number): boolean
}

export interface ScannedPack extends CommitPack {
  /** When it was stored, as far as the provider tells. */
  readonly since?: Date
  /** Stored bytes of segments, as far as their units are needed and are to be read from here. */
  neededBytes: number
  neededUnits: number
}

export interface ScanOptions extends CallOptions {
  /** Snapshots that must stay readable, with everything they need. */
  readonly roots: readonly Commit[]
  /** Packs that are better read from than others: those that these snapshots or the index name. */
  readonly named: ReadonlyMap<ObjectName, CommitPack>
  /** Of these, the packs that stay because a snapshot names them. */
  readonly pinned: ReadonlySet<ObjectName>
  /** What else is told about packs, by snapshots that are gone. */
  readonly described: ReadonlyMap<ObjectName, CommitPack>
  /** Packs that are to be removed, and read from only where there is no other copy. */
  readonly doomed: ReadonlySet<ObjectName>
}

/**
 * Lists what is there, and follows the lists of all snapshots down to the last unit, unless every pack is one that stays anyway.
 *
 * @throws `corrupt` when a unit that a snapshot needs is in no pack: with an incomplete view nothing may be removed
 */
export async function scan(repository: Repository, { roots, named, pinned, described, doomed, ...call }: ScanOptions): Promise<Scan> {
  const { smallConcurrency } = capabilitiesOf(repository.provider)
  const packs = new Map<ObjectName, ScannedPack>()
  const unreadable: ObjectName[] = []
  const listed: { readonly name: ObjectName; readonly size: number; readonly since?: Date }[] = []
  for await (const { key, size, modifiedAt } of repository.provider.list(packPrefix, call)) {
    const name = nameInKey(key)
    if (name !== undefined) listed.push({ name, size, ...(modifiedAt && { since: modifiedAt }) })
  }
  // A listing may lag behind; asked for by its name, an object is there or is not.
  const seen = new Set(listed.map(({ name }) => name))
  await severalAtATime([...named.keys()].filter((name) => !seen.has(name)), smallConcurrency, async (name) => {
    const info = await repository.provider.stat(packKey(name), call)
    if (info) listed.push({ name, size: info.size })
  })
  const isAsNamed = ({ name, size }: (typeof listed)[number]): boolean => pinned.has(name) && named.get(name)?.size === size
  if (listed.length === named.size && listed.every(isAsNamed)) {
    for (const { name, since } of listed) packs.set(name, { ...named.get(name)!, ...(since && { since }), neededBytes: 0, neededUnits: 0 })
    return { catalog: createCatalog(), packs, unreadable, isComplete: false, tableOf: (pack) => readToc(repository, pack, call), isNeeded: () => true }
  }
  const tables = keptTables(repository)
  const numbers = keptNumbers(repository)
  const units = placedUnits(numbers.ids)
  const catalog = createCatalog(units)
  const rankOf = (name: ObjectName): number => (doomed.has(name) ? 2 : named.has(name) ? 0 : 1)
  // The first copy of a unit is the one that counts. Large packs hold what was gathered from small ones.
  listed.sort((a, b) => rankOf(a.name) - rankOf(b.name) || b.size - a.size || (a.name < b.name ? -1 : 1))
  for (let at = 0; at < listed.length; at += limits.tablesAtATime) {
    const some = listed.slice(at, at + limits.tablesAtATime)
    const toldOf = (name: ObjectName): CommitPack | undefined => named.get(name) ?? described.get(name)
    const known = some.map(({ name, size }) => numbers.find(name, size, toldOf(name)))
    const unknown = some.filter((_, each) => !known[each])
    const read = await severalAtATime(unknown, smallConcurrency, ({ name, size }) =>
      tables.find(name, size, toldOf(name), () => readPack(repository, toldOf(name), name, size, call)),
    )
    const tableOf = new Map(unknown.map(({ name }, each) => [name, read[each]]))
    some.forEach(({ name, since }, each) => {
      const table = tableOf.get(name)
      const found = known[each] ?? (table && numbers.add(table))
      if (!found) return void unreadable.push(name)
      packs.set(name, { ...found.pack, ...(since && { since }), neededBytes: 0, neededUnits: 0 })
      catalog.addNumbered(found.pack, found.segments, found.numbers)
    })
  }
  tables.keepThese()
  const looked = lookedThrough(units, numbers.nodes)
  const needed = await mark({ ...repository, catalog }, { units, ids: numbers.ids }, roots, looked, call)
  if (numbers.keepThese(units, looked.found)) tables.keepNone()
  count(catalog, packs, needed)
  return {
    catalog,
    packs,
    unreadable,
    isComplete: true,
    tableOf: async (pack) => numbers.tableOf(pack.name) ?? tables.known(pack.name) ?? readToc(repository, pack, call),
    isNeeded: (unit) => needed[unit] === 1,
  }
}

/** The pack, if it is there in full and says what is in it. */
async function readPack(
  repository: Repository,
  named: CommitPack | undefined,
  name: ObjectName,
  size: number,
  call: CallOptions,
): Promise<PackTable | undefined> {
  if (size < headerLength + descriptorLength || (named && named.size !== size)) return undefined
  try {
    const pack = named ?? { name, size, tail: await tailLength(repository, name, size, call), toc: null }
    return { pack, segments: await readToc(repository, pack, call) }
  } catch (error) {
    if (!BackupError.is(error, 'corrupt', 'unsupported', 'key', 'not-found', 'range')) throw error
    return undefined
  }
}

async function tailLength({ provider }: Repository, name: ObjectName, size: number, call: CallOptions): Promise<number> {
  const range = { offset: size - descriptorLength, length: descriptorLength }
  return tailOf(await provider.get(packKey(name), { ...call, range }), size).descriptor.storedLength
}

/** A node of a list that has to be looked at. */
interface Node extends ListPlace {
  readonly isUniform: boolean
}

interface Numbered {
  readonly units: PlacedUnits
  readonly ids: UnitIds
}

/** For all snapshots together: what they share is read once. @returns 1 for each unit that is needed */
async function mark(
  view: Repository,
  { units, ids }: Numbered,
  roots: readonly Commit[],
  looked: LookedThrough,
  call: CallOptions,
): Promise<Uint8Array> {
  const needed = new Uint8Array(units.size)
  const reader = unitReader(view)
  const { smallConcurrency } = capabilitiesOf(view.provider)
  const turn = takingTurns()
  const found = (id: Uint8Array): number => {
    const unit = units.find(id, 0)
    if (unit < 0) throw missingUnit(id, 0)
    return unit
  }
  const nodes: Node[] = []
  const need = (unit: number, level: number, isUniform: boolean, place: number): void => {
    if (needed[unit] === 1) return
    // The number may be known from earlier, and the unit be gone.
    if (!units.has(unit)) throw missingUnit(ids.idOf(unit), 0)
    needed[unit] = 1
    if (level >= 0) nodes.push({ unit, level, isUniform, place })
  }
  for (const { streams } of roots) {
    for (const { root, chunking } of streams) {
      if (root) need(found(root.id), root.level, chunking.kind === 'pages', 0)
    }
  }
  const read = async ({ unit, level, isUniform }: Node): Promise<Uint8Array> =>
    decodeListNode(await reader.read(roles.list, ids.idOf(unit), 0, call), level, isUniform).ids
  const needAll = ({ level, isUniform, place }: Node, { words, start, end }: NumberedEntries): void => {
    for (let at = start; at < end; at += 2) need(words[at + 1]!, level - 1, isUniform, place * uniformFanOut + words[at]!)
  }
  while (nodes.length > 0) {
    // Together, as the snapshots come: each node is compared with the one before it, which differs least.
    const some = nodes.splice(0, limits.nodesAtATime)
    const entries = some.map((node) => (node.isUniform ? looked.remembered(node.unit) : undefined))
    // Those that have to be read, by what they are stored in, so that each segment is opened once.
    const unread = some.filter((_, at) => !entries[at])
    const segments = new Map<number, Node[]>()
    for (const node of unread) {
      const segment = units.segmentOf(node.unit)
      const others = segments.get(segment)
      if (others) others.push(node)
      else segments.set(segment, [node])
    }
    const idsIn = new Map<Node, Uint8Array>()
    await severalAtATime([...segments.values()], smallConcurrency, async (together) => {
      for (const node of together) {
        idsIn.set(node, await read(node))
        const others = turn()
        if (others) await others
      }
    })
    for (const [at, node] of some.entries()) {
      const own = idsIn.get(node)
      needAll(node, entries[at] ?? (node.isUniform ? looked.read(node, own!) : numbered(units, own!)))
      const others = turn()
      if (others) await others
    }
  }
  needBases(view.catalog, needed, found)
  return needed
}

/** What a needed unit is rebuilt from is needed too, and what that is rebuilt from. */
function needBases(catalog: Catalog, needed: Uint8Array, found: (id: Uint8Array) => number): void {
  if (!catalog.hasDeltas) return
  const baseOf = (unit: number): number => {
    const base = catalog.baseOf(unit)
    return base ? found(base) : -1
  }
  for (let unit = 0; unit < needed.length; unit++) {
    if (!needed[unit]) continue
    // One that is needed already has its own turn, or had it.
    for (let base = baseOf(unit); base >= 0 && !needed[base]; base = baseOf(base)) needed[base] = 1
  }
}

function count(catalog: Catalog, packs: Map<ObjectName, ScannedPack>, needed: Uint8Array): void {
  /** By the number of the segment. */
  const inSegment: number[] = []
  for (let unit = 0; unit < needed.length; unit++) {
    if (!needed[unit]) continue
    const segment = catalog.units.segmentOf(unit)
    inSegment[segment] = (inSegment[segment] ?? 0) + 1
  }
  inSegment.forEach((neededUnits, number) => {
    const { pack, descriptor, units } = catalog.segment(number)
    const scanned = packs.get(pack)!
    scanned.neededUnits += neededUnits
    scanned.neededBytes += (descriptor.storedLength / units) * neededUnits
  })
}
