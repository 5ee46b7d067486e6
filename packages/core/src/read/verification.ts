import { BackupError } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'

/** What the checks share. */
export interface Verification {
  readonly repository: Repository
  readonly context: RunContext
  readonly problems: VerifyProblem[]
  checkedBytes: number
  /** Snapshots by the packs they need; known once the lists were walked. */
  users: ReadonlyMap<ObjectName, ReadonlySet<ObjectName>>
}

export interface VerifyProblem {
  /** The object or snapshot concerned. */
  readonly key: string
  readonly kind: string
  readonly message: string
  /** Snapshots that cannot be restored completely because of it. */
  readonly snapshots: readonly ObjectName[]
}

/** Notes a failure that concerns one object, and lets any other pass: a network that is down is no damage. */
export function note(verification: Verification, key: string, error: unknown, snapshots: readonly ObjectName[]): void {
  if (!BackupError.is(error, 'corrupt', 'not-found', 'range', 'unsupported', 'key')) throw error
  verification.problems.push({ key, kind: error.kind, message: error.message, snapshots })
}
