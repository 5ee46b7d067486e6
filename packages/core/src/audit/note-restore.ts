import type { Authority } from '../contract/authority.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { type NewAuditEntry, appendAudit } from './append.ts'

/** Data is brought back, and so can be read by whoever comes to the place. */
interface Note {
  readonly snapshot: ObjectName
  readonly authority: Authority
}

export interface RestoreNote extends Note {
  /** Where to; the live place when absent. */
  readonly to?: string | Readonly<Record<string, string>>
  readonly overwrite: boolean
  /** The snapshot of what was there before. */
  readonly safety?: ObjectName
}

export interface OverrideNote extends RestoreNote {
  /** Why it is believed to be damaged. */
  readonly suspect: readonly string[]
}

export interface PartNote extends Note {
  /** What comes back, as whoever brings it says. */
  readonly part: Readonly<Record<string, unknown>>
  readonly safety: ObjectName
  /** Why the snapshot is believed to be damaged. */
  readonly suspect?: readonly string[]
}

export interface DrillNote extends Note {
  /** Where to; a private folder that is cleared away when absent. */
  readonly to?: string
  /** What is restored stays there. */
  readonly keep: boolean
  readonly host?: string
}

/** Whoever needs his data back must not be kept waiting for a line in a book. */
const patienceMs = 10_000

/**
 * Records a restore before anything is put in its place, so that it leaves a trace though it fails or the process is killed. A copy that can
 * only be read is as good a copy.
 *
 * @throws `cancelled`
 */
export async function noteRestore(
  repository: Repository,
  context: Noted,
  { snapshot, authority, to, overwrite, safety }: RestoreNote,
  now: Date,
): Promise<void> {
  const details = { to: to ?? null, overwrite, ...(safety !== undefined && { safety }) }
  await attempt(repository, context, { action: 'restore', authority, subject: [snapshot], details }, now)
}

/**
 * Records that somebody goes over the live data with what is believed to be damaged, before it is done: who overrides a warning leaves a
 * trace, or does not do it.
 *
 * @throws whatever keeps the entry from being written
 */
export async function recordOverride(
  repository: Repository,
  { signal }: Pick<RunContext, 'signal'>,
  { snapshot, authority, to, overwrite, safety, suspect }: OverrideNote,
  now: Date,
): Promise<void> {
  const details = { to: to ?? null, overwrite, acceptSuspect: true, suspect, ...(safety !== undefined && { safety }) }
  await appendAudit(repository, { action: 'restore', authority, subject: [snapshot], details }, now, { signal })
}

/**
 * Records that somebody brings back a part of a snapshot in a way that is not ours, before it is done.
 *
 * @throws whatever keeps the entry from being written
 */
export async function recordPart(
  repository: Repository,
  { signal }: Pick<RunContext, 'signal'>,
  { snapshot, authority, part, safety, suspect }: PartNote,
  now: Date,
): Promise<void> {
  const details = { to: null, part, safety, ...(suspect && { acceptSuspect: true, suspect }) }
  await appendAudit(repository, { action: 'restore', authority, subject: [snapshot], details }, now, { signal })
}

/**
 * Records a drill before it begins: it reads everything there is, and who does that leaves a trace though the process is killed. A copy
 * that can only be read is to be tried as well.
 *
 * @throws `cancelled`
 */
export async function noteDrill(repository: Repository, context: Noted, { snapshot, authority, to, keep, host }: DrillNote, now: Date): Promise<void> {
  const details = { to: to ?? null, keep, host: host ?? null }
  await attempt(repository, context, { action: 'drill', authority, subject: [snapshot], details }, now)
}

type Noted = Pick<RunContext, 'warn' | 'signal'>

/** Without the line it is done all the same, and that is said. */
async function attempt(repository: Repository, { warn, signal }: Noted, entry: NewAuditEntry, now: Date): Promise<void> {
  try {
    await appendAudit(repository, entry, now, { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) })
  } catch (error) {
    throwIfAborted(signal, `recording the ${entry.action}`)
    if (!BackupError.is(error)) throw error
    warn(`The ${entry.action} is not in the audit trail: ${error.message}`, 'It is carried out all the same. The trail needs a repository that can be written to.')
  }
}
