import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planOf } from './plan.ts'
import { startOf } from './jitter.ts'
import type { Schedule } from './schedule.ts'

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia']
const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
const two = (number: number): string => String(number).padStart(2, '0')

const time = fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => `${hour}:${two(minute)}` as const)
const jitter = fc.option(fc.constantFrom('59s' as const, '7m' as const), { nil: undefined })
const schedule: fc.Arbitrary<Schedule> = fc.oneof(
  fc.record({ every: fc.integer({ min: 8, max: 4_000 }).map((minutes) => `${minutes}m` as const), jitter }),
  fc.record({ daily: fc.array(time, { minLength: 1, maxLength: 3 }), jitter }),
  fc.record({ weekly: fc.tuple(fc.constantFrom(...days), time).map(([day, at]) => `${day} ${at}` as const), jitter }),
  fc.record({ cron: fc.constantFrom('*/15 * * * *', '0 */5 * * *', '7 2-3 * * *', '0 0 31 * *', '30 1 * * 0', '0 12 29 2 *'), jitter }),
).map((made) => JSON.parse(JSON.stringify(made)) as Schedule)
/** From 1970 to 2100, and again and again close to where clocks change. */
const instant = fc.oneof(
  fc.integer({ min: 0, max: Date.UTC(2100, 0) / 1000 }).map((seconds) => seconds * 1000),
  fc.tuple(
    fc.constantFrom('2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-03-08T07:00Z', '2026-11-01T06:00Z', '2026-04-04T15:00Z', '2026-10-03T15:30Z'),
    fc.integer({ min: -200_000, max: 200_000 }),
  ).map(([change, seconds]) => Date.parse(change) + seconds * 1000),
)
const runs = { numRuns: 500, seed: 19 }

test('the next time lies after the instant, none lies between, and it is the latest when it has come', () => {
  fc.assert(
    fc.property(schedule, fc.constantFrom(...zones), instant, (given, zone, afterMs) => {
      const table = planOf(given, zone).timetable()
      const next = table.next(afterMs)!
      expect(next).toBeGreaterThan(afterMs)
      expect(table.latest(next)).toBe(next)
      expect(table.next(next - 1)).toBe(next)
      expect(table.next(afterMs + Math.floor((next - afterMs) / 2))).toBe(next)
    }),
    runs,
  )
})

test('the latest is not after the instant, and the next one after it is', () => {
  fc.assert(
    fc.property(schedule, fc.constantFrom(...zones), instant, (given, zone, atMs) => {
      const table = planOf(given, zone).timetable()
      const latest = table.latest(atMs)!
      expect(latest).toBeLessThanOrEqual(atMs)
      expect(table.next(latest)).toBeGreaterThan(atMs)
    }),
    runs,
  )
})

test('jitter keeps the order, whatever the schedule', () => {
  fc.assert(
    fc.property(schedule, fc.constantFrom(...zones), instant, fc.string(), (given, zone, afterMs, job) => {
      const plan = planOf(given, zone)
      const table = plan.timetable()
      const first = table.next(afterMs)!
      const second = table.next(first)!
      const [start, later] = [startOf(first, job, plan.jitterMs, table), startOf(second, job, plan.jitterMs, table)]
      expect(start).toBeGreaterThanOrEqual(first)
      expect(start - first).toBeLessThan(Math.max(1, plan.jitterMs))
      expect(later).toBeGreaterThan(start)
    }),
    runs,
  )
})

test('what is counted is what was passed over', () => {
  fc.assert(
    fc.property(schedule, instant, fc.nat(20), (given, afterMs, steps) => {
      const table = planOf(given, 'Europe/Berlin').timetable()
      let at = afterMs
      for (let step = 0; step < steps; step++) at = table.next(at)!
      const upTo = table.next(at)!
      expect(table.count(afterMs, upTo)).toBe(steps)
      expect(table.count(afterMs, upTo + 1)).toBe(steps + 1)
    }),
    { ...runs, numRuns: 200 },
  )
})
