export type { BackupRestore, RestoreRequest } from './backup-restore.ts'
export type {
  AuthorisedCall,
  BackupRetention,
  HoldRequest,
  PruneReport,
  RetainRequest,
  RetentionForecastRequest,
  RetentionPlanRequest,
} from './backup-retention.ts'
export type { BackupSettings, SetupState } from './backup-setup.ts'
export type { BackupKeys, EraseRequest, ErasePlanRequest, ErasedKeys, KeyOptions, ProveErasureRequest, RemoveSlotOptions } from './backup-keys.ts'
export {
  createBackup,
  type Backup,
  type DrillRequest,
  type ReadRequest,
  type RunRequest,
  type ScrubRequest,
  type SyncRequest,
  type VerifyRequest,
} from './backup.ts'
export type { BackupConfig, CopiesOptions, WhenFull } from './config.ts'
export { BackupError, type BackupErrorOptions, type ErrorKind, throwIfAborted } from './errors.ts'
export type * from './events.ts'

export { type PassphraseOptions, passphrase } from './crypto/keys/passphrase.ts'
export { rawKey } from './crypto/keys/raw-key.ts'
export { recoveryCode } from './crypto/keys/recovery-code.ts'

export * from './keep/index.ts'
export * from './schedule/index.ts'
export * from './tune/index.ts'

export { contract, type Plugin } from './contract/version.ts'
export type * from './contract/authority.ts'
export type * from './contract/codec.ts'
export type * from './contract/duration.ts'
export type * from './contract/key.ts'
export type * from './contract/lane.ts'
export type * from './contract/notifier.ts'
export { capabilitiesOf, defaultCapabilities } from './contract/provider.ts'
export type * from './contract/provider.ts'
export type * from './contract/retention.ts'
export type * from './contract/runtime.ts'
export type * from './contract/source.ts'
export { suiteIds } from './contract/suite.ts'
export type * from './contract/suite.ts'
export type * from './contract/targets.ts'

export * from './notify/index.ts'

export { checkKey, checkPrefix, isKey } from './provider/check-key.ts'
export { type NetworkProblem, networkProblem } from './provider/network-problem.ts'
export { retryAfterMs } from './provider/retry-after.ts'
export { type RetriedOperation, type RetryEvent, type RetryOptions, type Timers, withRetry } from './provider/with-retry.ts'
export { type BandwidthLimit, withBandwidthLimit } from './provider/with-bandwidth-limit.ts'
export { withConcurrencyLimit } from './provider/with-concurrency-limit.ts'
export { withPrefix } from './provider/with-prefix.ts'
export { several } from './source/several.ts'
export { portableRuntime } from './portable/runtime.ts'

export type { Recommendation } from './health/advice.ts'
export type { HealthFigures } from './health/figures.ts'
export type { HealthLevel } from './health/judge.ts'
export type { RunMetrics } from './health/metrics.ts'
export type { Health, HealthCheck, StatusRequest, WatchRequest } from './health/monitor.ts'
export type { HealthReason } from './health/reason.ts'
export type { BackupStatus, LastRun, ProviderStatus } from './health/status.ts'
export type { ReplicaStatus } from './replicate/replicated.ts'
export type { InitResult } from './repository/init.ts'
export type { SnapshotKind } from './format/commit.ts'
export type { SnapshotDifference, StreamDifference } from './read/compare.ts'
export type { Bounds } from './session/bounds.ts'
export type { CollectionReport } from './prune/collect-run.ts'
export type { CollectionPlan, PackToRemove } from './prune/collection-plan.ts'
export type { Hold } from './prune/holds.ts'
export type { RetentionReport } from './prune/retention.ts'
export type { TrashedSnapshot } from './prune/trashed.ts'
export type { Trashed } from './repository/trash.ts'
export type { RestorePlan } from './read/plan.ts'
export type { RestoreReport } from './read/restore-run.ts'
export type { StreamPart } from './read/read-stream.ts'
export type { SnapshotInfo } from './read/snapshot.ts'
export type { SnapshotCopy, StoredSnapshot } from './read/snapshot-copies.ts'
export type { VerifyProblem } from './read/verification.ts'
export type { VerifyDepth, VerifyReport } from './read/verify-run.ts'
export type { DrillReport } from './drill/report.ts'
export { drillReportHtml } from './drill/report-html.ts'
export type { ScrubReport } from './scrub/scrub-run.ts'
export type { Run } from './track/run.ts'
export { type AuditAction, auditActions } from './audit/actions.ts'
export type { AuditEntry } from './audit/entry.ts'
export type { AuditPage, AuditRequest } from './audit/list.ts'
export type { AuditProblem, AuditReport, AuditWriter } from './audit/verify.ts'
export type { EraseOptions, EraseReport } from './keys/erase.ts'
export type { ErasePlan, LostSnapshot } from './keys/erase-plan.ts'
export type { Erasure, ErasureProof } from './keys/prove-erasure.ts'
export type { SlotInfo } from './keys/slots.ts'
export type { EpochUse } from './repository/epochs.ts'
