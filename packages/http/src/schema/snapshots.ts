import type { JobSnapshotJson } from '../wire/jobs.ts'
import type {
  ConfirmJson,
  ConfirmedBody,
  ContentQuery,
  DiffQuery,
  DifferenceJson,
  EntryJson,
  EntryPageJson,
  EntryQuery,
  HoldBody,
  HoldJson,
  HoldListJson,
  ReasonBody,
  RemovalJson,
  RemovalPlanBody,
  RemovalPlanJson,
  SnapshotInfoJson,
  SnapshotJson,
  SnapshotListQuery,
  SnapshotPageJson,
  SnapshotRetentionJson,
  TrashJson,
  TrashedSnapshotJson,
  UndeleteBody,
  UndeleteJson,
} from '../wire/snapshots.ts'
import { type PropertiesOf, type Schema, amount, either, flag, just, list, loosely, named, nullable, object, oneOf, optional, text, time, whole, words } from './schema.ts'

export const kind: Schema<SnapshotInfoJson['kind']> = oneOf('manual', 'scheduled', 'emergency', 'safety')
export const snapshotId: Schema<string> = words(64, 'Id of a snapshot, or the beginning of it.')
export const reason: Schema<string> = words(1000, 'Why, in a sentence, for whoever reads the audit trail in ten years.')
const ids = (): Schema<readonly string[]> => list(snapshotId, { minItems: 1, maxItems: 1000 })

const info: PropertiesOf<SnapshotInfoJson> = {
  id: text('SHA-256 of the commit.'),
  time: time(),
  zone: text('IANA zone of the machine that made it.'),
  durationMs: amount(),
  kind,
  tags: list(text()),
  note: nullable(text()),
  source: object<SnapshotInfoJson['source']>({ name: text(), label: text() }),
  streams: list(object<SnapshotInfoJson['streams'][number]>({ name: text(), sizeBytes: amount() })),
  sizeBytes: amount('What a restore brings back.'),
  freshBytes: amount('Of these, bytes that had not been stored before.'),
  storedBytes: amount('What it added to the repository.'),
  proof: loosely({ type: 'object', properties: { complete: flag() }, required: ['complete'], additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } }),
  suspect: optional(list(text())),
}

export const snapshotInfo: Schema<SnapshotInfoJson> = named('SnapshotInfo', object<SnapshotInfoJson>(info))

const state: Schema<SnapshotJson['state']> = oneOf('partial', 'committed', 'replicated')
const copies: Schema<SnapshotJson['copies']> = list(object<SnapshotJson['copies'][number]>({ location: text(), state: oneOf('partial', 'committed') }))

export const jobSnapshot: Schema<JobSnapshotJson> = named(
  'JobSnapshot',
  object<JobSnapshotJson>({ ...info, state: optional(state), copies: optional(copies) }),
)

const retention: Schema<SnapshotRetentionJson> = either(
  object<{ readonly keep: true; readonly reasons: readonly string[] }>({ keep: just(true), reasons: list(text()) }),
  object<{ readonly keep: false; readonly reason: string }>({ keep: just(false), reason: text() }),
)

export const snapshot: Schema<SnapshotJson> = named(
  'Snapshot',
  object<SnapshotJson>({
    ...info,
    state,
    copies,
    verified: optional(time('When it last came back sound.')),
    retention: optional(retention),
    holds: list(text()),
  }),
)

export const snapshotPage: Schema<SnapshotPageJson> = named(
  'SnapshotPage',
  object<SnapshotPageJson>({ snapshots: list(snapshot), total: amount(), next: optional(text()) }),
)

export const snapshotListQuery: Schema<SnapshotListQuery> = object<SnapshotListQuery>({
  limit: optional(whole(1, 1000)),
  before: optional(snapshotId),
  kind: optional(kind),
  from: optional(time()),
  to: optional(time()),
})

const entry: Schema<EntryJson> = named(
  'Entry',
  object<EntryJson>({
    path: text(),
    type: oneOf('file', 'folder', 'link'),
    sizeBytes: amount(),
    mode: optional(amount('Permissions.')),
    modified: optional(time()),
    target: optional(text('Where a link leads.')),
    content: optional(object<NonNullable<EntryJson['content']>>({ stream: text(), offset: amount(), length: amount() })),
  }),
)

export const entryPage: Schema<EntryPageJson> = named('EntryPage', object<EntryPageJson>({ entries: list(entry), truncated: flag() }))

export const entryQuery: Schema<EntryQuery> = object<EntryQuery>({ folder: optional(words(4096)), limit: optional(whole(1, 10_000)) })

export const contentQuery: Schema<ContentQuery> = object<ContentQuery>({ path: optional(words(4096)), stream: optional(words(1024)) })

export const diffQuery: Schema<DiffQuery> = object<DiffQuery>({ from: snapshotId, to: snapshotId })

export const difference: Schema<DifferenceJson> = named(
  'Difference',
  object<DifferenceJson>({
    from: snapshotInfo,
    to: snapshotInfo,
    streams: list(
      object<DifferenceJson['streams'][number]>({
        name: text(),
        change: oneOf('added', 'removed', 'changed', 'same'),
        sizeBytes: amount(),
        previousBytes: amount(),
        changedBytes: amount(),
        changedUnits: amount(),
      }),
    ),
    changedBytes: amount(),
  }),
)

export const hold: Schema<HoldJson> = named(
  'Hold',
  object<HoldJson>({ id: text(), time: time(), snapshots: list(text()), actor: text(), reason: text(), until: optional(time()) }),
)

export const holdList: Schema<HoldListJson> = object<HoldListJson>({ holds: list(hold) })

export const holdBody: Schema<HoldBody> = object<HoldBody>({ snapshots: ids(), reason, until: optional(time()) })

export const reasonBody: Schema<ReasonBody> = object<ReasonBody>({ reason })

const token: Schema<string> = words(100, '`confirm.token` of the plan.')

export const confirmedBody: Schema<ConfirmedBody> = object<ConfirmedBody>({ token, reason })

export const confirmed: PropertiesOf<ConfirmedBody> = { token, reason }

export const confirm: Schema<ConfirmJson> = named('Confirm', object<ConfirmJson>({ token: text(), expiresAt: time() }))

const trashedSnapshot: Schema<TrashedSnapshotJson> = named(
  'TrashedSnapshot',
  object<TrashedSnapshotJson>({
    ...info,
    removed: object<TrashedSnapshotJson['removed']>({ time: time(), until: time(), actor: text(), reason: text() }),
  }),
)

export const trash: Schema<TrashJson> = object<TrashJson>({ snapshots: list(trashedSnapshot) })

export const removalPlanBody: Schema<RemovalPlanBody> = object<RemovalPlanBody>({ snapshots: ids() })

export const removalPlan: Schema<RemovalPlanJson> = named(
  'RemovalPlan',
  object<RemovalPlanJson>({ snapshots: list(snapshot), undoMs: amount(), warnings: list(text()), confirm }),
)

export const removal: Schema<RemovalJson> = object<RemovalJson>({ snapshots: list(text()), until: time() })

export const undeleteBody: Schema<UndeleteBody> = object<UndeleteBody>({ snapshots: ids(), reason })

export const undeleted: Schema<UndeleteJson> = object<UndeleteJson>({ snapshots: list(text()) })
