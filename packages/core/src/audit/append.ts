import type { Authority } from '../contract/authority.ts'
import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { checkRequirements } from '../format/format-object.ts'
import { nameInKey, timeInKey } from '../format/names.ts'
import { recordPrefix } from '../format/record.ts'
import { listNamed, putConfirmed } from '../repository/objects.ts'
import { readRecordsAt, sealRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { writerId } from '../write/writer-state.ts'
import type { AuditAction } from './actions.ts'
import { type AuditEntry, auditType, decodeAudit } from './entry.ts'
import { type AuditHead, readHead, saveHead } from './head.ts'
import { type EntryNote, forgetOldNote, readNote, takeNumber } from './numbers.ts'

export interface NewAuditEntry {
  readonly action: AuditAction
  readonly authority?: Authority
  /** Ids of what is concerned: snapshots, slots, holds… @default none */
  readonly subject?: readonly string[]
  /** What else is worth knowing in ten years; JSON, and no secrets. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Adds an entry to the audit trail. Whoever does what cannot be undone calls it before, and does nothing when it fails: so nothing of
 * the kind happens unrecorded. An entry therefore says what was begun; what became of it, the repository shows.
 *
 * Costs one small object and one listing of the trail's keys.
 *
 * @throws whatever the provider throws; `unsupported` for a repository that this version must not write to
 */
export function appendAudit(repository: Repository, entry: NewAuditEntry, now: Date, call: CallOptions = {}): Promise<AuditEntry> {
  const turn = (turns.get(repository) ?? Promise.resolve()).then(() => append(repository, entry, now, call))
  turns.set(repository, turn.catch(() => {}))
  return turn
}

/** One after the other: two entries at a time would have the same number. */
const turns = new WeakMap<Repository, Promise<unknown>>()

async function append(repository: Repository, entry: NewAuditEntry, now: Date, call: CallOptions): Promise<AuditEntry> {
  checkRequirements(repository.format, 'write')
  const { action, authority = {}, subject = [], details = {} } = entry
  const writer = await writerId(repository)
  let head = await currentHead(repository, writer, call)
  for (;;) {
    // Whoever has a number is stored before the next one is given: he may not have lived to do it, or to hear that it was done.
    for (let note = await readNote(repository, head); note; note = await readNote(repository, head)) head = await store(repository, head, note, call)
    const previous = head.key === null ? null : nameInKey(head.key)!
    const who = { actor: authority.actor ?? 'unknown', reason: authority.reason ?? null }
    const body = { sequence: head.sequence + 1, previous, action, ...who, subject, details }
    const record = await sealRecord(repository, { class: 'audit', type: auditType, writer, time: now, body })
    const entryMade = decodeAudit(record)
    // Another process that shares this state may have taken the number meanwhile.
    if (!(await takeNumber(repository, head, record))) continue
    await store(repository, head, record, call)
    return entryMade
  }
}

/** Stores the entry that comes behind the head. It may be there already: then it is the same, byte for byte. */
async function store(repository: Repository, head: AuditHead, { key, body }: EntryNote, call: CallOptions): Promise<AuditHead> {
  await putConfirmed(repository.provider, key, body, nameInKey(key)!, call)
  const next = { writer: head.writer, sequence: head.sequence + 1, key }
  await saveHead(repository, next)
  await forgetOldNote(repository, next)
  return next
}

/** The end of the chain: local state says so, unless what is listed knows better (a state that was lost, or brought back from a copy). */
async function currentHead(repository: Repository, writer: string, call: CallOptions): Promise<AuditHead> {
  const known = (await readHead(repository, writer)) ?? { writer, sequence: 0, key: null }
  const since = (known.key !== null && timeInKey(known.key)) || new Date(0)
  const keys = await listNamed(repository.provider, recordPrefix('audit'), call)
  const newer = keys.filter((key) => key !== known.key && (timeInKey(key) ?? since) >= since)
  let head = known
  for (const record of (await readRecordsAt(repository, 'audit', newer, call)).found) {
    if (record.writer !== writer) continue
    const sequence = sequenceOf(record)
    if (sequence > head.sequence) head = { writer, sequence, key: record.key }
  }
  if (head !== known) await saveHead(repository, head)
  return head
}

function sequenceOf(record: Parameters<typeof decodeAudit>[0]): number {
  try {
    return decodeAudit(record).sequence
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return 0
    throw error
  }
}
