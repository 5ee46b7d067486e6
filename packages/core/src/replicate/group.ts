import type { CallOptions } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import type { Timers } from '../provider/timers.ts'
import type { Outbox } from './outbox.ts'
import type { Replica } from './replica.ts'
import type { TellReplication } from './replica-events.ts'

/** Several replicas and what they share. */
export interface ReplicaGroup {
  readonly replicas: readonly Replica[]
  /** Copies that must be confirmed before an object counts as stored. */
  readonly required: number
  readonly outbox: Outbox
  readonly crypto: Crypto
  readonly timers: Timers
  readonly clock: () => Date
  readonly tell: TellReplication
  /** Fires when everything is to end. */
  readonly closing: AbortSignal
  /** Copies that are known to be damaged and could not be replaced. */
  readonly damaged: Map<string, Set<Replica>>
  /** Objects that were removed for good. */
  readonly removed: ReadonlySet<string>
  /** Objects that a replica lacks and that only others have which are out of reach. */
  readonly outOfReach: ReadonlyMap<Replica, Set<string>>
  /** How long a sign of life may take before others answer in a replica's place, in milliseconds. */
  readonly lifeMs: number
  /** Brings what is in the outboxes on its way. */
  deliver(): void
  /** Resolves when it has what it lacked, or nothing is brought to it for now. */
  caughtUp(replica: Replica): Promise<void>
  /** Is something being brought to it? */
  isUnderWay(replica: Replica): boolean
}

/** Those that may be read from and stored to. */
export function admitted({ replicas }: ReplicaGroup): Replica[] {
  return replicas.filter(({ isAdmitted }) => isAdmitted)
}

/**
 * As many as must answer so that nothing stays hidden: with `required` copies of everything, at least one of so many has each object
 * that counts as stored.
 */
export function readQuorum({ replicas, required }: ReplicaGroup): number {
  return replicas.length - required + 1
}

/** How many must take part: FORMAT.md §21.1. Whoever sees as many as a snapshot is stored with sees at least one of a `whole` put. */
export function wanted(group: ReplicaGroup, view: CallOptions['view']): number {
  if (view === 'all') return group.replicas.length
  if (view === 'whole') return Math.max(group.required, readQuorum(group))
  return view === 'writer' ? group.required : 1
}

/** How much it must get before it may get a commit. What only others have that are out of reach is not waited for. */
export function owed({ outbox, outOfReach }: ReplicaGroup, replica: Replica): number {
  const waits = [...outOfReach.get(replica)!].filter((key) => outbox.lacks(replica.id, key))
  return outbox.count(replica.id) - waits.length
}

/** The signal of a caller, and the end of everything. */
export function until({ closing }: ReplicaGroup, caller: AbortSignal | undefined): AbortSignal {
  return caller ? AbortSignal.any([caller, closing]) : closing
}
