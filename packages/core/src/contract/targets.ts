import type { Duration } from './duration.ts'

/** Milliseconds, too. */
type TimeSpan = Duration | number

/** What counts as healthy. Each of them may be left out. */
export interface HealthTargets {
  /**
   * Recovery point objective: data of this last time may be lost. The newest good backup is never to be older.
   * @default twice the interval of the schedule; 24 hours without one
   */
  readonly rpo?: TimeSpan
  /** Recovery time objective: a restore or drill may take so long. @default none: the time is told and not judged */
  readonly rto?: TimeSpan
  /** Something is to be verified at least so often. @default '30d' */
  readonly verify?: TimeSpan
  /** A restore is to be tried at least so often. @default '90d' */
  readonly drill?: TimeSpan
  /** Share of a provider's room from which on to warn, above 0 and below 0.95; from 0.95 on it is critical. @default 0.8 */
  readonly quota?: number
  /** A provider is to have what others have after so long. @default '1h' */
  readonly copies?: TimeSpan
  /** What retention does not keep is to be gone after so long. @default '7d' */
  readonly retention?: TimeSpan
  /** Share of backups of the last week that are to succeed, above 0 and at most 1. @default 0.9 */
  readonly success?: number
  /** Three copies with the live one, on two kinds of provider, one of them not nearby. @default true */
  readonly threeTwoOne?: boolean
}

/** How often somebody is told of what still holds. */
export interface AlertOptions {
  /** @default '24h' */
  readonly remindCritical?: TimeSpan
  /** @default '7d' */
  readonly remindWarning?: TimeSpan
}
