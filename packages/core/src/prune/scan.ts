import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Commit, CommitPack } from '../format/commit.ts'
import { descriptorLength, roles } from '../format/descriptor.ts'
import { decodeListNode, uniformFanOut } from '../format/list.ts'
import { headerLength } from '../format/header.ts'
import { type ObjectName, nameInKey, packKey, packPrefix } from '../format/names.ts'
import { tailOf } from '../format/tail.ts'
import type { SegmentEntry } from '../format/toc.ts'
import { idLength } from '../format/unit-id.ts'
import { type Catalog, createCatalog } from '../index/catalog.ts'
import type { NodeEntries } from '../index/node-changes.ts'
import { takingTurns } from '../lane/turns.ts'
import { missingUnit } from '../read/missing-unit.ts'
import { unitReader } from '../read/unit-reader.ts'
import { readToc } from '../repository/read-toc.ts'
import type { Repository } from '../repository/repository.ts'
import { severalAtATime } from '../repository/several-at-a-time.ts'
import { limits } from './limits.ts'
import { type PackTable, keptTables } from './kept-tables.ts'
import { type ListPlace, type LookedThrough, lookedThrough } from './looked-through.ts'

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
  const catalog = createCatalog()
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
  const tables = keptTables(repository)
  const tableOf = async (pack: CommitPack): Promise<readonly SegmentEntry[]> => tables.known(pack.name) ?? readToc(repository, pack, call)
  const isAsNamed = ({ name, size }: (typeof listed)[number]): boolean => pinned.has(name) && named.get(name)?.size === size
  if (listed.length === named.size && listed.every(isAsNamed)) {
    for (const { name, since } of listed) packs.set(name, { ...named.get(name)!, ...(since && { since }), neededBytes: 0, neededUnits: 0 })
    return { catalog, packs, unreadable, isComplete: false, tableOf, isNeeded: () => true }
  }
  const rankOf = (name: ObjectName): number => (doomed.has(name) ? 2 : named.has(name) ? 0 : 1)
  // The first copy of a unit is the one that counts. Large packs hold what was gathered from small ones.
  listed.sort((a, b) => rankOf(a.name) - rankOf(b.name) || b.size - a.size || (a.name < b.name ? -1 : 1))
  for (let at = 0; at < listed.length; at += limits.tablesAtATime) {
    const some = listed.slice(at, at + limits.tablesAtATime)
    const read = await severalAtATime(some, smallConcurrency, ({ name, size }) => {
      const told = named.get(name) ?? described.get(name)
      return tables.find(name, size, told, () => readPack(repository, told, name, size, call))
    })
    some.forEach(({ name, since }, each) => {
      const found = read[each]
      if (!found) return void unreadable.push(name)
      packs.set(name, { ...found.pack, ...(since && { since }), neededBytes: 0, neededUnits: 0 })
      catalog.addPack(found.pack, found.segments)
    })
  }
  tables.keepThese()
  const looked = lookedThrough(repository)
  const needed = await mark({ ...repository, catalog }, roots, looked, call)
  looked.keepThese()
  count(catalog, packs, needed)
  return { catalog, packs, unreadable, isComplete: true, tableOf, isNeeded: (unit) => needed[unit] === 1 }
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
  readonly unit: number
  readonly isUniform: boolean
}

/** For all snapshots together: what they share is read once. @returns 1 for each unit that is needed */
async function mark(view: Repository, roots: readonly Commit[], looked: LookedThrough, call: CallOptions): Promise<Uint8Array> {
  const { catalog } = view
  const needed = new Uint8Array(catalog.units.size)
  const reader = unitReader(view)
  const { smallConcurrency } = capabilitiesOf(view.provider)
  const turn = takingTurns()
  const found = (ids: Uint8Array, at: number): number => {
    const unit = catalog.units.find(ids, at)
    if (unit < 0) throw missingUnit(ids, at)
    return unit
  }
  const nodes: Node[] = []
  const need = (ids: Uint8Array, at: number, { level, isUniform, place }: Omit<Node, 'unit' | 'id'>): void => {
    const unit = found(ids, at)
    if (needed[unit]) return
    needed[unit] = 1
    if (level >= 0) nodes.push({ unit, id: ids.subarray(at, at + idLength), level, isUniform, place })
  }
  for (const { streams } of roots) {
    for (const { root, chunking } of streams) {
      if (root) need(root.id, 0, { level: root.level, isUniform: chunking.kind === 'pages', place: 0 })
    }
  }
  const read = async ({ id, level, isUniform }: Node): Promise<Uint8Array> =>
    decodeListNode(await reader.read(roles.list, id, 0, call), level, isUniform).ids
  const needAll = (node: Node, { numbers, ids }: NodeEntries): void => {
    const below = { level: node.level - 1, isUniform: node.isUniform }
    for (let at = 0; at * idLength < ids.length; at++) need(ids, at * idLength, { ...below, place: node.place * uniformFanOut + (numbers[at] ?? 0) })
  }
  while (nodes.length > 0) {
    // Together, as the snapshots come: each node is compared with the one before it, which differs least.
    const some = nodes.splice(0, limits.nodesAtATime)
    const entries = some.map((node) => (node.isUniform ? looked.remembered(node) : undefined))
    // Those that have to be read, by what they are stored in, so that each segment is opened once.
    const unread = some.filter((_, at) => !entries[at])
    const segments = new Map<number, Node[]>()
    for (const node of unread) {
      const segment = catalog.units.segmentOf(node.unit)
      const others = segments.get(segment)
      if (others) others.push(node)
      else segments.set(segment, [node])
    }
    const ids = new Map<Node, Uint8Array>()
    await severalAtATime([...segments.values()], smallConcurrency, async (together) => {
      for (const node of together) {
        ids.set(node, await read(node))
        const others = turn()
        if (others) await others
      }
    })
    for (const [at, node] of some.entries()) {
      const own = ids.get(node)
      needAll(node, entries[at] ?? (node.isUniform ? looked.read(node, own!) : { numbers: [], ids: own! }))
      const others = turn()
      if (others) await others
    }
  }
  // What a needed unit is rebuilt from is needed too; bases come in any order, so until nothing changes.
  for (let more = catalog.hasDeltas; more; ) {
    more = false
    for (let unit = 0; unit < needed.length; unit++) {
      const base = needed[unit] ? catalog.baseOf(unit) : undefined
      if (!base) continue
      const at = found(base, 0)
      more ||= needed[at] === 0
      needed[at] = 1
    }
  }
  return needed
}

function count(catalog: Catalog, packs: Map<ObjectName, ScannedPack>, needed: Uint8Array): void {
  for (let unit = 0; unit < needed.length; unit++) {
    if (!needed[unit]) continue
    const { pack, descriptor, units } = catalog.segment(catalog.units.segmentOf(unit))
    const scanned = packs.get(pack)!
    scanned.neededUnits++
    scanned.neededBytes += descriptor.storedLength / units
  }
}
