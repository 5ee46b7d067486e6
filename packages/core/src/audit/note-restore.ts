import type { Authority } from '../contract/authority.ts'
import { BackupError } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { appendAudit } from './append.ts'

export interface RestoreNote {
  readonly snapshot: ObjectName
  readonly authority: Authority
  /** Where to; the live place when absent. */
  readonly to?: string | Readonly<Record<string, string>>
  readonly overwrite: boolean
}

/** Whoever has his data back must not be kept waiting for a line in a book. */
const patienceMs = 10_000

/** Records a restore, if the repository can be written to. A copy that can only be read is as good a copy. */
export async function noteRestore(
  repository: Repository,
  context: Pick<RunContext, 'warn'>,
  { snapshot, authority, to, overwrite }: RestoreNote,
  now: Date,
): Promise<void> {
  const details = { to: to ?? null, overwrite }
  try {
    const signal = AbortSignal.timeout(patienceMs)
    await appendAudit(repository, { action: 'restore', authority, subject: [snapshot], details }, now, { signal })
  } catch (error) {
    if (!BackupError.is(error)) throw error
    context.warn(`The restore is not in the audit trail: ${error.message}`, 'The restore itself is complete. The trail needs a repository that can be written to.')
  }
}
