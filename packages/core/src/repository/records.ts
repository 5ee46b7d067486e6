import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { roles } from '../format/descriptor.ts'
import type { Fields } from '../format/fields.ts'
import { decodeHeader, headerLength } from '../format/header.ts'
import { type ObjectName, indexPrefix, nameInKey, timeInKey } from '../format/names.ts'
import { type RecordClass, decodeRecord, encodeRecord, recordKey, recordPrefix } from '../format/record.ts'
import { openRecord } from '../format/tail.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import type { RecordPlace } from './known-records.ts'
import { nameOf, putConfirmed, readNamed, withListed } from './objects.ts'
import { sealProvedTail } from './proved-tail.ts'
import type { Repository } from './repository.ts'
import { severalAtATime } from './several-at-a-time.ts'

/** A record as it was found or written. */
export interface StoredRecord {
  readonly key: string
  readonly name: ObjectName
  readonly type: string
  readonly writer: string
  readonly time: Date
  /** What this type of record says besides. */
  readonly fields: Fields
}

export interface Records {
  /** From the oldest on. */
  readonly found: readonly StoredRecord[]
  /** Those that are listed and cannot be read, by key. What that means depends on what they are about. */
  readonly damaged: ReadonlyMap<string, BackupError>
}

export interface NewRecord {
  readonly class: RecordClass
  readonly type: string
  readonly writer: string
  readonly time: Date
  readonly body: Readonly<Record<string, unknown>>
}

/** A record that is sealed, and not stored yet. */
export interface SealedRecord extends StoredRecord {
  readonly body: Uint8Array
}

/** Seals a record, opens it again and compares: what cannot be read back never leaves. */
export async function sealRecord(repository: Repository, record: NewRecord): Promise<SealedRecord> {
  const { ring, runtime, tails } = repository
  const payload = encodeRecord({ ...record, repository: ring.repository }, record.body)
  const { header } = repository.newObject(record.class)
  const body = joinBytes(header, await sealProvedTail(tails, header, roles.record, payload, 0))
  const name = nameOf(runtime.crypto, body)
  return { key: recordKey(record.class, record.time, name), name, ...decodeRecord(payload), body }
}

/** Stores a record. It is sealed, opened again and compared before it leaves. */
export async function writeRecord(repository: Repository, record: NewRecord, call: CallOptions = {}): Promise<StoredRecord> {
  const { body, ...stored } = await sealRecord(repository, record)
  await putConfirmed(repository.provider, stored.key, body, stored.name, call)
  repository.records.set(stored.key, stored)
  return stored
}

/** All records of a class. Each is read once: nothing that is stored ever changes. */
export async function readRecords(repository: RecordPlace, of: RecordClass, call: CallOptions = {}): Promise<Records> {
  const { provider, records } = repository
  return withListed(provider, recordPrefix(of), call, async (keys) => {
    const read = await readRecordsAt(repository, of, keys, call)
    const listed = new Set(keys)
    for (const key of records.of(of).keys()) if (!listed.has(key)) records.delete(key)
    return read
  })
}

/** Some records of a class, by their keys. */
export async function readRecordsAt(
  repository: RecordPlace,
  of: RecordClass,
  keys: readonly string[],
  call: CallOptions = {},
): Promise<Records> {
  const { provider, records } = repository
  const damaged = new Map<string, BackupError>()
  const unread = keys.filter((key) => !records.has(key))
  await severalAtATime(unread, capabilitiesOf(provider).smallConcurrency, async (key) => {
    try {
      records.set(key, await readRecord(repository, of, key, call))
    } catch (error) {
      // It went between the listing and now: that is as good as not listed.
      if (BackupError.is(error, 'not-found')) return
      if (!BackupError.is(error, 'corrupt', 'unsupported', 'key', 'range')) throw error
      damaged.set(key, error)
    }
  })
  return { found: keys.flatMap((key) => records.get(key) ?? []), damaged }
}

/** What each of the records says. One that does not say what its type has to counts as damaged. */
export function decodeEach<Value>({ found, damaged }: Records, decode: (record: StoredRecord) => Value): { values: Value[]; damaged: Records['damaged'] } {
  const unclear = new Map(damaged)
  const values = found.flatMap((record) => {
    try {
      return [decode(record)]
    } catch (error) {
      if (!BackupError.is(error, 'corrupt', 'unsupported')) throw error
      unclear.set(record.key, error)
      return []
    }
  })
  return { values, damaged: unclear }
}

/** A decoder that looks at each record once, however often it is read: nothing that is stored ever changes, and some name thousands of objects. */
export function decodedOnce<Value extends object>(decode: (record: StoredRecord) => Value): (record: StoredRecord) => Value {
  const known = new WeakMap<StoredRecord, Value>()
  return (record) => {
    const value = known.get(record) ?? decode(record)
    known.set(record, value)
    return value
  }
}

/** Removes a record, for everybody. */
export async function removeRecord({ provider, records }: Repository, key: string, call: CallOptions = {}): Promise<void> {
  await provider.delete(key, call)
  records.delete(key)
}

async function readRecord(repository: RecordPlace, of: RecordClass, key: string, call: CallOptions): Promise<StoredRecord> {
  const { provider, runtime, tails, ring } = repository
  const bytes = await readNamed(provider, runtime.crypto, key, call)
  const header = bytes.subarray(0, headerLength)
  const { kind } = decodeHeader(header)
  if (kind !== of) throw new BackupError('corrupt', `Record ${key} is of kind "${kind}", which does not belong there.`, { key })
  const payload = await openRecord(tails, bytes)
  const record = decodeRecord(payload)
  if (!equalBytes(record.repository, ring.repository)) throw new BackupError('corrupt', `Record ${key} belongs to another repository.`, { key })
  // Who can only write to the store could give it another time, and its bytes would still agree with its name.
  const isTimed = !key.startsWith(indexPrefix)
  if (isTimed && timeInKey(key)?.getTime() !== record.time.getTime()) throw new BackupError('corrupt', `Record ${key} says another time than its key.`, { key })
  return { key, name: nameInKey(key)!, ...record }
}
