import { backupFailing, backupOverdue, lowSuccess, noBackup, slowBackups } from './conditions/backups.ts'
import { copiesLate, threeTwoOne, tooFewCopies } from './conditions/copies.ts'
import { anomalous, checkFailed, clockWrong, liveDataDamaged, snapshotsDamaged, snapshotsUnreadable } from './conditions/damage.ts'
import { drillOverdue, restoreSlow, retentionLate, verifyOverdue } from './conditions/proofs.ts'
import { providerAway, quotaForecast, quotaReached, repositoryClosed, signInNeeded } from './conditions/providers.ts'
import type { HealthFacts } from './facts.ts'
import type { Condition, HealthReason } from './reason.ts'
import type { Targets } from './targets.ts'

export type HealthLevel = 'healthy' | 'warning' | 'critical'

export interface Judgement {
  /** The worst of the reasons. */
  readonly level: HealthLevel
  /** The worst first; each id once. */
  readonly reasons: readonly HealthReason[]
}

/** Everything that can be wrong: causes before what follows from them. */
export const conditions: readonly Condition[] = [
  repositoryClosed,
  providerAway,
  signInNeeded,
  liveDataDamaged,
  snapshotsUnreadable,
  noBackup,
  backupFailing,
  backupOverdue,
  checkFailed,
  snapshotsDamaged,
  anomalous,
  tooFewCopies,
  quotaReached,
  copiesLate,
  quotaForecast,
  threeTwoOne,
  lowSuccess,
  slowBackups,
  restoreSlow,
  verifyOverdue,
  drillOverdue,
  retentionLate,
  clockWrong,
]

/** What is wrong, as far as the facts tell. A pure function of its arguments. */
export function judge(facts: HealthFacts, targets: Targets, now: Date): Judgement {
  const found = conditions.flatMap((condition) => condition(facts, targets, now))
  const ids = new Set(found.map(({ id }) => id))
  // Where the cause is not wrong itself, nothing follows from it.
  const reasons = found.map(({ because, ...reason }) => ({ ...reason, ...(because !== undefined && ids.has(because) && { because }) }))
  const critical = reasons.filter(({ severity }) => severity === 'critical')
  const warnings = reasons.filter(({ severity }) => severity === 'warning')
  const level = critical.length > 0 ? 'critical' : warnings.length > 0 ? 'warning' : 'healthy'
  return { level, reasons: [...critical, ...warnings] }
}
