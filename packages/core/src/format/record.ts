import { BackupError } from '../errors.ts'
import { readTime } from './commit.ts'
import { type Fields, readFields } from './fields.ts'
import { type ObjectName, indexKey, timedKey } from './names.ts'
import { hex, unhex, utf8 } from './text.ts'

/** What is stored about a repository rather than in it: FORMAT.md §20. Commits are records too, and have their own page. */
export type RecordClass = 'index' | 'session' | 'tomb' | 'trash' | 'hold' | 'check' | 'audit'

/** The folder that each class of record lies in. */
export const recordFolders: Readonly<Record<RecordClass, string>> = {
  index: 'index',
  session: 'sessions',
  tomb: 'tombs',
  trash: 'trash',
  hold: 'holds',
  check: 'checks',
  audit: 'audit',
}

/** What all records say, whatever they are about. */
export interface RecordHead {
  /** Several types may lie in one folder: a hold, and its release. */
  readonly type: string
  /** 16 bytes. */
  readonly repository: Uint8Array
  /** Who wrote it: 16 hex digits, as in commits. */
  readonly writer: string
  readonly time: Date
}

export function recordPrefix(of: RecordClass): string {
  return `${recordFolders[of]}/`
}

/** Only of what is a cache the time does not matter: FORMAT.md §3. */
export function recordKey(of: RecordClass, time: Date, name: ObjectName): string {
  return of === 'index' ? indexKey(name) : timedKey(recordFolders[of], time, name)
}

export function encodeRecord({ type, repository, writer, time }: RecordHead, body: Readonly<Record<string, unknown>>): Uint8Array {
  return utf8(JSON.stringify({ type, version: 1, repository: hex(repository), writer, time: time.toISOString(), ...body }))
}

/** @throws `corrupt` when a field is missing or out of bounds; `unsupported` for a newer version. */
export function decodeRecord(bytes: Uint8Array): RecordHead & { readonly fields: Fields } {
  const fields = readFields(bytes, 'record')
  const type = fields.text('type')
  const version = fields.number('version')
  if (version !== 1) throw new BackupError('unsupported', `A record of type "${type}" has version ${version}, which this version does not know.`)
  const writer = fields.text('writer')
  if (!/^[0-9a-f]{16}$/.test(writer)) throw fields.fail('writer', '16 hex digits')
  return { type, repository: unhex(fields.text('repository'), 16), writer, time: readTime(fields, 'time'), fields }
}

/** @throws `corrupt` unless the field holds names of objects. */
export function readNames(fields: Fields, field: string): ObjectName[] {
  const names = fields.texts(field)
  if (names.every((name) => /^[0-9a-f]{64}$/.test(name))) return names
  throw fields.fail(field, 'names of objects')
}
