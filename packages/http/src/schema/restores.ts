import type { RestoreBody, RestorePlanBody, RestorePlanJson, RestoreResultJson, RestoredPlaceJson } from '../wire/restores.ts'
import { type PropertiesOf, type Schema, amount, either, flag, list, named, number, object, optional, recordOf, recursive, text, words } from './schema.ts'
import { confirm, confirmed, difference, snapshotId, snapshotInfo } from './snapshots.ts'

type Plan = RestorePlanJson['plan']

const place: Schema<NonNullable<Plan['to']>> = either(text(), recordOf(text()))

const planProperties: PropertiesOf<Plan> = {
  snapshot: snapshotInfo,
  to: optional(place),
  live: flag('It would go over the live data.'),
  streams: list(object<Plan['streams'][number]>({ name: text(), sizeBytes: amount() })),
  restoreBytes: amount(),
  fetchBytes: amount(),
  packs: amount(),
  neededBytes: optional(amount()),
  freeBytes: optional(amount()),
  fits: flag('`false` when there is certainly not enough room.'),
  changes: optional(difference),
}

export const restorePlanBody: Schema<RestorePlanBody> = object<RestorePlanBody>({
  snapshot: snapshotId,
  to: optional(either(words(4096), { ...recordOf(words(4096)), minProperties: 1 })),
  only: optional(list(words(4096), { minItems: 1, maxItems: 10_000 })),
  check: optional(flag()),
  safety: optional(flag('Take a snapshot first of what is there now. Default: true over the live data.')),
})

export const restorePlan: Schema<RestorePlanJson> = named(
  'RestorePlan',
  object<RestorePlanJson>({
    plan: object<Plan>(planProperties),
    safety: flag(),
    check: flag(),
    needsAcceptSuspect: flag(),
    warnings: list(text()),
    confirm,
  }),
)

export const restoreBody: Schema<RestoreBody> = object<RestoreBody>({
  ...confirmed,
  acceptSuspect: optional(flag('Over the live data although it is believed to be damaged; goes into the audit trail.')),
})

const restoredPlace: Schema<RestoredPlaceJson> = named(
  'RestoredPlace',
  object<RestoredPlaceJson>({
    place: text(),
    requiresRestart: flag(),
    safetyCopy: optional(text()),
    parts: optional(recordOf(recursive<RestoredPlaceJson>('RestoredPlace'))),
  }),
)

export const restoreResult: Schema<RestoreResultJson> = named(
  'RestoreResult',
  object<RestoreResultJson>({
    ...planProperties,
    place: text(),
    requiresRestart: flag('The application has to reopen what it holds before it sees the restored data.'),
    safetyCopy: optional(text('What was there before, kept for the way back.')),
    parts: optional(recordOf(restoredPlace)),
    durationMs: amount(),
    check: optional(
      object<NonNullable<RestoreResultJson['check']>>({ ok: flag(), findings: list(text()), counts: optional(recordOf(number())) }),
    ),
    undo: optional(object<NonNullable<RestoreResultJson['undo']>>({ snapshot: text() })),
  }),
)
