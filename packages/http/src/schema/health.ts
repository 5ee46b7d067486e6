import type { HealthJson, HealthReasonJson, RunMetricsJson, StatusJson } from '../wire/health.ts'
import type { JobJson } from '../wire/jobs.ts'
import { type PropertiesOf, type Schema, amount, flag, list, named, number, object, oneOf, optional, text, time } from './schema.ts'
import { coreFailure } from './session.ts'

export const operation: Schema<JobJson['operation']> = oneOf(
  'backup', 'restore', 'verify', 'retain', 'collect', 'scrub', 'drill', 'keys', 'watch', 'replicate',
)

const trend: Schema<NonNullable<StatusJson['sourceTrend']>> = object<NonNullable<StatusJson['sourceTrend']>>({ bytesPerDay: number(), days: number() })

const metrics: Schema<RunMetricsJson> = named(
  'RunMetrics',
  object<RunMetricsJson>({
    runs: amount(),
    failures: amount(),
    cancelled: amount(),
    successRate: optional(number('From 0 to 1.')),
    sourceBytes: amount(),
    storedBytes: amount(),
    retries: amount(),
    warnings: amount(),
    duration: optional(object<NonNullable<RunMetricsJson['duration']>>({ averageMs: amount(), medianMs: amount(), p95Ms: amount() })),
    bytesPerSecond: amount(),
  }),
)

type Provider = StatusJson['providers'][number]

export const providerProperties: PropertiesOf<Provider> = {
  location: text(),
  name: text(),
  snapshots: amount('Snapshots that it alone can restore.'),
  waiting: amount('Objects that it does not have yet, or still has.'),
  problem: optional(coreFailure),
  usage: optional(
    object<NonNullable<Provider['usage']>>({ usedBytes: optional(amount()), freeBytes: optional(amount()), totalBytes: optional(amount()) }),
  ),
  usedShare: optional(number('From 0 to 1.')),
  fullAt: optional(time()),
}

export const status: Schema<StatusJson> = named(
  'Status',
  object<StatusJson>({
    label: text(),
    running: optional(object<NonNullable<StatusJson['running']>>({ operation, since: time() })),
    lastRun: optional(
      object<NonNullable<StatusJson['lastRun']>>({
        at: time(),
        durationMs: amount(),
        ok: flag(),
        error: optional(object<NonNullable<NonNullable<StatusJson['lastRun']>['error']>>({ kind: text(), message: text() })),
      }),
    ),
    lastBackup: optional(object<NonNullable<StatusJson['lastBackup']>>({ id: optional(text()), at: time() })),
    nextRun: optional(time()),
    snapshots: amount(),
    sourceBytes: amount(),
    storedBytes: amount(),
    objects: amount(),
    providers: list(object<Provider>(providerProperties)),
    day: metrics,
    week: metrics,
    month: metrics,
    sourceTrend: optional(trend),
    storedTrend: optional(trend),
  }),
)

const reason: Schema<HealthReasonJson> = named(
  'HealthReason',
  object<HealthReasonJson>({
    id: text('The same for the same matter.'),
    severity: oneOf('warning', 'critical'),
    title: text(),
    message: text(),
    action: text('What to do about it.'),
    since: optional(time()),
    because: optional(text('Id of the reason from which this one follows.')),
    patienceMs: optional(amount()),
    calmMs: optional(amount()),
  }),
)

type Figures = HealthJson['figures']

export const health: Schema<HealthJson> = named(
  'Health',
  object<HealthJson>({
    level: oneOf('healthy', 'warning', 'critical'),
    at: time(),
    reasons: list(reason),
    recommendations: list(object<HealthJson['recommendations'][number]>({ id: text(), title: text(), action: text() })),
    figures: object<Figures>({
      rpo: object<Figures['rpo']>({ targetMs: amount(), measuredMs: optional(amount()) }),
      rto: object<Figures['rto']>({ targetMs: optional(amount()), measuredMs: optional(amount()), at: optional(time()) }),
      failures: list(time('When a backup of the last 30 days began that failed.')),
      successRate: optional(number()),
      verified: object<Figures['verified']>({ at: optional(time()), share: optional(number()) }),
      threeTwoOne: object<Figures['threeTwoOne']>({ copies: amount(), kinds: amount(), elsewhere: flag(), ok: flag() }),
    }),
  }),
)
