import { expect, test } from 'vitest'
import type { Duration } from '../contract/duration.ts'
import type { HealthTargets } from '../contract/targets.ts'
import { durationMs, resolveTargets } from './targets.ts'

const hour = 3_600_000

test.each<[Duration | number, number]>([
  ['90s', 90_000],
  ['15m', 900_000],
  ['1h', hour],
  ['1.5h', 1.5 * hour],
  ['30d', 720 * hour],
  ['2w', 336 * hour],
  [250, 250],
])('%s are %d ms', (duration, ms) => {
  expect(durationMs(duration, 'every')).toBe(ms)
})

test.each(['', '1', 'h', '1 h', '-1h', '0h', '1y', '1e3h', 0, -1, Number.NaN, Infinity, null, {}])('%j is no length of time', (duration) => {
  expect(() => durationMs(duration as Duration, 'targets.rpo')).toThrow(expect.objectContaining({ kind: 'config', key: 'targets.rpo' }))
})

test('without a word about it, a day may be lost; with a schedule, two of its intervals', () => {
  expect(resolveTargets()).toMatchObject({ rpoMs: 24 * hour, rtoMs: undefined, verifyMs: 720 * hour, drillMs: 2160 * hour, quota: 0.8, threeTwoOne: true })
  expect(resolveTargets({}, 900_000).rpoMs).toBe(1_800_000)
  expect(resolveTargets({ rpo: '1h' }, 900_000).rpoMs).toBe(hour)
})

test.each<[string, unknown]>([
  ['targets', 7],
  ['targets', null],
  ['targets', { rp0: '1h' }],
  ['targets.rto', { rto: 'soon' }],
  ['targets.quota', { quota: 80 }],
  ['targets.quota', { quota: 0.99 }],
  ['targets.quota', { quota: Number.NaN }],
  ['targets.success', { success: 0 }],
  ['targets.threeTwoOne', { threeTwoOne: 'no' }],
])('%s refuses %j', (option, targets) => {
  expect(() => resolveTargets(targets as HealthTargets)).toThrow(expect.objectContaining({ kind: 'config', key: option }))
})
