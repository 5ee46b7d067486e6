import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BackupError } from '../errors.ts'
import type { Commit, CommitPack } from '../format/commit.ts'
import { descriptorLength, roles } from '../format/descriptor.ts'
import { headerLength } from '../format/header.ts'
import { encodeListNode } from '../format/list.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { hex, viewOf } from '../format/text.ts'
import { type SegmentEntry, encodeToc } from '../format/toc.ts'
import { idLength } from '../format/unit-id.ts'
import { type Catalog, createCatalog } from '../index/catalog.ts'
import { differing, nodeChanges } from '../index/node-changes.ts'
import type { Repository } from '../repository/repository.ts'
import { memoryProvider } from '../testing/memory-provider.ts'
import { type SeededRandom, seededRandom } from '../testing/seeded-random.ts'
import { limits } from './limits.ts'
import { type Scan, type ScanOptions, scan } from './scan.ts'

/** Nodes of lists by their ids: what is stored of them is not what is tested here. */
const nodes = new Map<string, { readonly level: number; readonly ids: Uint8Array }>()
let reads = 0
vi.mock('../read/unit-reader.ts', () => ({
  unitReader: () => ({
    read: (_: number, ids: Uint8Array, at: number) => {
      reads++
      return Promise.resolve(encodeListNode(nodes.get(hex(ids.subarray(at, at + idLength)))!))
    },
  }),
}))

const before = { ...limits }
beforeEach(() => void ((reads = 0), nodes.clear()))
afterEach(() => void Object.assign(limits, before))

/** A unit in a pack, with what it is rebuilt from. */
interface Copy {
  readonly id: Uint8Array
  readonly chain: number
  readonly base: Uint8Array
}

interface Pack {
  readonly told: CommitPack
  readonly segments: readonly SegmentEntry[]
}

/** The nodes of a snapshot's list, from left to right, and in each its entries. */
type List = readonly (readonly number[])[]

const none = new Uint8Array(idLength)
const joined = (ids: readonly Uint8Array[]): Uint8Array => Uint8Array.from(ids.flatMap((id) => [...id]))

function dataId(number: number): Uint8Array {
  const id = new Uint8Array(idLength).fill(7)
  viewOf(id).setUint32(0, Math.imul(number, 2_654_435_761) >>> 0)
  viewOf(id).setUint32(8, number)
  return id
}

/** Under one name there is never anything else. */
function nodeId(level: number, ids: Uint8Array): Uint8Array {
  const id = seededRandom(ids.reduce((hash, byte) => (Math.imul(hash, 31) + byte) >>> 0, level + 1)).bytes(idLength)
  nodes.set(hex(id), { level, ids })
  return id
}

function segmentOf(copies: readonly Copy[], ordinal: number): SegmentEntry {
  const deltas = copies.some(({ chain }) => chain > 0)
  const plainLength = copies.length * 10
  return {
    descriptor: { ordinal, role: roles.data, codec: 0, padded: false, uniform: true, deltas, plainLength, storedLength: 40 + copies.length },
    offset: headerLength + ordinal * 300,
    units: copies.length,
    lengths: 10,
    ids: joined(copies.map(({ id }) => id)),
    ...(deltas && { bases: joined(copies.map(({ base }) => base)), chains: Uint8Array.from(copies, ({ chain }) => chain) }),
  }
}

