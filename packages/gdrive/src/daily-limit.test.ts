import { BackupError } from '@backup/core'
import { expect, test } from 'vitest'
import { dailyLimit, type DailyLimit } from './daily-limit.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

interface Clocked extends DailyLimit {
  now: number
}

function limit(): Clocked {
  const clocked = { now: 1_000_000 }
  return Object.assign(
    clocked,
    dailyLimit(() => clocked.now),
  )
}

function slowDown(status: 403 | 429 = 403): BackupError {
  return new BackupError('throttled', 'Cannot store a/b/c: slower.', {
    key: 'a/b/c',
    cause: Object.assign(new Error('refused'), { status }),
  })
}

test('a limit of the day that is told stops uploads for an hour, and then one may try', () => {
  const daily = limit()
  const told = new BackupError('quota', 'Full for today.', { retryAfterMs: hourMs })
  expect(daily.refused(told)).toBe(told)
  expect(() => daily.check('a/b/d')).toThrow(
    expect.objectContaining({ kind: 'quota', key: 'a/b/d', retryAfterMs: hourMs, retryable: false }),
  )
  daily.now += hourMs - 1
  expect(() => daily.check('a/b/d')).toThrow(expect.objectContaining({ retryAfterMs: 1 }))
  daily.now += 1
  daily.check('a/b/d')
})

test('refusals for too many requests become the limit of the day after ten minutes of nothing else', () => {
  const daily = limit()
  for (let minute = 0; minute < 10; minute++) {
    expect(daily.refused(slowDown())).toMatchObject({ kind: 'throttled' })
    daily.check('a/b/c')
    daily.now += minuteMs
  }
  expect(daily.refused(slowDown())).toMatchObject({ kind: 'quota', key: 'a/b/c', retryAfterMs: hourMs })
  expect(() => daily.check('a/b/c')).toThrow(expect.objectContaining({ kind: 'quota' }))
})

test('an upload that works in between begins the ten minutes anew', () => {
  const daily = limit()
  daily.refused(slowDown())
  daily.now += 9 * minuteMs
  daily.worked()
  daily.now += 2 * minuteMs
  expect(daily.refused(slowDown())).toMatchObject({ kind: 'throttled' })
})

test('refusals far apart, 429, and a full storage have nothing to do with it', () => {
  const daily = limit()
  daily.refused(slowDown())
  daily.now += 31 * minuteMs
  expect(daily.refused(slowDown())).toMatchObject({ kind: 'throttled' })
  daily.now += 11 * minuteMs
  expect(daily.refused(slowDown(429))).toMatchObject({ kind: 'throttled' })
  daily.refused(new BackupError('quota', 'The storage is full.'))
  daily.check('a/b/c')
})
