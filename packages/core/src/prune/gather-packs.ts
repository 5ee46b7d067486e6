import type { CodecChoice, Lane } from '../contract/lane.ts'
import { capabilitiesOf } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { CommitPack } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import type { SegmentEntry } from '../format/toc.ts'
import { idLength } from '../format/unit-id.ts'
import { createCatalog } from '../index/catalog.ts'
import { unitReader } from '../read/unit-reader.ts'
import { ahead } from '../repository/ahead.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { createGather } from '../write/gather.ts'
import { noJournal } from '../write/journal.ts'
import { createPacker } from '../write/packer.ts'
import { createUploader } from '../write/uploader.ts'
import type { Scan } from './scan.ts'

export interface GatherOptions {
  readonly workers: number
  readonly codec: CodecChoice
}

/** Units that are looked at together. */
const blockBytes = 2 ** 20

/**
 * Copies what is needed of some packs into new ones. Every unit is compared with its id on the way, and deltas become whole units, so
 * what comes out depends on no other pack.
 */
export async function gatherPacks(
  repository: Repository,
  context: RunContext,
  found: Scan,
  names: readonly ObjectName[],
  { workers, codec }: GatherOptions,
): Promise<CommitPack[]> {
  const call = { signal: context.signal }
  const reader = unitReader({ ...repository, catalog: found.catalog })
  // Of its own, so that everything counts as fresh.
  const target: Repository = { ...repository, catalog: createCatalog() }
  const lanes = await repository.runtime.openLanes(repository.laneSetup(workers))
  const uploader = createUploader(repository.provider, noJournal, context)
  const packer = createPacker(target, uploader, false)
  const gather = createGather(target.catalog, packer, codec)
  let blocks = 0

  const store = async (lane: Lane, { role, units, ids }: UnitsRead): Promise<void> => {
    const block = ++blocks
    const lengths = Uint32Array.from(units, ({ length }) => length)
    const bytes = { kind: 'memory', bytes: joinBytes(...units), given: true } as const
    const { length } = bytes.bytes
    const scanned = await lane.scan({ id: block, role, bytes, cut: { kind: 'lengths', lengths }, remember: false })
    if (!equalBytes(scanned.ids, joinBytes(...ids))) throw new BackupError('corrupt', 'Units changed while they were copied; nothing was removed.')
    await gather.add(lane, { block, role, scanned })
    context.meter.done(length)
  }
  const read = async ({ role, ids }: UnitsToRead): Promise<UnitsRead> => {
    throwIfAborted(context.signal, 'gathering packs')
    const units: Uint8Array[] = []
    for (const id of ids) units.push(await reader.read(roles[role], id, 0, call))
    // A copy: units that wait for their block must not hold all of the segment they came from.
    return { role, ids, units: copied(units) }
  }
  try {
    const { smallConcurrency } = capabilitiesOf(repository.provider)
    for await (const together of inBlocks(ahead(toRead(found, names), smallConcurrency, read))) await store(lanes.lanes[0]!, together)
    await gather.finish()
    const packs = await packer.finish()
    context.emit({ type: 'packs-gathered', from: names.length, into: packs.map(({ name }) => packKey(name)) })
    return packs
  } finally {
    await lanes.close()
    await uploader.settle()
  }
}

/** What is needed of a segment. */
interface UnitsToRead {
  readonly role: 'data' | 'list'
  readonly ids: readonly Uint8Array[]
}

interface UnitsRead extends UnitsToRead {
  readonly units: readonly Uint8Array[]
}

async function* toRead(found: Scan, names: readonly ObjectName[]): AsyncGenerator<UnitsToRead> {
  for (const name of names) {
    for (const entry of await found.tableOf(found.packs.get(name)!)) {
      const ids = [...neededHere(found, name, entry)]
      if (ids.length > 0) yield { role: entry.descriptor.role === roles.data ? 'data' : 'list', ids }
    }
  }
}

/** In one piece of memory: pieces are many, and each of its own is dear. */
function copied(units: readonly Uint8Array[]): Uint8Array[] {
  const bytes = joinBytes(...units)
  let end = 0
  return units.map(({ length }) => bytes.subarray(end, (end += length)))
}

/** Those of one role together, wherever they come from, about a block at a time. */
async function* inBlocks(segments: AsyncIterable<UnitsRead>): AsyncGenerator<UnitsRead> {
  const empty = (): { units: Uint8Array[]; ids: Uint8Array[]; bytes: number } => ({ units: [], ids: [], bytes: 0 })
  const open = { data: empty(), list: empty() }
  const take = (role: 'data' | 'list'): UnitsRead => {
    const { units, ids } = open[role]
    open[role] = empty()
    return { role, units, ids }
  }
  for await (const { role, units, ids } of segments) {
    for (const [at, unit] of units.entries()) {
      const block = open[role]
      block.units.push(unit)
      block.ids.push(ids[at]!)
      block.bytes += unit.length
      if (block.bytes >= blockBytes) yield take(role)
    }
  }
  for (const role of ['data', 'list'] as const) if (open[role].units.length > 0) yield take(role)
}

/** Ids of the units of a segment that are needed, and that are to be read from there. */
function* neededHere({ catalog, isNeeded }: Scan, pack: ObjectName, { ids, offset }: SegmentEntry): Generator<Uint8Array> {
  for (let at = 0; at < ids.length; at += idLength) {
    const unit = catalog.units.find(ids, at)
    const segment = catalog.segment(catalog.units.segmentOf(unit))
    const isHere = segment.pack === pack && segment.offset === offset && catalog.units.ordinalOf(unit) === at / idLength
    if (isHere && isNeeded(unit)) yield ids.subarray(at, at + idLength)
  }
}
