import { describe, expect, test } from 'vitest'
import type { TunedSettings } from './settings.ts'
import { tune } from './tune.ts'

const MB = 1e6

test('with nothing known, settings are modest, and each has its reason', () => {
  const { settings, reasons } = tune({})
  expect(settings).toEqual({ workers: 2, compression: 'auto', deltas: false, copies: { required: 1 }, intervalMs: 300_000 })
  expect(reasons.map(({ setting }) => setting)).toEqual(Object.keys(settings))
  for (const { reason, overridden } of reasons) {
    expect(reason.length).toBeGreaterThan(5)
    expect(overridden).toBe(false)
  }
})

describe('workers', () => {
  test.each([
    ['half of the cores', { cores: 4 }, undefined, 2],
    ['at least one', { cores: 1 }, undefined, 1],
    ['and at most four', { cores: 64 }, undefined, 4],
    ['all cores where speed counts', { cores: 6 }, 'highPerformance', 6],
    ['and at most eight', { cores: 64 }, 'highPerformance', 8],
    ['none where there is no memory for them', { cores: 8, memoryBytes: 128 * MB }, 'highPerformance', 0],
    ['as many as memory has room for', { cores: 8, memoryBytes: 310 * MB }, 'highPerformance', 3],
    ['one for little data', { cores: 8, sizeBytes: 2 * MB }, undefined, 1],
  ] as const)('%s', (_, measured, preset, workers) => {
    expect(tune(measured, preset && { preset }).settings.workers).toBe(workers)
  })
})

describe('compression', () => {
  test.each([
    ['as hard as pays on a slow line', 2 * MB, undefined, { codec: 'zstd', level: 6 }],
    ['less on a quicker one', 120 * MB, undefined, { codec: 'zstd', level: 3 }],
    ['least to a fast disk', 1_000 * MB, undefined, 'auto'],
    ['for speed alone, the quickest', 120 * MB, 'highPerformance', 'auto'],
    ['by the engine where reliability counts', 2 * MB, 'maxReliability', 'auto'],
  ] as const)('%s', (_, uploadBytesPerSecond, preset, compression) => {
    const { settings, reasons } = tune({ uploadBytesPerSecond, cores: 2 }, { ...(preset && { preset }), override: { workers: 1 } })
    expect(settings.compression).toEqual(compression)
    expect(reasons.find(({ setting }) => setting === 'compression')?.reason).not.toBe('')
  })
})

describe('deltas', () => {
  test('where changes would keep the line busy', () => {
    expect(tune({ changeBytesPerHour: 3_600 * MB, uploadBytesPerSecond: 2 * MB }).settings.deltas).toBe(true)
  })

  test('not where it carries them with ease, nor where reliability counts', () => {
    expect(tune({ changeBytesPerHour: 36 * MB, uploadBytesPerSecond: 2 * MB }).settings.deltas).toBe(false)
    const measured = { changeBytesPerHour: 3_600 * MB, uploadBytesPerSecond: 2 * MB }
    expect(tune(measured, { preset: 'maxReliability' }).settings.deltas).toBe(false)
  })
})

test.each([
  [undefined, 1],
  [1, 1],
  [2, 2],
  [3, 2],
])('for reliability, of %s providers so many must confirm: %d', (providers, required) => {
  const measured = providers === undefined ? {} : { providers }
  expect(tune(measured, { preset: 'maxReliability' }).settings.copies).toEqual({ required })
  expect(tune(measured).settings.copies).toEqual({ required: 1 })
})

test('frequency follows from how long runs take, and reliability may cost more', () => {
  const measured = { lastDurationsMs: [120_000, 120_000] }
  expect(tune(measured).settings.intervalMs).toBe(1_200_000)
  expect(tune(measured, { preset: 'maxReliability' }).settings.intervalMs).toBe(480_000)
  expect(tune(measured, { intervals: { minMs: 3_600_000, maxMs: 7_200_000 } }).settings.intervalMs).toBe(3_600_000)
})

test('what is given is taken, and reported as given', () => {
  const override: Partial<TunedSettings> = { workers: 0, deltas: true }
  const { settings, reasons } = tune({ cores: 8 }, { preset: 'highPerformance', override })
  expect(settings).toMatchObject(override)
  expect(reasons.filter(({ overridden }) => overridden)).toEqual([
    { setting: 'workers', value: 0, reason: 'it was given', overridden: true },
    { setting: 'deltas', value: true, reason: 'it was given', overridden: true },
  ])
})

test.each([
  [{}, { preset: 'highPerformence' }, 'preset', 'Did you mean "highPerformance"?'],
  [{}, { override: { worker: 2 } }, 'override.worker', 'Did you mean "workers"?'],
  [{}, { intervals: { minMs: 5, maxMs: 1 } }, 'intervals', 'at most "maxMs"'],
  [{ cores: Number.NaN }, {}, 'cores', 'number from 0'],
  [{ lastDurationsMs: [1, -1] }, {}, 'lastDurationsMs', 'number from 0'],
])('refused: %j %j', (measured, options, key, words) => {
  const expected = expect.objectContaining({ kind: 'config', key, message: expect.stringContaining(words) })
  expect(() => tune(measured, options as never)).toThrow(expected)
})
