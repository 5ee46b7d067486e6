import type { Authority } from '../contract/authority.ts'
import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { readTime } from '../format/commit.ts'
import type { ObjectName } from '../format/names.ts'
import { readNames } from '../format/record.ts'
import { type StoredRecord, decodeEach, readRecords, writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { writerId } from '../write/writer-state.ts'

/** Snapshots that nothing and nobody removes, until somebody says why it may. Plain data. */
export interface Hold extends Required<Authority> {
  readonly id: ObjectName
  readonly time: Date
  readonly snapshots: readonly ObjectName[]
  /** It ends by itself then. */
  readonly until?: Date
}

/** Something that somebody answers for. */
export interface Deed {
  readonly authority: Authority
  readonly now: Date
  /** Writes down what is about to be done; it is not done when this fails. */
  record(subject: readonly string[]): Promise<void>
}

/**
 * Puts snapshots under hold.
 *
 * @throws `config` without a reason
 */
export async function writeHold(
  repository: Repository,
  snapshots: readonly ObjectName[],
  { authority, record, now, until }: Deed & { readonly until?: Date },
  call: CallOptions,
): Promise<Hold> {
  const { actor, reason } = reasoned(authority, 'put snapshots under hold')
  await record(snapshots)
  const body = { snapshots, actor, reason, ...(until && { until: until.toISOString() }) }
  return holdOf(await writeRecord(repository, { class: 'hold', type: 'hold', writer: await writerId(repository), time: now, body }, call))
}

/**
 * Ends a hold.
 *
 * @param id of the hold, or the beginning of it
 * @throws `config` without a reason, `not-found` when there is no such hold
 */
export async function releaseHold(repository: Repository, id: string, { authority, record, now }: Deed, call: CallOptions): Promise<Hold> {
  const { actor, reason } = reasoned(authority, 'release a hold')
  const found = (await readHolds(repository, now, call)).filter((hold) => id.length > 0 && hold.id.startsWith(id))
  const [hold] = found
  if (!hold || found.length > 1) {
    const message = hold ? `"${id}" is the beginning of ${found.length} holds.` : `There is no hold "${id}".`
    throw new BackupError(hold ? 'config' : 'not-found', message, { key: id, hint: 'List the holds and choose one of them.' })
  }
  await record([hold.id, ...hold.snapshots])
  const body = { hold: hold.id, actor, reason }
  await writeRecord(repository, { class: 'hold', type: 'release', writer: await writerId(repository), time: now, body }, call)
  return hold
}

/**
 * Holds that are in force, from the oldest on.
 *
 * @throws `corrupt` when a record cannot be read: nobody knows then what may be removed
 */
export async function readHolds(repository: Repository, now: Date, call: CallOptions): Promise<Hold[]> {
  const read = await readRecords(repository, 'hold', call)
  const holds = decodeEach({ ...read, found: read.found.filter(({ type }) => type !== 'release') }, holdOf)
  const released = decodeEach({ ...read, found: read.found.filter(({ type }) => type === 'release') }, ({ fields }) => fields.text('hold'))
  for (const [key, error] of [...holds.damaged, ...released.damaged]) {
    throw new BackupError(error.kind, `Record ${key} of a legal hold cannot be read, so nothing may be removed: ${error.message}`, {
      key,
      hint: error.hint,
      cause: error,
    })
  }
  const over = new Set(released.values)
  return holds.values.filter(({ id, until }) => !over.has(id) && (!until || now < until))
}

/** @throws `config` unless there is a reason */
export function reasoned({ actor = 'unknown', reason = '' }: Authority, doing: string): Required<Authority> {
  if (reason.trim() !== '') return { actor, reason }
  throw new BackupError('config', `To ${doing}, somebody has to say why.`, {
    key: 'reason',
    hint: 'Give a reason in a sentence; it is kept with the repository.',
  })
}

function holdOf({ name, time, fields }: StoredRecord): Hold {
  const until = fields.has('until') ? readTime(fields, 'until') : undefined
  const snapshots = readNames(fields, 'snapshots')
  return { id: name, time, snapshots, actor: fields.text('actor'), reason: fields.text('reason'), ...(until && { until }) }
}
