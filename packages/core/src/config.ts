import type { CodecName } from './contract/codec.ts'
import type { KeyProvider } from './contract/key.ts'
import type { Notifier } from './contract/notifier.ts'
import type { BackupProvider } from './contract/provider.ts'
import type { Bounds } from './session/bounds.ts'
import type { RetentionPolicy } from './contract/retention.ts'
import type { Runtime } from './contract/runtime.ts'
import type { SuiteName } from './contract/suite.ts'
import type { BackupSource } from './contract/source.ts'
import type { AlertOptions, HealthTargets } from './contract/targets.ts'
import type { Schedule } from './schedule/schedule.ts'

/** Everything a backup needs to know. Only `source`, `providers` and `keys` are required. */
export interface BackupConfig {
  /** What is backed up. */
  readonly source: BackupSource
  /** Where to. Several hold the same objects, each of them a complete repository. */
  readonly providers: readonly BackupProvider[]
  /** How many copies there are to be, where there are several providers. */
  readonly copies?: CopiesOptions
  /**
   * Room in local state for packs that a provider lacks and that no disk nearby has, in bytes; beyond it they are read from
   * another provider. @default 1,073,741,824
   */
  readonly outboxBytes?: number
  /** The secret that opens the repository, or several of which any will do. */
  readonly keys: KeyProvider | readonly KeyProvider[]
  /** What is worth keeping; `retentionPlan()` tells what that means. */
  readonly retention?: RetentionPolicy | readonly RetentionPolicy[]
  /** Other policies, as long as a provider has little room left. */
  readonly whenFull?: WhenFull
  /** How long removed snapshots can be brought back, and what it takes until space is reclaimed safely. */
  readonly collection?: Partial<Bounds>
  /** When backups are taken, for `backupJobs()`. Nothing starts by itself. */
  readonly schedule?: Schedule
  /** `auto` measures and picks. @default 'auto' */
  readonly compression?: 'auto' | CodecName | { readonly codec: CodecName; readonly level?: number }
  /** Cipher of a new repository. @default 'aes-256-gcm' */
  readonly suite?: SuiteName
  /**
   * Store a changed page as its difference to the previous version: five to ten times smaller. Keeps a copy of the pages in local state,
   * unencrypted like the original, as large as the source. @default false
   */
  readonly deltas?: boolean
  /** Threads that do the work; 0 does it in the caller's. @default as many as there are cores, at most 4 */
  readonly workers?: number
  /** @default the one that source or provider bring along, otherwise portable JavaScript */
  readonly runtime?: Runtime
  /**
   * Folder for local state, a cache that makes runs fast, and the memory of which places hold a repository. Whoever only reads (`restore`,
   * `verify`, `plan`, `snapshots`) does without it, with a warning, when it cannot be made. `init` and `run` refuse then if it was named
   * here; without a name they, too, do without: each `run` of a new process reads everything, and `init` does not notice that a place is
   * empty because its disk is not mounted. @default in the user's cache folder
   */
  readonly state?: string
  /** IANA zone whose calendar counts. @default the system's */
  readonly zone?: string
  readonly notify?: readonly Notifier[]
  /** What counts as healthy. */
  readonly targets?: HealthTargets
  /** How often somebody is reminded of what still holds. */
  readonly alerts?: AlertOptions
  /** @default the system clock */
  readonly clock?: () => Date
}

/** For providers that tell how much room they have. */
export interface WhenFull {
  /** From which share of a provider's room on, between 0 and 1. @default 0.9 */
  readonly above?: number
  /** What is worth keeping then. */
  readonly retention: RetentionPolicy | readonly RetentionPolicy[]
}

/** Every provider gets everything as soon as it can; these say from when on that counts. */
export interface CopiesOptions {
  /** As many providers must have confirmed what is stored before a snapshot counts as made. @default 1 */
  readonly required?: number
  /** As many make a snapshot `replicated`; between `required` and the number of providers. @default all of them */
  readonly target?: number
}
