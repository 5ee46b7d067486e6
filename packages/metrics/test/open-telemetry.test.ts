import { metrics as api } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, test } from 'vitest'
import { openTelemetry } from '../src/index.ts'
import { happen, location } from './events.ts'

const run = { 'backup.source': 'memory', 'backup.operation': 'backup' }
const restore = { ...run, 'backup.operation': 'restore' }

/** What the real SDK would export. */
async function exported() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const { first, second } = await happen(openTelemetry({ meterProvider }))
  await meterProvider.forceFlush()
  const all = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  await meterProvider.shutdown()
  const metric = (name: string) => all.find(({ descriptor }) => descriptor.name === name)
  const points = (name: string) =>
    metric(name)?.dataPoints.map(({ attributes, value }) => [attributes, value])
  return { first, second, all, metric, points }
}

describe('what OpenTelemetry exports', () => {
  test('counts operations by outcome, and failures by kind', async () => {
    const { points, metric } = await exported()
    expect(points('backup.runs')).toEqual([
      [{ ...run, 'backup.outcome': 'ok' }, 2],
      [{ ...run, 'backup.outcome': 'failed' }, 1],
      [{ ...restore, 'backup.outcome': 'ok' }, 1],
      [{ ...restore, 'backup.outcome': 'failed' }, 0],
      [{ ...run, 'backup.outcome': 'cancelled' }, 1],
    ])
    expect(points('backup.run.failures')).toEqual([[{ ...run, 'error.type': 'quota' }, 1]])
    expect(points('backup.run.active')).toEqual([
      [run, 0],
      [restore, 0],
    ])
    expect(metric('backup.runs')).toMatchObject({ dataPointType: DataPointType.SUM, isMonotonic: true })
    expect(metric('backup.run.active')).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: false,
    })
  })

  test('has a histogram of durations in seconds', async () => {
    const { metric } = await exported()
    const duration = metric('backup.run.duration')
    expect(duration).toMatchObject({ dataPointType: DataPointType.HISTOGRAM, descriptor: { unit: 's' } })
    expect(duration?.dataPoints.map(({ value }) => value)).toMatchObject([
      { count: 4, buckets: { boundaries: [0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200] } },
      { count: 1 },
    ])
  })

  test('observes how it stands', async () => {
    const { points, metric, second } = await exported()
    const source = { 'backup.source': 'memory' }
    expect(points('backup.source.size')).toEqual([[source, second.sizeBytes]])
    expect(points('backup.provider.up')).toEqual([[{ 'backup.provider.location': location }, 0]])
    expect(points('backup.alert.active')).toEqual([
      [{ ...source, 'backup.alert.id': 'backup-overdue', 'backup.alert.severity': 'critical' }, 1],
      [{ ...source, 'backup.alert.id': 'other', 'backup.alert.severity': 'warning' }, 0],
    ])
    expect(metric('backup.source.size')).toMatchObject({
      dataPointType: DataPointType.GAUGE,
      descriptor: { unit: 'By' },
    })
  })

  test('has names that are no namespace of another, and no unit in them', async () => {
    const { all } = await exported()
    const names = all.map(({ descriptor }) => descriptor.name)
    expect(names.length).toBeGreaterThan(15)
    for (const name of names) {
      expect(name).toMatch(/^backup(\.[a-z_]+)+$/)
      expect(name).not.toMatch(/total|seconds|bytes/)
      expect(names.filter((other) => other.startsWith(`${name}.`))).toEqual([])
    }
  })
})

test('the provider of the API will do, also when no SDK is set up', async () => {
  const notifier = openTelemetry({ meterProvider: api.getMeterProvider() })
  await expect(happen(notifier)).resolves.toBeTruthy()
})

test('no provider at all is refused', () => {
  expect(() => openTelemetry({} as never)).toThrow(
    expect.objectContaining({ kind: 'config', key: 'meterProvider' }),
  )
})
