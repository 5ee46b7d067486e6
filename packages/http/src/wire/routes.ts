import type { SessionJson } from './access.ts'
import type { AuditPageJson, AuditQuery, AuditReportJson } from './audit.ts'
import type { LogPageJson, LogQuery } from './events.ts'
import type { HealthJson, StatusJson } from './health.ts'
import type {
  BackupBody,
  DrillBody,
  DrillListJson,
  DrillListQuery,
  JobJson,
  JobListJson,
  JobListQuery,
  ScrubBody,
  VerifyBody,
} from './jobs.ts'
import type { AccountJson, DisconnectJson, ProviderListJson, SignInJson, SignInStartedJson } from './providers.ts'
import type { RestoreBody, RestorePlanBody, RestorePlanJson } from './restores.ts'
import type { RetentionApplyPlanJson, RetentionPreviewBody, RetentionPreviewJson } from './retention.ts'
import type { ScheduleJson, ScheduleQuery, ScheduledDeedBody, ScheduledJobJson } from './schedule.ts'
import type { CodeNotedBody, ConfigurationJson, InitResultJson, RecoveryCodeJson, SetupJson } from './setup.ts'
import type {
  ConfirmedBody,
  ContentQuery,
  DiffQuery,
  DifferenceJson,
  EntryPageJson,
  EntryQuery,
  HoldBody,
  HoldJson,
  HoldListJson,
  ReasonBody,
  RemovalJson,
  RemovalPlanBody,
  RemovalPlanJson,
  SnapshotJson,
  SnapshotListQuery,
  SnapshotPageJson,
  TrashJson,
  UndeleteBody,
  UndeleteJson,
} from './snapshots.ts'
import type {
  RowDiffJson,
  RowDiffQuery,
  RowPageJson,
  RowPageQuery,
  RowPlanBody,
  RowPlanJson,
  RowRestoreBody,
  TableDiffJson,
  TableDiffQuery,
  TableListJson,
} from './travel.ts'

/** Method and path of each route, with what it takes and gives: `Routes['GET /snapshots']['answer']`. Paths are below `basePath`. */
export interface Routes {
  'GET /session': Route<SessionJson>
  'GET /setup': Route<SetupJson>
  'POST /setup': Route<InitResultJson>
  'POST /setup/noted': Route<SetupJson, CodeNotedBody>
  'POST /keys/recovery-code': Route<RecoveryCodeJson, ReasonBody>
  'GET /configuration': Route<ConfigurationJson>
  'GET /status': Route<StatusJson>
  'GET /health': Route<HealthJson>
  /** Text for Prometheus. */
  'GET /metrics': Route<string>
  'GET /snapshots': Route<SnapshotPageJson, never, SnapshotListQuery>
  'GET /snapshots/:snapshot': Route<SnapshotJson>
  'GET /snapshots/:snapshot/entries': Route<EntryPageJson, never, EntryQuery>
  /** Bytes; takes a `Range`. */
  'GET /snapshots/:snapshot/content': Route<Uint8Array, never, ContentQuery>
  'GET /snapshots/:snapshot/tables': Route<TableListJson>
  'GET /snapshots/:snapshot/tables/:table/rows': Route<RowPageJson, never, RowPageQuery>
  'GET /diff': Route<DifferenceJson, never, DiffQuery>
  'GET /diff/tables': Route<TableDiffJson, never, TableDiffQuery>
  'GET /diff/rows': Route<RowDiffJson, never, RowDiffQuery>
  'GET /holds': Route<HoldListJson>
  'POST /holds': Route<HoldJson, HoldBody>
  'POST /holds/:hold/release': Route<HoldJson, ReasonBody>
  'POST /removal-plans': Route<RemovalPlanJson, RemovalPlanBody>
  'POST /removals': Route<RemovalJson, ConfirmedBody>
  'GET /trash': Route<TrashJson>
  'POST /trash/undelete': Route<UndeleteJson, UndeleteBody>
  'GET /jobs': Route<JobListJson, never, JobListQuery>
  'GET /jobs/:job': Route<JobJson>
  'POST /jobs/:job/cancel': Route<JobJson>
  'POST /backups': Route<JobJson, BackupBody>
  'POST /verifications': Route<JobJson, VerifyBody>
  'POST /scrubs': Route<JobJson, ScrubBody>
  'GET /drills': Route<DrillListJson, never, DrillListQuery>
  'POST /drills': Route<JobJson, DrillBody>
  /** Retention, then space: what a schedule calls. */
  'POST /prunes': Route<JobJson, ReasonBody>
  'POST /restore-plans': Route<RestorePlanJson, RestorePlanBody>
  'POST /restores': Route<JobJson, RestoreBody>
  'POST /row-plans': Route<RowPlanJson, RowPlanBody>
  'POST /row-restores': Route<JobJson, RowRestoreBody>
  'POST /retention/preview': Route<RetentionPreviewJson, RetentionPreviewBody>
  'POST /retention/plans': Route<RetentionApplyPlanJson>
  'POST /retention/apply': Route<JobJson, ConfirmedBody>
  'GET /schedule': Route<ScheduleJson, never, ScheduleQuery>
  'POST /schedule/:job/pause': Route<ScheduledJobJson, ScheduledDeedBody>
  'POST /schedule/:job/resume': Route<ScheduledJobJson, ScheduledDeedBody>
  'POST /schedule/:job/run': Route<ScheduledJobJson, ScheduledDeedBody>
  'GET /providers': Route<ProviderListJson>
  'POST /accounts/:account/sign-ins': Route<SignInStartedJson>
  'POST /accounts/:account/disconnect': Route<DisconnectJson, ReasonBody>
  'GET /accounts/:account': Route<AccountJson>
  'GET /sign-ins/:signIn': Route<SignInJson>
  'POST /sign-ins/:signIn/cancel': Route<SignInJson>
  /** Where the vendor sends the browser: a page for people. */
  'GET /oauth/callback': Route<string>
  'GET /audit': Route<AuditPageJson, never, AuditQuery>
  'POST /audit/verify': Route<AuditReportJson>
  'GET /events': Route<LogPageJson, never, LogQuery>
  /** `text/event-stream` of {@link StreamEvent}. */
  'GET /events/stream': Route<ReadableStream<Uint8Array>>
  'GET /openapi.json': Route<Readonly<Record<string, unknown>>>
}

export interface Route<Answer, Body = never, Query = never> {
  readonly answer: Answer
  readonly body: Body
  readonly query: Query
}

export type RouteName = keyof Routes
