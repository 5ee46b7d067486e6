import { BackupError } from '@backup/core'
import { fakeClock } from '@backup/core/testing'
import { expect, test } from 'vitest'
import { pause } from './pause.ts'

const throttled = (retryAfterMs?: number): BackupError =>
  new BackupError('throttled', 'Slower.', { ...(retryAfterMs !== undefined && { retryAfterMs }) })
const call = (pausesBefore: number) => ({ doing: 'store x', key: 'x', pausesBefore })

test('ends what began before a pause, and tells how long it lasts; what begins later goes on', async () => {
  const clock = fakeClock()
  const silence = pause(clock)
  expect(() => silence.check(call(0))).not.toThrow()
  silence.note(throttled(30_000))
  await clock.advance(10_000)
  expect(() => silence.check(call(0))).toThrow(
    expect.objectContaining({ kind: 'throttled', key: 'x', retryAfterMs: 20_000 }),
  )
  expect(() => silence.check(call(silence.count))).not.toThrow()
})

test('a shorter pause does not shorten a longer one, and one without a time does not end it', () => {
  const silence = pause(fakeClock())
  silence.note(throttled(30_000))
  silence.note(throttled(1_000))
  silence.note(throttled())
  expect(() => silence.check(call(0))).toThrow(expect.objectContaining({ retryAfterMs: 30_000 }))
})

test('other errors are no pause', () => {
  const silence = pause(fakeClock())
  silence.note(new BackupError('transient', 'Broken.', { retryAfterMs: 5_000 }))
  expect(() => silence.check(call(0))).not.toThrow()
})
