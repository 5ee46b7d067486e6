import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { nameInKey } from '../format/names.ts'
import { decodeRecord } from '../format/record.ts'
import { utf8 } from '../format/text.ts'
import { type StoredRecord, readRecords, writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { writerId } from '../write/writer-state.ts'
import { type AuditEntry, decodeAudit } from './entry.ts'

/**
 * Copies of entries whose key is about to be destroyed. The entries themselves stay where they are and cannot be read any more; their
 * names, by which the chain holds together, stay true. Whoever destroys the key vouches for the copies.
 */
const copyType = 'audit-copy'

/** As many fit into one record with room to spare. */
const entriesInRecord = 1000

/** Copies entries that are, or whose copies are, in these objects, sealed with the current key; returns the names of the copies. */
export async function copyEntries(repository: Repository, objects: readonly string[], now: Date, call: CallOptions): Promise<string[]> {
  const doomed = new Set(objects)
  const { found } = await readRecords(repository, 'audit', call)
  const records = found.filter(({ key }) => doomed.has(key))
  const copies = records.flatMap(copiesIn)
  const instead = records.filter(({ type }) => type === copyType).map(({ key }) => key)
  const writer = await writerId(repository)
  const names: string[] = []
  for (let at = 0; at < copies.length; at += entriesInRecord) {
    const body = { entries: copies.slice(at, at + entriesInRecord), instead }
    const { name } = await writeRecord(repository, { class: 'audit', type: copyType, writer, time: now, body }, call)
    names.push(name)
  }
  return names
}

interface EntryCopy {
  readonly key: string
  /** The entry's JSON. */
  readonly record: string
}

function copiesIn({ key, type, fields }: StoredRecord): EntryCopy[] {
  if (type !== copyType) return [{ key, record: JSON.stringify(fields.raw()) }]
  return fields.objects('entries').map((copy) => ({ key: copy.text('key'), record: copy.text('record') }))
}

/** The whole trail: entries from the oldest on, and what cannot be read, by key. */
export interface Trail {
  readonly entries: readonly AuditEntry[]
  readonly damaged: ReadonlyMap<string, BackupError>
}

export async function readTrail(repository: Repository, call: CallOptions = {}): Promise<Trail> {
  const read = await readRecords(repository, 'audit', call)
  return entriesOf(read.found, read.damaged)
}

/** Entries among these records, and those of which only copies can be read. */
export function entriesOf(records: readonly StoredRecord[], unread: ReadonlyMap<string, BackupError>): Trail {
  const damaged = new Map(unread)
  const entries = new Map<string, AuditEntry>()
  for (const record of records) {
    if (record.type === copyType) continue
    tryEach(damaged, record.key, () => entries.set(record.key, decodeAudit(record)))
  }
  for (const record of records) {
    if (record.type !== copyType) continue
    tryEach(damaged, record.key, () => {
      for (const key of record.fields.texts('instead')) if (BackupError.is(damaged.get(key), 'key')) damaged.delete(key)
      for (const { key, record: copy } of copiesIn(record)) {
        const isErased = BackupError.is(damaged.get(key), 'key')
        if (!isErased) continue
        entries.set(key, decodeAudit({ name: nameInKey(key) ?? '', ...decodeRecord(utf8(copy)) }))
        damaged.delete(key)
      }
    })
  }
  return { entries: [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry), damaged }
}

function tryEach(damaged: Map<string, BackupError>, key: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!BackupError.is(error, 'corrupt', 'unsupported')) throw error
    damaged.set(key, error)
  }
}
