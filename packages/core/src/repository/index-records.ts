import type { CallOptions } from '../contract/provider.ts'
import { type CommitPack, decodePack, encodePack } from '../format/commit.ts'
import { type StoredRecord, decodeEach, readRecords, writeRecord } from './records.ts'
import type { Repository } from './repository.ts'

/**
 * Names packs that snapshots need and that no commit names any more, because the one that did was removed, or because what they hold
 * was gathered from several. Like everything of class `index` it may be lost: whoever misses a unit looks into all packs.
 */
export interface IndexRecord {
  readonly key: string
  /** How often something had been removed from the repository when this was written. */
  readonly generation: number
  readonly packs: readonly CommitPack[]
}

export async function readIndex(repository: Repository, call: CallOptions): Promise<IndexRecord[]> {
  return decodeEach(await readRecords(repository, 'index', call), indexOf).values
}

export async function writeIndex(
  repository: Repository,
  { generation, packs }: Omit<IndexRecord, 'key'>,
  { writer, now }: { readonly writer: string; readonly now: Date },
  call: CallOptions,
): Promise<IndexRecord> {
  const body = { generation, packs: packs.map(encodePack) }
  return indexOf(await writeRecord(repository, { class: 'index', type: 'index', writer, time: now, body }, call))
}

function indexOf({ key, fields }: StoredRecord): IndexRecord {
  return { key, generation: fields.number('generation'), packs: fields.objects('packs').map(decodePack) }
}
