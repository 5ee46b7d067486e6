import type { ItemsDone } from '@backup/core'
import type {
  BackupBody,
  DrillBody,
  DrillListJson,
  DrillListQuery,
  DrillReportJson,
  JobJson,
  JobListJson,
  JobListQuery,
  JobProgressJson,
  JobResultJson,
  JobState,
  ScrubBody,
  VerifyBody,
} from '../wire/jobs.ts'
import { operation } from './health.ts'
import { restoreResult } from './restores.ts'
import { retentionPlan } from './retention.ts'
import { type Schema, amount, either, flag, just, list, named, number, object, oneOf, optional, recordOf, text, time, whole, words } from './schema.ts'
import { coreFailure, failure } from './session.ts'
import { jobSnapshot, kind, reason, snapshotId } from './snapshots.ts'
import { rowRestore } from './travel.ts'

const state: Schema<JobState> = oneOf('running', 'done', 'failed', 'cancelled')
const depth: Schema<NonNullable<VerifyBody['depth']>> = oneOf('structure', 'hash', 'data', 'restore')

type Result<Of extends JobResultJson['of']> = Extract<JobResultJson, { readonly of: Of }>
type Verify = Result<'verify'>['verify']
type Scrub = Result<'scrub'>['scrub']
type Retain = Result<'retain'>['retain']
type Prune = Result<'prune'>['prune']
type Collect = Result<'collect'>['collect']

const problemProperties = { key: text(), kind: text(), message: text(), snapshots: list(text()) }

const verifyReport: Schema<Verify> = named(
  'VerifyReport',
  object<Verify>({
    depth,
    ok: flag(),
    problems: list(object<Verify['problems'][number]>(problemProperties)),
    snapshots: amount(),
    packs: amount(),
    packBytes: amount(),
    unusedPacks: amount(),
    checkedBytes: amount(),
    durationMs: amount(),
  }),
)

const scrubReport: Schema<Scrub> = named(
  'ScrubReport',
  object<Scrub>({
    ok: flag(),
    places: list(
      object<Scrub['places'][number]>({
        location: text(),
        objects: amount(),
        packs: amount(),
        checkedBytes: amount(),
        readBytes: amount(),
        totalBytes: amount(),
        coverage: number('From 0 to 1.'),
        oldest: optional(time()),
        problem: optional(coreFailure),
      }),
    ),
    openedPacks: amount(),
    healed: list(object<Scrub['healed'][number]>({ location: text(), key: text() })),
    damaged: list(object<Scrub['damaged'][number]>({ ...problemProperties, location: text() })),
    durationMs: amount(),
  }),
)

export const drillReport: Schema<DrillReportJson> = named(
  'DrillReport',
  object<DrillReportJson>({
    version: just(1),
    kind: just('drill'),
    repository: text(),
    time: time(),
    snapshot: object<DrillReportJson['snapshot']>({
      id: text(),
      time: time(),
      sizeBytes: amount(),
      source: object<DrillReportJson['snapshot']['source']>({ name: text(), label: text() }),
    }),
    ok: flag(),
    outcome: oneOf('sound', 'damaged', 'failed', 'refused'),
    findings: list(text()),
    examined: flag(),
    counts: optional(recordOf(number())),
    from: text(),
    restoredBytes: amount(),
    fetchedBytes: amount(),
    firstByteMs: amount(),
    rtoMs: amount(),
    checkMs: amount(),
    bytesPerSecond: amount(),
    predictedRtoMs: amount(),
    scratch: oneOf('removed', 'kept', 'left', 'none'),
    software: text(),
    host: optional(text()),
    actor: text(),
    reason: text(),
    epoch: amount(),
    mac: text(),
  }),
)

const retentionReport: Schema<Retain> = named(
  'RetentionReport',
  object<Retain>({
    plan: retentionPlan,
    removed: list(text()),
    paused: list(object<Retain['paused'][number]>({ kind: oneOf('size', 'change', 'entropy', 'clock'), id: text(), message: text() })),
    until: optional(time()),
  }),
)

const collectionReport: Schema<Collect> = named(
  'CollectionReport',
  object<Collect>({
    snapshots: list(text()),
    removedPacks: amount(),
    removedBytes: amount(),
    announcedPacks: amount(),
    announcedBytes: amount(),
    gatheredPacks: amount(),
    gatheredInto: amount(),
    packBytes: amount(),
    neededBytes: optional(amount()),
    next: optional(time()),
    unreadable: list(text()),
    durationMs: amount(),
  }),
)

const result: Schema<JobResultJson> = either<
  [Result<'restore'>, Result<'rows'>, Result<'verify'>, Result<'scrub'>, Result<'drill'>, Result<'retain'>, Result<'prune'>, Result<'collect'>]
>(
  object<Result<'restore'>>({ of: just('restore'), restore: restoreResult }),
  object<Result<'rows'>>({ of: just('rows'), rows: rowRestore }),
  object<Result<'verify'>>({ of: just('verify'), verify: verifyReport }),
  object<Result<'scrub'>>({ of: just('scrub'), scrub: scrubReport }),
  object<Result<'drill'>>({ of: just('drill'), drill: drillReport }),
  object<Result<'retain'>>({ of: just('retain'), retain: retentionReport }),
  object<Result<'prune'>>({ of: just('prune'), prune: object<Prune>({ retention: optional(retentionReport), collection: collectionReport }) }),
  object<Result<'collect'>>({ of: just('collect'), collect: collectionReport }),
)

export const job: Schema<JobJson> = named(
  'Job',
  object<JobJson>({
    id: text(),
    operation,
    state,
    startedAt: time(),
    actor: optional(text()),
    reason: optional(text()),
    part: optional(text()),
    phase: optional(oneOf('open', 'read', 'store', 'commit', 'plan', 'fetch', 'check', 'remove', 'deliver')),
    progress: optional(
      object<JobProgressJson>({
        doneBytes: amount(),
        totalBytes: optional(amount()),
        movedBytes: amount(),
        bytesPerSecond: amount(),
        leftMs: optional(amount()),
        items: optional(object<ItemsDone>({ unit: oneOf('files', 'rows'), done: amount(), total: optional(amount()) })),
      }),
    ),
    warnings: list(object<JobJson['warnings'][number]>({ message: text(), hint: text() })),
    retries: amount(),
    endedAt: optional(time()),
    durationMs: optional(amount()),
    error: optional(failure),
    snapshot: optional(jobSnapshot),
    result: optional(result),
  }),
)

export const jobList: Schema<JobListJson> = named('JobList', object<JobListJson>({ jobs: list(job) }))

export const jobListQuery: Schema<JobListQuery> = object<JobListQuery>({
  state: optional(state),
  operation: optional(operation),
  limit: optional(whole(1, 200)),
})

export const backupBody: Schema<BackupBody> = object<BackupBody>({
  kind: optional(kind),
  tags: optional(list(words(100), { maxItems: 100 })),
  note: optional(words(1000)),
})

export const verifyBody: Schema<VerifyBody> = object<VerifyBody>({ depth: optional(depth) })

export const scrubBody: Schema<ScrubBody> = object<ScrubBody>({ budgetBytes: optional(whole(0)) })

export const drillBody: Schema<DrillBody> = object<DrillBody>({ snapshot: optional(snapshotId), reason: optional(reason) })

export const drillList: Schema<DrillListJson> = named('DrillList', object<DrillListJson>({ drills: list(drillReport) }))

export const drillListQuery: Schema<DrillListQuery> = object<DrillListQuery>({ limit: optional(whole(1, 1000)) })
