import type { CallOptions } from '../contract/provider.ts'
import { type CommitPack, decodePack, encodePack } from '../format/commit.ts'
import { type ObjectName, nameInKey } from '../format/names.ts'
import { readNames } from '../format/record.ts'
import type { RecordPlace } from './known-records.ts'
import { type StoredRecord, decodeEach, decodedOnce, readRecords, writeRecord } from './records.ts'
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
  /** Names of index records that this one takes the place of. */
  readonly replaces: readonly ObjectName[]
}

export interface IndexFound {
  readonly index: readonly IndexRecord[]
  /**
   * Keys of records that another one takes the place of: not removed yet, or brought back by a provider that was away. What they name may
   * be long gone.
   */
  readonly replaced: readonly string[]
}

export async function readIndex(repository: RecordPlace, call: CallOptions): Promise<IndexFound> {
  const { values } = decodeEach(await readRecords(repository, 'index', call), knownIndex)
  const replaced = new Set(values.flatMap(({ replaces }) => replaces))
  const isReplaced = ({ key }: IndexRecord): boolean => replaced.has(nameInKey(key)!)
  return { index: values.filter((record) => !isReplaced(record)), replaced: values.filter(isReplaced).map(({ key }) => key) }
}

export async function writeIndex(
  repository: Repository,
  { generation, packs, replaces }: Omit<IndexRecord, 'key'>,
  { writer, now }: { readonly writer: string; readonly now: Date },
  call: CallOptions,
): Promise<IndexRecord> {
  const body = { generation, packs: packs.map(encodePack), replaces }
  return indexOf(await writeRecord(repository, { class: 'index', type: 'index', writer, time: now, body }, call))
}

const knownIndex = decodedOnce(indexOf)

function indexOf({ key, fields }: StoredRecord): IndexRecord {
  const replaces = readNames(fields, 'replaces')
  return { key, generation: fields.number('generation'), packs: fields.objects('packs').map(decodePack), replaces }
}
