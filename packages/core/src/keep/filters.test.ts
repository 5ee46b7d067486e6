import { expect, test } from 'vitest'
import type { RetainedSnapshot } from '../contract/retention.ts'
import { keepDaily } from './calendar.ts'
import { combine } from './combine.ts'
import { forKind, forTag } from './filters.ts'
import { keepLast, keepWithin } from './recent.ts'

const clock = { now: new Date('2026-11-22T12:00:00Z'), zone: 'UTC' }

const given: RetainedSnapshot[] = [
  { id: 'd', time: new Date('2026-11-22T09:00:00Z'), kind: 'scheduled', tags: ['database'] },
  { id: 'c', time: new Date('2026-11-22T08:00:00Z'), kind: 'emergency', tags: ['database', 'files'] },
  { id: 'b', time: new Date('2026-11-21T09:00:00Z'), kind: 'manual', tags: ['files'] },
  { id: 'a', time: new Date('2026-11-20T09:00:00Z'), kind: 'emergency', tags: [] },
]

test('forKind: others neither are kept nor take up anything of a count', () => {
  expect(forKind('emergency', keepLast(2)).keep(given, clock)).toEqual([
    { id: 'c', reason: 'emergency: the last 2' },
    { id: 'a', reason: 'emergency: the last 2' },
  ])
})

test('forKind: several kinds are counted together', () => {
  expect(forKind(['manual', 'emergency'], keepLast(2)).keep(given, clock)).toEqual([
    { id: 'c', reason: 'manual or emergency: the last 2' },
    { id: 'b', reason: 'manual or emergency: the last 2' },
  ])
})

test('forTag: any of the tags will do, and several policies are united', () => {
  const policy = forTag(['files', 'settings'], keepDaily({ count: 1 }), keepWithin({ days: 1 }))
  expect(policy.title).toBe('files or settings: daily for the last 1; everything of the last 1 day')
  expect(policy.keep(given, clock)).toEqual([
    { id: 'c', reason: 'files or settings: daily 2026-11-22' },
    { id: 'c', reason: 'files or settings: within 1 day' },
    { id: 'b', reason: 'files or settings: within 1 day' },
  ])
})

test('filters can be put into one another', () => {
  const policy = forTag('database', forKind('emergency', keepLast(5)))
  expect(policy.keep(given, clock)).toEqual([{ id: 'c', reason: 'database: emergency: the last 5' }])
})

test.each([
  ['a kind that is none', () => forKind('emergancy' as never, keepLast(1)), /"emergancy" is no kind/],
  ['no kind', () => forKind([], keepLast(1)), /forKind needs one word/],
  ['an empty tag', () => forTag(['files', ''], keepLast(1)), /forTag needs one word/],
  ['no tag', () => forTag(undefined as never, keepLast(1)), /forTag needs one word/],
  ['a kind without a policy', () => forKind('manual'), /at least one policy/],
  ['a union of nothing', () => combine(), /at least one policy/],
  ['a union with something else in it', () => combine(keepLast(1), {} as never), /must be a plugin/],
  ['a last of none', () => keepLast(0), /keepLast must be a whole number from 1/],
  ['a last of one and a half', () => keepLast(1.5), /not 1\.5/],
  ['within a number', () => keepWithin(90 as never), /keepWithin takes exactly one of hours, days/],
  ['within a misspelt unit', () => keepWithin({ day: 90 } as never), /it was given day/],
  ['within no hours', () => keepWithin({ hours: 0 }), /keepWithin: hours must be a whole number from 1/],
])('refused: %s', (_, make, message) => {
  expect(make).toThrow(expect.objectContaining({ kind: 'config', message: expect.stringMatching(message) }))
})
