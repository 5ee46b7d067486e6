/** What one figure is, under its two names. */
export interface Instrument {
  /** A `level` goes up and down by steps; a `gauge` is set. */
  readonly kind: 'counter' | 'level' | 'gauge' | 'histogram'
  /** Name for Prometheus, behind the prefix: with its unit, and `_total` for counters. */
  readonly prometheus: string
  /** Name for OpenTelemetry, behind `backup.`: without a unit. */
  readonly openTelemetry: string
  /** According to UCUM, for OpenTelemetry. */
  readonly unit: string
  readonly help: string
}

export type InstrumentName =
  | 'runs'
  | 'failures'
  | 'duration'
  | 'active'
  | 'lastSuccess'
  | 'lastFailure'
  | 'size'
  | 'fresh'
  | 'stored'
  | 'restored'
  | 'retries'
  | 'warnings'
  | 'suspects'
  | 'providerUp'
  | 'outages'
  | 'copiesMissing'
  | 'copiesDelivered'
  | 'copiesHealed'
  | 'alertActive'
  | 'alerts'

const define = (
  kind: Instrument['kind'],
  prometheus: string,
  openTelemetry: string,
  unit: string,
  help: string,
): Instrument => ({
  kind,
  prometheus,
  openTelemetry,
  unit,
  help,
})

/** All figures there are. What labels they carry is in `measure.ts`. */
export const instruments: Readonly<Record<InstrumentName, Instrument>> = {
  runs: define(
    'counter',
    'runs_total',
    'runs',
    '{run}',
    'Operations that have ended, by outcome: ok, failed, cancelled.',
  ),
  failures: define(
    'counter',
    'run_failures_total',
    'run.failures',
    '{run}',
    'Operations that have failed, by kind of error.',
  ),
  duration: define(
    'histogram',
    'run_duration_seconds',
    'run.duration',
    's',
    'How long operations took, whatever their outcome.',
  ),
  active: define('level', 'runs_active', 'run.active', '{run}', 'Operations that are under way.'),
  lastSuccess: define(
    'gauge',
    'last_success_timestamp_seconds',
    'run.last_success',
    's',
    'When the operation last succeeded, in seconds since 1970.',
  ),
  lastFailure: define(
    'gauge',
    'last_failure_timestamp_seconds',
    'run.last_failure',
    's',
    'When the operation last failed, in seconds since 1970.',
  ),
  size: define(
    'gauge',
    'source_size_bytes',
    'source.size',
    'By',
    'Bytes that a restore of the newest snapshot brings back.',
  ),
  fresh: define(
    'counter',
    'fresh_bytes_total',
    'fresh',
    'By',
    'Bytes of the source that had not been stored before.',
  ),
  stored: define(
    'counter',
    'stored_bytes_total',
    'stored',
    'By',
    'Bytes that snapshots have added to the repository, compressed and encrypted.',
  ),
  restored: define(
    'counter',
    'restored_bytes_total',
    'restored',
    'By',
    'Bytes that restores have brought back.',
  ),
  retries: define('counter', 'retries_total', 'retries', '{call}', 'Calls to providers that were repeated.'),
  warnings: define('counter', 'warnings_total', 'warnings', '{warning}', 'Warnings.'),
  suspects: define(
    'counter',
    'suspect_snapshots_total',
    'suspect_snapshots',
    '{snapshot}',
    'Snapshots that hold damaged data.',
  ),
  providerUp: define(
    'gauge',
    'provider_up',
    'provider.up',
    '1',
    'Whether the provider works: 1, or 0 while it is away.',
  ),
  outages: define(
    'counter',
    'provider_outages_total',
    'provider.outages',
    '{outage}',
    'How often the provider went away.',
  ),
  copiesMissing: define(
    'counter',
    'copies_missing_total',
    'copies.missing',
    '{object}',
    'Objects that a provider lacked when it was compared with others.',
  ),
  copiesDelivered: define(
    'counter',
    'copies_delivered_total',
    'copies.delivered',
    '{object}',
    'Objects that a provider got later than others.',
  ),
  copiesHealed: define(
    'counter',
    'copies_healed_total',
    'copies.healed',
    '{object}',
    'Damaged objects that were replaced by good ones.',
  ),
  alertActive: define(
    'gauge',
    'alert_active',
    'alert.active',
    '1',
    'Alerts that hold: 1, or 0 since they are over.',
  ),
  alerts: define(
    'counter',
    'alerts_total',
    'alerts',
    '{alert}',
    'Alerts that were raised, without reminders.',
  ),
}

/** Bounds for durations, in seconds: a backup takes a second or half a day. */
export const durationBounds: readonly number[] = [0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200]