/** A repository to which packs come and from which they go. */
async function world(random: SeededRandom) {
  const place = memoryProvider()
  await place.open({ create: true })
  const repository = { provider: place } as unknown as Repository
  const packs = new Map<ObjectName, Pack>()
  const stored = new Map<string, Uint8Array>()
  let snapshots: List[] = []
  let entries = 0
  let roots: Commit[] = []

  const deltas = random.next() < 0.5 ? 0 : 0.3

  const copyOf = (id: Uint8Array): Copy => {
    const base = random.next() < deltas ? [...stored.values()][random.below(Math.max(1, stored.size))] : undefined
    return base && hex(base) !== hex(id) ? { id, base, chain: 1 + random.below(3) } : { id, base: none, chain: 0 }
  }
  const store = (ids: readonly Uint8Array[]): void => {
    const copies = ids.map(copyOf)
    const half = 1 + random.below(Math.min(copies.length, 200))
    const segments = [copies.slice(0, half), copies.slice(half)].filter(({ length }) => length > 0).map(segmentOf)
    const name = hex(random.bytes(32))
    const size = headerLength + 600 + random.below(50) + 20 + descriptorLength
    packs.set(name, { told: { name, size, tail: 20, toc: encodeToc(segments) }, segments })
    place.objects.set(packKey(name), new Uint8Array(size))
    for (const id of ids) stored.set(hex(id), id)
  }
  const leafIds = (list: List): Uint8Array[] => list.map((leaf) => joined(leaf.map(dataId)))
  const commitOf = (list: List): Commit => {
    const leaves = leafIds(list).map((ids) => nodeId(0, ids))
    const stream = { root: { id: nodeId(1, joined(leaves)), level: 1 }, chunking: { kind: 'pages' } }
    return { streams: [stream] } as unknown as Commit
  }
  const namesOf = (list: List): Uint8Array[] => {
    const leaves = leafIds(list).map((ids) => nodeId(0, ids))
    return [...list.flat().map(dataId), ...leaves, nodeId(1, joined(leaves))]
  }
  /** As the backup does that writes the list. */
  const note = (list: List, previous: List): void => {
    const [own, other] = [leafIds(list), leafIds(previous)]
    own.forEach((ids, at) => {
      if (!other[at] || hex(other[at]) === hex(ids)) return
      nodeChanges(repository).note(hex(nodeId(0, ids)), { ...differing(ids, other[at]), from: hex(nodeId(0, other[at])), count: ids.length / idLength })
    })
  }

  return {
    repository,
    packs,
    snapshot(): void {
      const previous = snapshots.at(-1)
      const list = previous
        ? previous.map((leaf) => leaf.map((entry) => (random.next() < 0.15 ? entries++ : entry)).slice(0, random.next() < 0.1 ? 3 : 6))
        : Array.from({ length: 4 }, () => Array.from({ length: 6 }, () => entries++))
      // Sometimes one that is stored already is stored again.
      store(namesOf(list).filter((id) => !stored.has(hex(id)) || random.next() < 0.1))
      if (previous && random.next() < 0.6) note(list, previous)
      snapshots.push(list)
      roots = snapshots.map(commitOf)
    },
    forgetSome(): void {
      snapshots = snapshots.filter((_, at) => at === snapshots.length - 1 || random.next() < 0.6)
      roots = snapshots.map(commitOf)
    },
    /** What comes next has nothing in common with what was. */
    forgetAll: () => void (snapshots = []),
    /** Gathers some units into a new pack. */
    repeat: () => store([...stored.values()].filter(() => random.next() < 0.2).slice(0, 100)),
    remove(name: ObjectName): void {
      packs.delete(name)
      place.objects.delete(packKey(name))
      const left = new Set([...packs.values()].flatMap(({ segments }) => segments.flatMap(({ ids, units }) => Array.from({ length: units }, (_, at) => hex(ids.subarray(at * idLength, (at + 1) * idLength))))))
      for (const id of stored.keys()) if (!left.has(id)) stored.delete(id)
    },
    options(): ScanOptions {
      const told = [...packs].map(([name, pack]) => [name, pack.told] as const)
      const [named, described] = [told.filter(([name]) => name < 'c'), told.filter(([name]) => name >= 'c')]
      const doomed = new Set(told.flatMap(([name]) => (random.next() < 0.15 ? [name] : [])))
      return { roots, named: new Map(named), described: new Map(described), pinned: new Set(), doomed }
    },
  }
}

type World = Awaited<ReturnType<typeof world>>

