import type {
  ReachJson,
  RetentionApplyPlanJson,
  RetentionPlanJson,
  RetentionPreviewBody,
  RetentionPreviewJson,
  RetentionRulesJson,
  RetentionStepJson,
} from '../wire/retention.ts'
import { type Schema, amount, list, loosely, named, object, oneOf, optional, text, time, whole } from './schema.ts'
import { confirm } from './snapshots.ts'

const keep: Schema<RetentionPlanJson['keep']> = list(object<RetentionPlanJson['keep'][number]>({ id: text(), reasons: list(text()) }))
const drop: Schema<RetentionPlanJson['drop']> = list(object<RetentionPlanJson['drop'][number]>({ id: text(), reason: text() }))
const warnings: Schema<RetentionPlanJson['warnings']> = list(
  object<RetentionPlanJson['warnings'][number]>({
    kind: oneOf('clock', 'future', 'undated', 'suspect', 'idle'),
    message: text(),
    ids: list(text()),
  }),
)

export const retentionPlan: Schema<RetentionPlanJson> = named('RetentionPlan', object<RetentionPlanJson>({ keep, drop, warnings }))

const count = (): Schema<number> => whole(1, 1_000_000)
const ages = { hours: optional(count()), days: optional(count()), weeks: optional(count()), months: optional(count()), years: optional(count()) }

const reach: Schema<ReachJson> = named('Reach', {
  ...object<ReachJson>({ count: optional(count()), ...ages }, 'How far back, in one unit; for ever when empty.'),
  maxProperties: 1,
})

const age: Schema<NonNullable<RetentionRulesJson['within']>> = loosely({
  ...object<Omit<ReachJson, 'count'>>(ages),
  minProperties: 1,
  maxProperties: 1,
})

const rules: Schema<RetentionRulesJson> = named('RetentionRules', {
  ...object<RetentionRulesJson>({
    preset: optional(oneOf('fifteenYears')),
    last: optional(count()),
    within: optional(age),
    hourly: optional(reach),
    daily: optional(reach),
    weekly: optional(reach),
    monthly: optional(reach),
    yearly: optional(reach),
  }),
  minProperties: 1,
})

export const retentionPreviewBody: Schema<RetentionPreviewBody> = object<RetentionPreviewBody>({
  rules: optional(rules),
  at: optional(list(time(), { minItems: 1, maxItems: 120 })),
})

export const retentionPreview: Schema<RetentionPreviewJson> = named(
  'RetentionPreview',
  object<RetentionPreviewJson>({
    policies: list(text()),
    steps: list(object<RetentionStepJson>({ at: time(), keep, drop, warnings })),
    ends: list(object<RetentionPreviewJson['ends'][number]>({ id: text(), at: time(), reason: text() })),
  }),
)

export const retentionApplyPlan: Schema<RetentionApplyPlanJson> = named(
  'RetentionApplyPlan',
  object<RetentionApplyPlanJson>({ plan: retentionPlan, undoMs: amount(), confirm }),
)
