import { expect, test } from 'vitest'
import type { RunEntry } from './history.ts'
import { metricsOf } from './metrics.ts'

const now = new Date('2031-06-01T00:00:00Z')
const hour = 3_600_000
const entry = (hoursAgo: number, more: Partial<RunEntry> = {}): RunEntry => ({
  operation: 'backup', at: now.getTime() - hoursAgo * hour, durationMs: 1000, ok: true, bytes: 100, stored: 10, retries: 0, warnings: 0, ...more,
})
const failed: Partial<RunEntry> = { ok: false, error: { kind: 'transient', message: 'down' }, bytes: 0, stored: 0 }

test('runs of the time asked for are counted, and nothing else', () => {
  const entries = [entry(25), entry(24), entry(23), entry(1, failed), entry(2, { operation: 'verify' }), entry(-1)]
  expect(metricsOf(entries, now, 24 * hour)).toMatchObject({ runs: 2, failures: 1, successRate: 0.5, sourceBytes: 100, storedBytes: 10 })
})

test('who cancels a run says nothing about whether backups work', () => {
  const cancelled = entry(1, { ok: false, error: { kind: 'cancelled', message: '' } })
  expect(metricsOf([entry(2), cancelled], now, 24 * hour)).toMatchObject({ runs: 1, failures: 0, cancelled: 1, successRate: 1 })
})

test('durations and the rate are those of good runs', () => {
  const entries = Array.from({ length: 20 }, (_, at) => entry(1, { durationMs: (at + 1) * 100 }))
  const { duration, bytesPerSecond } = metricsOf([...entries, entry(1, { ...failed, durationMs: 1e9 })], now, 24 * hour)
  expect(duration).toEqual({ averageMs: 1050, medianMs: 1050, p95Ms: 1900 })
  expect(bytesPerSecond).toBe(Math.round(2000 / 21))
})

test('without runs nothing is claimed', () => {
  const empty = metricsOf([], now, 24 * hour)
  expect(empty).toMatchObject({ runs: 0, bytesPerSecond: 0 })
  expect(empty).not.toHaveProperty('successRate')
  expect(empty).not.toHaveProperty('duration')
})