/** What is needed, found out in the plainest way: all is looked up, and nothing remembered. */
function plainly({ packs }: World, { roots, named, doomed }: ScanOptions): { readonly catalog: Catalog; readonly needed: ReadonlySet<string> } | 'missing' {
  const catalog = createCatalog()
  const rankOf = (name: ObjectName): number => (doomed.has(name) ? 2 : named.has(name) ? 0 : 1)
  const sorted = [...packs.values()].toSorted(({ told: a }, { told: b }) => rankOf(a.name) - rankOf(b.name) || b.size - a.size || (a.name < b.name ? -1 : 1))
  for (const { told, segments } of sorted) catalog.addPack(told, segments)
  const needed = new Set<string>()
  const left = roots.flatMap(({ streams }) => streams.map(({ root }) => root!.id))
  for (let id = left.pop(); id; id = left.pop()) {
    if (needed.has(hex(id))) continue
    needed.add(hex(id))
    const below = nodes.get(hex(id))?.ids ?? new Uint8Array(0)
    for (let at = 0; at < below.length; at += idLength) left.push(below.subarray(at, at + idLength))
  }
  // Of a node that another one is rebuilt from only the bytes are needed, and not what it lists. A set also goes through what is added on the way.
  for (const id of needed) {
    const unit = catalog.units.find(Uint8Array.from(id.match(/../g)!, (byte) => Number.parseInt(byte, 16)), 0)
    if (unit < 0) return 'missing'
    const base = catalog.baseOf(unit)
    if (base) needed.add(hex(base))
  }
  return { catalog, needed }
}

/** Of each unit which copy counts, and whether it is needed; of each pack how much. */
function seen({ packs }: World, catalog: Catalog, isNeeded: (id: Uint8Array, unit: number) => boolean): unknown {
  const units = new Map<string, unknown>()
  for (const { segments } of packs.values()) {
    for (const { ids } of segments) {
      for (let at = 0; at < ids.length; at += idLength) {
        const id = ids.subarray(at, at + idLength)
        const unit = catalog.units.find(id, 0)
        const { pack, offset } = catalog.segment(catalog.units.segmentOf(unit))
        units.set(hex(id), { pack, offset, ordinal: catalog.units.ordinalOf(unit), isNeeded: isNeeded(id, unit) })
      }
    }
  }
  return units
}

async function result(repository: Repository, options: ScanOptions): Promise<Scan | 'missing'> {
  try {
    return await scan(repository, options)
  } catch (error) {
    if (!BackupError.is(error, 'corrupt') || !error.message.includes('is in no pack')) throw error
    return 'missing'
  }
}

/** @returns how many units have numbers, unless something is missing */
async function compare(here: World, options: ScanOptions): Promise<{ readonly numbers: number; readonly scan?: Scan }> {
  const plain = plainly(here, options)
  const fresh = await result({ ...here.repository }, options)
  const own = await result(here.repository, options)
  const isMissing = [plain, fresh, own].map((each) => each === 'missing')
  expect(isMissing).toEqual(isMissing.map(() => plain === 'missing'))
  if (plain === 'missing' || fresh === 'missing' || own === 'missing') return { numbers: 0 }
  const expected = seen(here, plain.catalog, (id) => plain.needed.has(hex(id)))
  for (const each of [fresh, own]) expect(seen(here, each.catalog, (_, unit) => each.isNeeded(unit))).toEqual(expected)
  expect(own.packs).toEqual(fresh.packs)
  expect([...own.packs.values()].reduce((sum, { neededUnits }) => sum + neededUnits, 0)).toBe(plain.needed.size)
  for (const pack of own.packs.values()) expect(await own.tableOf(pack)).toEqual(here.packs.get(pack.name)!.segments)
  return { numbers: own.catalog.units.size, scan: own }
}

