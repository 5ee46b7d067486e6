import { type RecordClass, recordFolders } from '../format/record.ts'
import type { Entered } from './enter.ts'
import type { StoredRecord } from './records.ts'

/**
 * Records that were read, by their keys. By class, too: an audit trail of years has thousands, and every backup asks for the few that
 * are about something else.
 */
export interface KnownRecords {
  get(key: string): StoredRecord | undefined
  has(key: string): boolean
  set(key: string, record: StoredRecord): void
  delete(key: string): void
  of(of: RecordClass): ReadonlyMap<string, StoredRecord>
}

/** Where records are read. */
export interface RecordPlace extends Entered {
  readonly records: KnownRecords
}

export function knownRecords(): KnownRecords {
  const shelves = new Map<string, Map<string, StoredRecord>>()
  const shelf = (folder: string): Map<string, StoredRecord> => {
    const found = shelves.get(folder) ?? new Map<string, StoredRecord>()
    shelves.set(folder, found)
    return found
  }
  const shelfOf = (key: string): Map<string, StoredRecord> => shelf(key.slice(0, key.indexOf('/')))
  return {
    get: (key) => shelfOf(key).get(key),
    has: (key) => shelfOf(key).has(key),
    set: (key, record) => void shelfOf(key).set(key, record),
    delete: (key) => void shelfOf(key).delete(key),
    of: (of) => shelf(recordFolders[of]),
  }
}
