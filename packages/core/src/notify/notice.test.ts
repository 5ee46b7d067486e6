import { describe, expect, test } from 'vitest'
import type { BackupEvent } from '../events.ts'
import { inWords, isAlert, isAlertOrFailure, matterOf, noticeOf } from './notice.ts'
import { moment, sinceWhen } from './when.ts'

const at = Date.UTC(2026, 2, 29, 4, 12)
const common = { run: 'r', at, operation: 'backup' } as const
const since = Date.UTC(2026, 2, 29, 0, 30)
const alert = {
  id: 'backup-overdue',
  severity: 'critical',
  title: 'No backup for 3 hours',
  message: 'The disk is away.',
  action: 'Plug it in.',
  since,
} as const
const raised: BackupEvent = { ...common, type: 'alert-raised', alert, reminder: false }
const cleared: BackupEvent = { ...common, type: 'alert-cleared', alert }
const failure = (kind: string): BackupEvent => ({
  ...common,
  type: 'run-error',
  durationMs: 5,
  error: { kind, message: 'The disk is full.', hint: 'Make room.' },
})

describe('what people are told', () => {
  test('an alert, in its own words', () => {
    expect(noticeOf(raised)).toEqual({
      level: 'critical',
      title: alert.title,
      message: alert.message,
      action: alert.action,
      at,
      since,
      id: 'alert:backup-overdue',
    })
  })

  test('an alert says which source it is about', () => {
    expect(noticeOf({ ...raised, label: 'store.db' })).toMatchObject({ label: 'store.db' })
    expect(noticeOf({ ...cleared, label: 'store.db' })).toMatchObject({ label: 'store.db' })
    expect(noticeOf(raised)).not.toHaveProperty('label')
  })

  test('a reminder says that it still holds', () => {
    expect(noticeOf({ ...common, type: 'alert-raised', alert, reminder: true })?.title).toBe(
      'Still: No backup for 3 hours',
    )
  })

  test('an alert that is over asks for nothing', () => {
    expect(noticeOf(cleared)).toMatchObject({
      level: 'solved',
      title: 'Solved: No backup for 3 hours',
      action: '',
      since,
    })
  })

  test.each<[BackupEvent, string, string]>([
    [failure('quota'), 'critical', 'The backup failed'],
    [{ ...failure('corrupt'), operation: 'drill' } as BackupEvent, 'critical', 'The recovery drill failed'],
    [failure('cancelled'), 'info', 'The backup was cancelled'],
    [{ ...common, type: 'run-end', durationMs: 130_000 }, 'info', 'The backup is done'],
    [
      { ...common, type: 'warning', message: 'The clock is wrong.', hint: 'Set it.' },
      'warning',
      'The clock is wrong.',
    ],
    [
      { ...common, type: 'snapshot-suspect', snapshot: '0123456789abcdef', findings: ['page 7'] },
      'critical',
      'Snapshot 0123456789ab holds damaged data',
    ],
    [
      {
        ...common,
        type: 'provider-away',
        location: 's3:shop',
        reason: { kind: 'auth', message: 'm', hint: 'h' },
      },
      'warning',
      's3:shop does not work',
    ],
    [{ ...common, type: 'provider-back', location: 's3:shop' }, 'solved', 's3:shop works again'],
    [
      { ...common, type: 'copies-missing', location: 's3:shop', objects: 1 },
      'warning',
      's3:shop lacks 1 object',
    ],
    [
      { ...common, type: 'copy-healed', location: 's3:shop', key: 'packs/0a/0a1' },
      'warning',
      's3:shop held a damaged copy',
    ],
  ])('%j', (event, level, title) => {
    expect(noticeOf(event)).toMatchObject({ level, title, at })
  })

  test.each<BackupEvent>([
    { ...common, type: 'run-start', label: 'store.db' },
    { ...common, type: 'phase-start', phase: 'read' },
    { ...common, type: 'pack-stored', key: 'k', sizeBytes: 1, adopted: false },
    { ...common, type: 'retry', key: 'k', attempt: 1, waitMs: 1, reason: 'r' },
    { ...common, type: 'copy-delivered', location: 'l', key: 'k' },
    { ...common, type: 'copies-complete', location: 'l' },
    { ...common, type: 'notify-error', notifier: 'n', message: 'm' },
  ])('nothing about $type', (event) => {
    expect(noticeOf(event)).toBeUndefined()
  })
})

test('alerts and failures can be told apart from the rest', () => {
  expect([raised, cleared, failure('quota'), failure('cancelled')].map(isAlert)).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect([raised, cleared, failure('quota'), failure('cancelled')].map(isAlertOrFailure)).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('an alert that is raised again is the same matter; of another source, or over, it is another', () => {
  const worse: BackupEvent = { ...raised, alert: { ...alert, severity: 'warning' } } as BackupEvent
  expect(matterOf(worse)).toBe(matterOf(raised))
  const others = [raised, { ...raised, label: 'till.db' }, cleared].map(matterOf)
  expect(new Set(others).size).toBe(3)
  expect(matterOf(failure('quota'))).toBeUndefined()
})

test.each([
  [0, '0 seconds'],
  [1500, '1 second'],
  [90_000, '90 seconds'],
  [3 * 3_600_000 + 5, '3 hours'],
  [47 * 3_600_000, '47 hours'],
  [50 * 3_600_000, '2 days'],
  [-5, '0 seconds'],
])('%i ms are %s', (ms, words) => {
  expect(inWords(ms)).toBe(words)
})

describe('times', () => {
  test('are those of the zone, with its offset at that moment', () => {
    expect(moment(Date.UTC(2026, 2, 29, 0, 30), 'Europe/Berlin')).toBe('2026-03-29 01:30 UTC+1')
    expect(moment(Date.UTC(2026, 2, 29, 1, 30), 'Europe/Berlin')).toBe('2026-03-29 03:30 UTC+2')
    expect(moment(Date.UTC(2026, 2, 29, 23, 0), 'UTC')).toBe('2026-03-29 23:00 UTC')
  })

  test('say since when, and from when to when it was', () => {
    expect(sinceWhen(noticeOf(raised)!, 'UTC')).toBe('Since 2026-03-29 00:30 UTC (3 hours).')
    expect(sinceWhen(noticeOf(cleared)!, 'UTC')).toBe(
      'From 2026-03-29 00:30 UTC to 2026-03-29 04:12 UTC (3 hours).',
    )
    expect(sinceWhen(noticeOf(failure('quota'))!, 'UTC')).toBe('At 2026-03-29 04:12 UTC.')
  })
})
