import { expect, test } from 'vitest'
import { fullAt, trendOf } from './trend.ts'

const day = (at: number): Date => new Date(Date.UTC(2031, 0, 1) + at * 86_400_000)

test('a line is found through what lies on one, and through what lies around it', () => {
  const straight = [0, 1, 5, 9].map((at) => ({ time: day(at), bytes: 1e9 + at * 500 }))
  expect(trendOf(straight)).toMatchObject({ bytesPerDay: expect.closeTo(500, 3), days: 9 })
  const around = Array.from({ length: 50 }, (_, at) => ({ time: day(at), bytes: at * 100 + (at % 2 === 0 ? 40 : -40) }))
  expect(trendOf(around)!.bytesPerDay).toBeCloseTo(100, 0)
})

test('what shrinks has a negative one', () => {
  expect(trendOf([0, 5, 10].map((at) => ({ time: day(at), bytes: 1000 - at })))!.bytesPerDay).toBeCloseTo(-1)
})

test('two measurements, an afternoon, or a clock that stood still are no trend', () => {
  expect(trendOf([0, 30].map((at) => ({ time: day(at), bytes: at })))).toBeUndefined()
  expect(trendOf([0, 0.1, 0.2].map((at) => ({ time: day(at), bytes: at })))).toBeUndefined()
  expect(trendOf([1, 1, 1].map((at) => ({ time: day(at), bytes: at })))).toBeUndefined()
  expect(trendOf([])).toBeUndefined()
})

test('it is full when what is free is used up; never where nothing grows; now where nothing is free', () => {
  expect(fullAt(1000, { bytesPerDay: 100, days: 9 }, day(0))).toEqual(day(10))
  expect(fullAt(0, { bytesPerDay: 100, days: 9 }, day(0))).toEqual(day(0))
  expect(fullAt(1000, { bytesPerDay: 0, days: 9 }, day(0))).toBeUndefined()
  expect(fullAt(1000, { bytesPerDay: -5, days: 9 }, day(0))).toBeUndefined()
  expect(fullAt(1e15, { bytesPerDay: 1, days: 9 }, day(0))).toBeUndefined()
})
