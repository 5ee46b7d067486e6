import type { Usage } from '../contract/provider.ts'
import type { Anomaly } from '../keep/anomalies.ts'
import type { RetentionPlan } from '../keep/plan.ts'
import type { StoredSnapshot } from '../read/snapshot-copies.ts'
import type { Failure } from '../events.ts'
import type { RunEntry } from './history.ts'
import type { Running } from './recorder.ts'

/** All that is known when health is judged. Plain data: the judge asks nobody. */
export interface HealthFacts {
  /** What is backed up, for people. */
  readonly label: string
  /** Why the repository cannot be opened. What its snapshots are is unknown then. */
  readonly closed?: Failure
  /** Of this source, oldest first. */
  readonly snapshots: readonly JudgedSnapshot[]
  /** Commits that cannot be read. */
  readonly damaged: readonly { readonly key: string; readonly message: string }[]
  readonly providers: readonly ProviderFacts[]
  /** Providers that must have confirmed what is stored. */
  readonly required: number
  /** Oldest first, of all operations. */
  readonly history: readonly RunEntry[]
  readonly running?: Running
  readonly nextRun?: Date
  /** What retention would do; absent without a policy. */
  readonly retention?: RetentionPlan
  readonly anomalies: readonly Anomaly[]
  /** Objects and bytes of the repository, as far as snapshots name them. */
  readonly stored: { readonly objects: number; readonly bytes: number }
  /** Alerts that stand: what has crossed a line must come back some way behind it. */
  readonly standing: ReadonlyMap<string, 'warning' | 'critical'>
  /** Is anybody told of alerts? */
  readonly notified: boolean
}

/** A snapshot, with what drills, scrubs and sources have found out about it. */
export interface JudgedSnapshot extends StoredSnapshot {
  readonly verified?: Date
  /** What a source or a check found wrong with what it holds. */
  readonly suspect?: readonly string[]
}

export interface ProviderFacts {
  readonly location: string
  readonly name: string
  /** A disk of this machine. */
  readonly nearby: boolean
  /** Objects it does not have yet, or still has. */
  readonly waiting: number
  readonly problem?: Failure
  /** Absent where the store cannot tell, or did not. */
  readonly usage?: Usage
}
