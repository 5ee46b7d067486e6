import { BackupError, contract, type Notifier } from '@backup/core'
import { durationBounds, type Instrument, instruments, type InstrumentName } from './instruments.ts'
import { isMeasured, type LabelName, type Labels, measurer } from './measure.ts'
import { series } from './series.ts'

export interface OpenTelemetryOptions {
  /**
   * That of the application: `metrics.getMeterProvider()` of `@opentelemetry/api`, once an SDK is set up, or
   * that of the SDK.
   */
  readonly meterProvider: MeterProviderLike
}

/**
 * As much of the `MeterProvider` of `@opentelemetry/api` as is used, so that nobody has to install it who
 * does not use it.
 */
export interface MeterProviderLike {
  getMeter(name: string): MeterLike
}

interface MeterLike {
  createCounter(name: string, options: Description): Adder
  createUpDownCounter(name: string, options: Description): Adder
  createHistogram(
    name: string,
    options: Description & { advice: { explicitBucketBoundaries: number[] } },
  ): Recorder
  createObservableGauge(
    name: string,
    options: Description,
  ): { addCallback(callback: (result: Observer) => void): void }
}

interface Description {
  description: string
  unit: string
}

type Attributes = Record<string, string>
type Adder = { add(value: number, attributes: Attributes): void }
type Recorder = { record(value: number, attributes: Attributes): void }
type Observer = { observe(value: number, attributes: Attributes): void }

/** Names of attributes: our own in a namespace, and the one that OpenTelemetry has for errors. */
const attributes: Readonly<Record<LabelName, string>> = {
  source: 'backup.source',
  operation: 'backup.operation',
  outcome: 'backup.outcome',
  kind: 'error.type',
  location: 'backup.provider.location',
  alert: 'backup.alert.id',
  severity: 'backup.alert.severity',
}

/**
 * A notifier that counts what happens with the instruments of OpenTelemetry: counters, a histogram of
 * durations, observable gauges.
 *
 * @throws `config` when there is no meter provider
 * @see https://opentelemetry.io/docs/specs/semconv/general/metrics/
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api'
 *
 * const telemetry = openTelemetry({ meterProvider: metrics.getMeterProvider() })
 * createBackup({ source, providers, keys, notify: [telemetry] })
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions): Notifier {
  const { meterProvider } = (options ?? {}) as Partial<OpenTelemetryOptions>
  if (typeof meterProvider?.getMeter !== 'function') {
    throw new BackupError(
      'config',
      'Option "meterProvider" of openTelemetry() must be a meter provider of OpenTelemetry.',
      {
        plugin: 'openTelemetry',
        key: 'meterProvider',
      },
    )
  }
  const meter = meterProvider.getMeter('@backup/metrics')
  const records = Object.fromEntries(
    Object.entries(instruments).map(([name, instrument]) => [name, recorder(meter, instrument)]),
  ) as Readonly<Record<InstrumentName, (value: number, labels: Labels) => void>>
  const measure = measurer()
  return {
    contract,
    name: 'openTelemetry',
    wants: isMeasured,
    async notify(event) {
      for (const [name, value, labels] of measure(event)) records[name](value, labels)
    },
  }
}

function recorder(
  meter: MeterLike,
  { kind, openTelemetry: suffix, unit, help }: Instrument,
): (value: number, labels: Labels) => void {
  const name = `backup.${suffix}`
  const description = { description: help, unit }
  if (kind === 'histogram') {
    const created = meter.createHistogram(name, {
      ...description,
      advice: { explicitBucketBoundaries: [...durationBounds] },
    })
    return (value, labels) => created.record(value, attributesOf(labels))
  }
  if (kind === 'gauge') {
    const current = series<number>()
    meter.createObservableGauge(name, description).addCallback((result) => {
      for (const [labels, value] of current) result.observe(value, attributesOf(labels))
    })
    return (value, labels) => current.update(labels, () => value)
  }
  const created =
    kind === 'counter' ? meter.createCounter(name, description) : meter.createUpDownCounter(name, description)
  return (value, labels) => created.add(value, attributesOf(labels))
}

function attributesOf(labels: Labels): Attributes {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [attributes[name as LabelName], value]),
  )
}
