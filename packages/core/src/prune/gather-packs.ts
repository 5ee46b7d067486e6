import type { CodecChoice, Lane } from '../contract/lane.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { CommitPack } from '../format/commit.ts'
import { type SegmentRole, roles } from '../format/descriptor.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import type { SegmentEntry } from '../format/toc.ts'
import { idLength } from '../format/unit-id.ts'
import { createCatalog } from '../index/catalog.ts'
import { unitReader } from '../read/unit-reader.ts'
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

  const store = async (lane: Lane, role: 'data' | 'list', units: readonly Uint8Array[], ids: Uint8Array): Promise<void> => {
    const block = ++blocks
    const lengths = Uint32Array.from(units, ({ length }) => length)
    const bytes = { kind: 'memory', bytes: joinBytes(...units) } as const
    const scanned = await lane.scan({ id: block, role, bytes, cut: { kind: 'lengths', lengths }, remember: false })
    if (!equalBytes(scanned.ids, ids)) throw new BackupError('corrupt', 'Units changed while they were copied; nothing was removed.')
    await gather.add(lane, { block, role, scanned })
    context.meter.done(bytes.bytes.length)
  }
  try {
    for (const name of names) {
      const pack = found.packs.get(name)!
      for (const entry of await found.tableOf(pack)) {
        throwIfAborted(context.signal, 'gathering packs')
        const { role } = entry.descriptor
        let units: Uint8Array[] = []
        let ids: Uint8Array[] = []
        let bytes = 0
        const flush = async (): Promise<void> => {
          if (units.length > 0) await store(lanes.lanes[0]!, role === roles.data ? 'data' : 'list', units, joinBytes(...ids))
          units = []
          ids = []
          bytes = 0
        }
        for (const id of neededHere(found, name, entry)) {
          const unit = await reader.read(role as SegmentRole, id, 0, call)
          units.push(unit)
          ids.push(id)
          bytes += unit.length
          if (bytes >= blockBytes) await flush()
        }
        await flush()
      }
    }
    await gather.finish()
    const packs = await packer.finish()
    context.emit({ type: 'packs-gathered', from: names.length, into: packs.map(({ name }) => packKey(name)) })
    return packs
  } finally {
    await lanes.close()
    await uploader.settle()
  }
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
