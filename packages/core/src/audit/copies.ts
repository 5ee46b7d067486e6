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

/** Stores copies of entries, sealed with the current key; returns their names. */
export async function copyEntries(
  repository: Repository,
  records: readonly StoredRecord[],
  now: Date,
  call: CallOptions,
): Promise<string[]> {
  const writer = await writerId(repository)
  const names: string[] = []
  for (let at = 0; at < records.length; at += entriesInRecord) {
    const entries = records.slice(at, at + entriesInRecord).map(({ key, fields }) => ({ key, record: JSON.stringify(fields.raw()) }))
    const { name } = await writeRecord(repository, { class: 'audit', type: copyType, writer, time: now, body: { entries } }, call)
    names.push(name)
  }
  return names
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
      for (const copy of record.fields.objects('entries')) {
        const key = copy.text('key')
        const isErased = BackupError.is(damaged.get(key), 'key')
        if (!isErased) continue
        entries.set(key, decodeAudit({ name: nameInKey(key) ?? '', ...decodeRecord(utf8(copy.text('record'))) }))
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
