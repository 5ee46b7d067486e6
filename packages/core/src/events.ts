import type { ItemsDone } from './contract/items.ts'
import type { SnapshotInfo } from './read/snapshot.ts'

/**
 * Everything a run tells while it goes. `type` is a noun and a verb; numbers carry their unit.
 *
 * Events are plain data: they can be sent as JSON.
 */
export type BackupEvent =
  | RunStarted
  | PhaseStarted
  | ProgressMade
  | PackStored
  | PacksGathered
  | ObjectRetried
  | Warned
  | NotifyFailed
  | RunEnded
  | RunFailed
  | SnapshotSuspected
  | AlertRaised
  | AlertCleared
  | ReplicationEvent

/** What happens between several providers; also outside of runs. */
export type ReplicationEvent = ProviderAway | ProviderBack | CopiesMissing | CopyDelivered | CopiesComplete | CopyHealed

export type Operation = 'backup' | 'restore' | 'verify' | 'retain' | 'collect' | 'scrub' | 'drill' | 'keys' | 'watch' | 'replicate'

/** What a run is busy with. */
export type Phase = 'open' | 'read' | 'store' | 'commit' | 'plan' | 'fetch' | 'check' | 'remove' | 'deliver'

/** Why something failed, as plain data. */
export interface Failure {
  readonly kind: string
  readonly message: string
  readonly hint: string
  /** What was to be changed is not as it was before, or nobody can tell; the hint says how to get back. */
  readonly altered?: true
  /**
   * It was thrown by something outside of these packages: a plugin, a callback, a library that nobody translated. Its message may say
   * anything, secrets included, and is for those who run the program.
   */
  readonly foreign?: true
}

interface RunEvent {
  readonly operation: Operation
  /** The same for all events of one run. */
  readonly run: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface RunStarted extends RunEvent {
  readonly type: 'run-start'
  readonly label: string
}

export interface PhaseStarted extends RunEvent {
  readonly type: 'phase-start'
  readonly phase: Phase
}

/** At most ten a second. */
export interface ProgressMade extends RunEvent {
  readonly type: 'progress'
  readonly phase: Phase
  readonly doneBytes: number
  /** Absent as long as nobody knows. */
  readonly totalBytes?: number
  /** Bytes that had to be stored or fetched so far. */
  readonly movedBytes: number
  /** Over the last seconds. */
  readonly bytesPerSecond: number
  /** Estimated from the rate; absent without a total. */
  readonly leftMs?: number
  /** What people count, where the source counts it. */
  readonly items?: ItemsDone
}

export interface PackStored extends RunEvent {
  readonly type: 'pack-stored'
  readonly key: string
  readonly sizeBytes: number
  /** It was there already, from a run that was interrupted. */
  readonly adopted: boolean
}

/** What is needed of several packs was copied into new ones; the old ones are removed later. */
export interface PacksGathered extends RunEvent {
  readonly type: 'packs-gathered'
  readonly from: number
  readonly into: readonly string[]
}

export interface ObjectRetried extends RunEvent {
  readonly type: 'retry'
  readonly key: string
  readonly attempt: number
  readonly waitMs: number
  readonly reason: string
}

export interface Warned extends RunEvent {
  readonly type: 'warning'
  readonly message: string
  readonly hint: string
}

export interface NotifyFailed extends RunEvent {
  readonly type: 'notify-error'
  readonly notifier: string
  readonly message: string
  /** As in {@link Failure}. */
  readonly foreign?: true
}

export interface RunEnded extends RunEvent {
  readonly type: 'run-end'
  readonly durationMs: number
  /** The snapshot made or restored; absent for `verify`. */
  readonly snapshot?: SnapshotInfo
}

export interface RunFailed extends RunEvent {
  readonly type: 'run-error'
  readonly durationMs: number
  readonly error: Failure
}

/** A snapshot was stored, and there is reason to believe that what it holds was damaged before. Retention stops until a sound one follows. */
export interface SnapshotSuspected extends RunEvent {
  readonly type: 'snapshot-suspect'
  readonly snapshot: string
  /** What the source found, for people. */
  readonly findings: readonly string[]
}

/** Something needs somebody's attention; said once, and again only after a long time. */
export interface AlertRaised extends RunEvent {
  readonly type: 'alert-raised'
  /** That of the source that it is about. */
  readonly label?: string
  readonly alert: Alert
  /** It was raised before and still holds. */
  readonly reminder: boolean
}

/** What was wrong is right again. */
export interface AlertCleared extends RunEvent {
  readonly type: 'alert-cleared'
  /** That of the source that it is about. */
  readonly label?: string
  readonly alert: Alert
}

/** Plain data, in words for people. */
export interface Alert {
  /** The same for the same matter: `backup-overdue`, `quota:local:/mnt/usb`. */
  readonly id: string
  readonly severity: 'warning' | 'critical'
  /** One line: `No backup for 3 hours`. */
  readonly title: string
  readonly message: string
  /** What to do about it. */
  readonly action: string
  /** Milliseconds since 1970: since when it has been so. */
  readonly since: number
}

/** A provider does not work. What it lacks is kept for it. */
export interface ProviderAway extends RunEvent {
  readonly type: 'provider-away'
  readonly location: string
  readonly reason: Failure
}

export interface ProviderBack extends RunEvent {
  readonly type: 'provider-back'
  readonly location: string
}

/** A comparison found objects that one provider lacks and another has; they are on their way. */
export interface CopiesMissing extends RunEvent {
  readonly type: 'copies-missing'
  readonly location: string
  readonly objects: number
}

/** A provider got an object later than others. */
export interface CopyDelivered extends RunEvent {
  readonly type: 'copy-delivered'
  readonly location: string
  readonly key: string
}

/** A provider has everything that it lacked: of a run that did not wait for it, of a time in which it was away. */
export interface CopiesComplete extends RunEvent {
  readonly type: 'copies-complete'
  readonly location: string
}

/** A provider held other bytes than the name of the object says; they were replaced by those of another provider. */
export interface CopyHealed extends RunEvent {
  readonly type: 'copy-healed'
  readonly location: string
  readonly key: string
}
