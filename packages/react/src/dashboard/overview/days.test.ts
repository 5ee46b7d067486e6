import { expect, test } from 'vitest'
import { type DayFacts, daysOf } from './days.ts'

const at = (day: number, hour: number): string => new Date(2026, 2, day, hour).toISOString()
const hourMs = 3_600_000
const statesOf = (facts: Partial<DayFacts>): string[] =>
  daysOf({ snapshots: [], hasOlder: false, failures: [], targetMs: hourMs, nowMs: new Date(2026, 2, 10, 12).getTime(), days: 5, ...facts }).map(({ state }) => state)
const on = (...times: string[]): { snapshots: { time: string }[] } => ({ snapshots: times.map((time) => ({ time })) })

test('days before the first backup say nothing', () => {
  expect(statesOf(on(at(9, 9), at(10, 11)))).toEqual(['none', 'none', 'none', 'good', 'good'])
})

test('of days before the oldest that is listed nothing is said when there are older ones; a failure there is known all the same', () => {
  expect(statesOf({ ...on(at(9, 9), at(10, 11)), hasOlder: true })).toEqual(['unlisted', 'unlisted', 'unlisted', 'good', 'good'])
  expect(statesOf({ ...on(at(9, 9), at(10, 11)), hasOlder: true, failures: [at(7, 9)] })).toEqual(['unlisted', 'failed', 'unlisted', 'good', 'good'])
})

test('a whole day without a backup is overdue', () => {
  expect(statesOf(on(at(6, 9), at(7, 9), at(9, 9), at(10, 11)))).toEqual(['good', 'good', 'overdue', 'good', 'good'])
})

test('of today more is known: it is overdue as soon as the target is missed', () => {
  expect(statesOf(on(at(9, 9), at(10, 8))).at(-1)).toBe('overdue')
  expect(statesOf({ ...on(at(9, 9), at(10, 8)), targetMs: 6 * hourMs }).at(-1)).toBe('good')
})

test('a gap within the target is none', () => {
  expect(statesOf({ ...on(at(6, 9), at(9, 9)), targetMs: 7 * 24 * hourMs })).toEqual(['good', 'quiet', 'quiet', 'good', 'quiet'])
})

test('a failure shows although another backup went well, and damage before all', () => {
  expect(statesOf({ ...on(at(9, 9), at(10, 11)), failures: [at(9, 12)] }).at(-2)).toBe('failed')
  expect(statesOf({ snapshots: [{ time: at(9, 9), suspect: ['torn page'] }, { time: at(10, 11) }], failures: [at(9, 12)] }).at(-2)).toBe('suspect')
})

test('a day has 23 hours when clocks go forward, and is one day all the same', () => {
  const days = daysOf({ snapshots: [], hasOlder: false, failures: [], targetMs: hourMs, nowMs: new Date(2026, 3, 2, 12).getTime(), days: 10 })
  expect(new Set(days.map(({ key }) => key)).size).toBe(10)
  expect(days.at(-1)!.key).toBe('2026-04-02')
})
