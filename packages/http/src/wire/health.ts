import type { BackupStatus, Health } from '@backup/core'
import type { AsJson } from './as-json.ts'

export type StatusJson = AsJson<BackupStatus>
export type HealthJson = AsJson<Health>
/** `reasons` of health. */
export type HealthReasonJson = HealthJson['reasons'][number]
/** Figures of the backups of a day, week or month. */
export type RunMetricsJson = StatusJson['day']
