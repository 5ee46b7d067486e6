import { describe, expect, test } from 'vitest'
import { BackupError } from '../errors.ts'
import { durationText } from './duration.ts'
import { planOf } from './plan.ts'
import type { Schedule } from './schedule.ts'

function refusal(schedule: unknown, zone = 'UTC'): BackupError {
  try {
    planOf(schedule as Schedule, zone)
  } catch (error) {
    if (BackupError.is(error, 'config')) return error
    throw error
  }
  throw new Error(`${JSON.stringify(schedule)} was taken.`)
}

describe('refused with what was likely meant', () => {
  test.each([
    [{ evry: '15m' }, 'schedule.evry', 'Did you mean "every"?'],
    [{ dayly: '03:00' }, 'schedule.dayly', 'Did you mean "daily"?'],
    [{ every: '15m', jiter: '1m' }, 'schedule.jiter', 'Did you mean "jitter"?'],
    [{ daily: '03:00', anchor: '2026-01-01T00:00:00Z' }, 'schedule.anchor', 'knows no "anchor"'],
    [{ daily: '03:00', timezone: 'UTC' }, 'schedule.timezone', 'knows no "timezone"'],
    [{ adaptive: { min: '5m', maximum: '1h' } }, 'schedule.adaptive.maximum', 'knows no "maximum"'],
    [{ every: '15m', daily: '03:00' }, 'schedule', 'only one of every and daily'],
    [{ zone: 'UTC' }, 'schedule', 'one of every, daily, weekly, cron, adaptive'],
    ['15m', 'schedule', "{ every: '15m' }"],
    [null, 'schedule', "{ every: '15m' }"],
    [[{ every: '15m' }], 'schedule', "{ every: '15m' }"],
    [{ adaptive: '5m' }, 'schedule.adaptive', "{ min: '5m', max: '6h' }"],
  ])('%j', (schedule, key, words) => {
    const error = refusal(schedule)
    expect(error.key).toBe(key)
    expect(error.message).toContain(words)
  })
})

describe('refused because it makes no sense', () => {
  test.each([
    [{ every: '15' }, 'schedule.every', '"15"'],
    [{ every: 15 }, 'schedule.every', 'found 15'],
    [{ every: '15 minutes' }, 'schedule.every', '"15 minutes"'],
    [{ every: '0m' }, 'schedule.every', '"0m"'],
    [{ every: '-5m' }, 'schedule.every', '"-5m"'],
    [{ every: '0.5s' }, 'schedule.every', 'from 1 s to 366 d'],
    [{ every: '367d' }, 'schedule.every', 'from 1 s to 366 d'],
    [{ every: '15m', anchor: '2026-01-01' }, 'schedule.anchor', 'with its offset'],
    [{ every: '15m', jitter: '15m' }, 'schedule.jitter', 'shorter than the interval'],
    [{ daily: '24:00' }, 'schedule.daily', '00:00 to 23:59'],
    [{ daily: '3' }, 'schedule.daily', '"3"'],
    [{ daily: [] }, 'schedule.daily', 'one time or several'],
    [{ weekly: 'sunday' }, 'schedule.weekly', '00:00 to 23:59'],
    [{ weekly: '03:00 sunday' }, 'schedule.weekly', '"sunday 03:00"'],
    [{ weekly: 'sun 03:00' }, 'schedule.weekly', '"sunday 03:00"'],
    [{ cron: '61 * * * *' }, 'schedule.cron', '61'],
    [{ cron: '* * * *' }, 'schedule.cron', 'five'],
    [{ cron: '0 0 3 * * *' }, 'schedule.cron', '5 parts'],
    [{ cron: '2026-01-01T00:00:00' }, 'schedule.cron', 'cron expression'],
    [{ cron: 5 }, 'schedule.cron', 'cron expression'],
    [{ cron: '@reboot' }, 'schedule.cron', '@reboot'],
    [{ daily: '03:00', zone: 'Europe/Berln' }, 'schedule.zone', 'Europe/Berln'],
    [{ daily: '03:00', zone: 7 }, 'schedule.zone', 'found "7"'],
    [{ adaptive: { min: '6h', max: '5m' } }, 'schedule.adaptive.min', 'at most "max"'],
    [{ adaptive: { min: '5m' } }, 'schedule.adaptive.max', 'found undefined'],
    [{ adaptive: { min: '5m', max: '6h', busy: 2 } }, 'schedule.adaptive.busy', '0.5'],
    [{ adaptive: { min: '5m', max: '6h', lossBytes: 0 } }, 'schedule.adaptive.lossBytes', 'bytes'],
    [{ adaptive: { min: '5m', max: '6h' }, jitter: '5m' }, 'schedule.jitter', 'shorter than the interval'],
  ])('%j', (schedule, key, words) => {
    const error = refusal(schedule)
    expect(error.key).toBe(key)
    expect(error.message).toContain(words)
  })

  test('a zone of the configuration that is none', () => {
    expect(refusal({ daily: '03:00' }, 'Mars/Olympus').key).toBe('zone')
  })
})

test.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 31 feb,apr *'])('%s names a day that no calendar has', (cron) => {
  const { message, hint } = refusal({ cron })
  expect(message).toContain('never comes')
  expect(hint).toContain('not every month')
})

test('29 February does come', () => {
  expect(planOf({ cron: '0 0 29 2 *' }, 'UTC').timetable().next(Date.UTC(2026, 0))).toBe(Date.UTC(2028, 1, 29))
})

test.each([
  [15 * 60_000, '15 min'],
  [5_400_000, '1 h 30 min'],
  [90_061_000, '1 d 1 h'],
  [1_000, '1 s'],
  [12, '12 ms'],
  [0, '0 s'],
])('%d ms reads %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})
