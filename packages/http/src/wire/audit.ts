import type { AuditPage, AuditReport } from '@backup/core'
import type { AsJson } from './as-json.ts'

export type AuditPageJson = AsJson<AuditPage>
export type AuditEntryJson = AuditPageJson['entries'][number]
export type AuditReportJson = AsJson<AuditReport>

export interface AuditQuery {
  readonly from?: string
  readonly to?: string
  readonly action?: string
  /** From 1 to 1,000. @default 100 */
  readonly limit?: number
  readonly before?: string
}