describe('of a repository that was looked through before', () => {
  test.each([
    ['with room for everything', {}],
    ['with no room for numbers', { keptNumbersBytes: 0 }],
    // Of which there is enough at first.
    ['with room for some numbers', { keptNumbersBytes: 35_000 }],
    ['with room for few nodes', { keptNodesBytes: 600, keptListBytes: 500 }],
  ])('all is found that is found by whoever knows nothing, whatever comes and goes in between, %s', async (_, room) => {
    Object.assign(limits, room, { nodesAtATime: 7, tablesAtATime: 3 })
    const counts = { missing: 0, whole: 0, begunAnew: 0 }
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed)
      const here = await world(random)
      let numbers = 0
      for (let collection = 0; collection < 12; collection++) {
        if (random.next() < 0.15) here.forgetAll()
        for (let run = 0; run <= random.below(4); run++) here.snapshot()
        here.forgetSome()
        if (random.next() < 0.3) here.repeat()
        const found = await compare(here, here.options())
        if (found.numbers === 0) counts.missing++
        else counts.whole++
        if (found.numbers > 0 && found.numbers < numbers) counts.begunAnew++
        numbers = found.numbers
        for (const { name, neededUnits } of found.scan?.packs.values() ?? []) {
          if (neededUnits === 0 || random.next() < 0.01) here.remove(name)
        }
      }
    }
    // Otherwise it would prove nothing.
    expect(counts.whole).toBeGreaterThan(100)
    expect(counts.missing).toBeGreaterThan(10)
    expect(counts.begunAnew).toBeGreaterThan(5)
  }, 240_000)

  test('no table of contents is opened again, and of lists only the first node of each place', async () => {
    const random = seededRandom(1)
    const here = await world(random)
    for (let run = 0; run < 20; run++) here.snapshot()
    const options = here.options()
    await scan(here.repository, options)
    const firstReads = reads
    reads = 0
    // A table that is opened would be found damaged.
    const spoiled = new Map([...options.named].map(([name, pack]) => [name, { ...pack, toc: new Uint8Array(3) }]))
    const described = new Map([...options.described].map(([name, pack]) => [name, { ...pack, toc: new Uint8Array(3) }]))
    const again = await scan(here.repository, { ...options, named: spoiled, described })
    expect(again.unreadable).toEqual([])
    expect(firstReads).toBeGreaterThan(20)
    expect(reads).toBe(5)
    expect((await scan({ ...here.repository }, { ...options, named: spoiled, described }).catch((error: unknown) => error)) as BackupError).toMatchObject({ kind: 'corrupt' })
  })

  test('what backups noted is kept once: in numbers, or in ids where there is no room for those', async () => {
    const noted: number[][] = []
    for (const keptNumbersBytes of [64 << 20, 0]) {
      Object.assign(limits, { keptNumbersBytes })
      const here = await world(seededRandom(1))
      const known = (): number => nodeChanges(here.repository).all().length
      for (let run = 0; run < 20; run++) here.snapshot()
      const before = known()
      await scan(here.repository, here.options())
      reads = 0
      await scan(here.repository, here.options())
      noted.push([before, known(), reads])
    }
    // The first nodes are read each time.
    expect(noted).toEqual([
      [expect.any(Number), 0, 5],
      [expect.any(Number), expect.any(Number), 5],
    ])
    expect(noted[0]![0]).toBeGreaterThan(10)
    expect(noted[1]![1]).toBeGreaterThanOrEqual(noted[1]![0]!)
  })

  test('a unit is missed whose pack is gone, though its number is known', async () => {
    const here = await world(seededRandom(4))
    for (let run = 0; run < 3; run++) here.snapshot()
    const found = await scan(here.repository, here.options())
    const [needed] = [...found.packs.values()].filter(({ neededUnits }) => neededUnits > 0)
    const { told } = here.packs.get(needed!.name)!
    const pack = here.packs.get(told.name)!
    here.remove(told.name)
    for (let time = 0; time < 2; time++) await expect(scan(here.repository, here.options())).rejects.toMatchObject({ kind: 'corrupt' })
    // And it is found again when the pack is back.
    here.packs.set(told.name, pack)
    ;(here.repository.provider as ReturnType<typeof memoryProvider>).objects.set(packKey(told.name), new Uint8Array(told.size))
    expect((await compare(here, here.options())).numbers).toBeGreaterThan(0)
  })
})
