import type { BackupEvent, Operation, SnapshotInfo } from '@backup/core'
import type { InstrumentName } from './instruments.ts'

/** Every label there is; each instrument carries some of them. */
export type LabelName = 'source' | 'operation' | 'outcome' | 'kind' | 'location' | 'alert' | 'severity'
export type Labels = Readonly<Partial<Record<LabelName, string>>>

/** A counter and a level are added to, a gauge is set, a histogram gets one more value. */
export type Measurement = readonly [name: InstrumentName, value: number, labels: Labels]

type Told<Type extends BackupEvent['type']> = Extract<BackupEvent, { type: Type }>
type Where = Readonly<Record<'source' | 'operation', string>>

/**
 * Says what an event changes. It remembers which source each run is about, for of its events only the first
 * says so.
 */
export function measurer(): (event: BackupEvent) => readonly Measurement[] {
  const runs = new Map<string, string>()
  return (event) => {
    if (event.type === 'run-start') runs.set(event.run, event.label)
    const source = runs.get(event.run) ?? ('label' in event ? event.label : undefined) ?? ''
    if (event.type === 'run-end' || event.type === 'run-error') runs.delete(event.run)
    const where = { source, operation: event.operation }
    const measure = (
      rules as Record<string, ((event: never, where: Where) => readonly Measurement[]) | undefined>
    )[event.type]
    return measure?.(event as never, where) ?? []
  }
}

/** Progress is told ten times a second, and nothing here is counted by it. */
export function isMeasured({ type }: BackupEvent): boolean {
  return Object.hasOwn(rules, type)
}

const rules: {
  readonly [Type in BackupEvent['type']]?: (event: Told<Type>, where: Where) => readonly Measurement[]
} = {
  // With zeros, so that the first failure is an increase.
  'run-start': (_, where) => [
    ['active', 1, where],
    ['runs', 0, { ...where, outcome: 'ok' }],
    ['runs', 0, { ...where, outcome: 'failed' }],
  ],

  'run-end': ({ at, durationMs, operation, snapshot }, where) => [
    ...ended('ok', durationMs, where),
    ['lastSuccess', at / 1000, where],
    ...(snapshot ? (bySnapshot[operation]?.(snapshot, where) ?? []) : []),
  ],

  'run-error': ({ at, durationMs, error: { kind } }, where) => {
    if (kind === 'cancelled') return ended('cancelled', durationMs, where)
    return [
      ...ended('failed', durationMs, where),
      ['failures', 1, { ...where, kind }],
      ['lastFailure', at / 1000, where],
    ]
  },

  retry: (_, where) => [['retries', 1, where]],
  warning: (_, where) => [['warnings', 1, where]],
  'snapshot-suspect': (_, { source }) => [['suspects', 1, { source }]],

  'provider-away': ({ location }) => [
    ['providerUp', 0, { location }],
    ['outages', 1, { location }],
  ],
  'provider-back': ({ location }) => [['providerUp', 1, { location }]],
  'copies-missing': ({ location, objects }) => [['copiesMissing', objects, { location }]],
  'copy-delivered': ({ location }) => [['copiesDelivered', 1, { location }]],
  'copy-healed': ({ location }) => [['copiesHealed', 1, { location }]],

  'alert-raised': ({ alert: { id, severity }, reminder }, { source }) => [
    ['alertActive', 1, { source, alert: id, severity }],
    ['alerts', reminder ? 0 : 1, { source, severity }],
  ],
  'alert-cleared': ({ alert: { id, severity } }, { source }) => [
    ['alertActive', 0, { source, alert: id, severity }],
  ],
}

function ended(outcome: string, durationMs: number, where: Where): readonly Measurement[] {
  return [
    ['active', -1, where],
    ['runs', 1, { ...where, outcome }],
    ['duration', durationMs / 1000, where],
  ]
}

/** What the snapshot of an operation adds: the one that was made, or brought back. */
const bySnapshot: {
  readonly [Kind in Operation]?: (snapshot: SnapshotInfo, where: Where) => readonly Measurement[]
} = {
  backup: ({ sizeBytes, freshBytes, storedBytes }, { source }) => [
    ['size', sizeBytes, { source }],
    ['fresh', freshBytes, { source }],
    ['stored', storedBytes, { source }],
  ],
  restore: ({ sizeBytes }, { source }) => [['restored', sizeBytes, { source }]],
}
