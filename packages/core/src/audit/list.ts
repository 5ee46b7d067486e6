import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { nameInKey, timeInKey } from '../format/names.ts'
import { recordPrefix } from '../format/record.ts'
import { listNamed } from '../repository/objects.ts'
import { readRecordsAt } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { entriesOf, readTrail } from './copies.ts'
import type { AuditEntry } from './entry.ts'

export interface AuditRequest extends CallOptions {
  /** Entries of this time and later. */
  readonly from?: Date
  /** Entries before this time. */
  readonly to?: Date
  /** Entries about this alone: `restore`, `hold`, `erase`, … */
  readonly action?: string
  /** At most so many: the newest of them. @default 1,000 */
  readonly limit?: number
  /** Entries before this one: `before` of the page that was read last. */
  readonly before?: string
}

/** A part of the audit trail. */
export interface AuditPage {
  /** From the oldest to the newest. */
  readonly entries: readonly AuditEntry[]
  /** Keys of those in this part that cannot be read: `verifyAudit()` says why. */
  readonly unreadable: readonly string[]
  /** Asks for the page before this one; absent when there is none. */
  readonly before?: string
}

/** Read at a time, from the newest on: who asks for the last ten does not fetch fifteen years. */
const batch = 100

/** @throws `not-found` when there is no entry `before`. */
export async function listAudit(repository: Repository, request: AuditRequest = {}): Promise<AuditPage> {
  const { from, to, action, limit = 1000, before, ...call } = request
  const keys = (await listNamed(repository.provider, recordPrefix('audit'), call)).filter((key) => isWithin(timeInKey(key), from, to))
  const end = before === undefined ? keys.length : keys.findIndex((key) => nameInKey(key) === before)
  if (end < 0) throw new BackupError('not-found', `The audit trail has no entry ${before?.slice(0, 12)}… in this time.`, { key: 'before' })
  const entries: AuditEntry[] = []
  const unreadable: string[] = []
  let start = end
  while (start > 0 && entries.length < limit) {
    const next = Math.max(0, start - batch)
    const part = await readPart(repository, keys.slice(next, start), call)
    const fitting = part.entries.filter((entry) => action === undefined || entry.action === action)
    entries.unshift(...fitting)
    unreadable.unshift(...part.damaged.keys())
    start = next
  }
  const shown = entries.slice(Math.max(0, entries.length - limit))
  const isMore = shown.length < entries.length || (start > 0 && shown.length > 0)
  return { entries: shown, unreadable, ...(isMore && { before: shown[0]!.id }) }
}

/** What cannot be placed in time is in every part: it is damaged or forged, and somebody is to see it. */
function isWithin(time: Date | undefined, from: Date | undefined, to: Date | undefined): boolean {
  return time === undefined || ((from === undefined || time >= from) && (to === undefined || time < to))
}

async function readPart(repository: Repository, keys: readonly string[], call: CallOptions): ReturnType<typeof readTrail> {
  const { found, damaged } = await readRecordsAt(repository, 'audit', keys, call)
  const isErased = [...damaged.values()].some(({ kind }) => kind === 'key')
  if (!isErased) return entriesOf(found, damaged)
  // Copies of entries whose keys were destroyed are among much later records.
  const trail = await readTrail(repository, call)
  const asked = new Set(keys)
  const names = new Set(keys.map(nameInKey))
  return {
    entries: trail.entries.filter(({ id }) => names.has(id)),
    damaged: new Map([...trail.damaged].filter(([key]) => asked.has(key))),
  }
}
