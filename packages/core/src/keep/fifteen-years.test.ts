import { expect, test } from 'vitest'
import type { RetainedSnapshot } from '../contract/retention.ts'
import { fifteenYears } from './fifteen-years.ts'
import { planRetention } from './plan.ts'

const minuteMs = 60_000
const quarterMs = 15 * minuteMs
const dayMs = 96 * quarterMs
const zone = 'Europe/Berlin'
const begin = Date.UTC(2026, 0, 1)
const end = Date.UTC(2040, 11, 31, 12)

/** A backup every 15 minutes, and every tenth day an emergency at 10:07. */
const history = [
  ...every(quarterMs, begin, 'scheduled'),
  ...every(10 * dayMs, begin + 607 * minuteMs, 'emergency'),
]
history.sort((a, b) => a.time.getTime() - b.time.getTime())

test('15 years of backups, tidied up daily, leave what was promised and never much more', () => {
  const sizes: number[] = []
  let live: RetainedSnapshot[] = []
  let taken = 0
  for (let days = 1; taken < history.length; days++) {
    const nowMs = Math.min(begin + days * dayMs, end)
    while (isUntil(history[taken], nowMs)) live.push(history[taken++] as RetainedSnapshot)
    live = carriedOut(live, nowMs)
    sizes.push(live.length)
  }

  expect(history).toHaveLength(525_937 + 548)
  expect(sizes).toHaveLength(5_479)
  expect(live.map(({ id }) => id).sort()).toEqual(promised())
  // All of 48 hours; days, Sundays, ends of months, ends of years that were not counted yet; emergencies.
  expect(live).toHaveLength(193 + 28 + 48 + 119 + 4 + 9)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(405)
}, 120_000)

test('one plan for all 15 years comes to the same, within seconds', () => {
  const startMs = performance.now()
  const kept = carriedOut(history, end)
  // It takes about two. A plan whose work grew faster than the number of snapshots would take hours.
  expect(performance.now() - startMs).toBeLessThan(30_000)
  expect(kept.map(({ id }) => id).sort()).toEqual(promised())
}, 120_000)

test('an emergency snapshot stays for 90 days and goes the day after, if it stands for nothing else', () => {
  const given = [...history.slice(0, 2_000), snapshot(end, 'scheduled')]
  const emergency = given.find(({ kind }) => kind === 'emergency')
  const isKept = (after: number): boolean => {
    const nowMs = Math.floor(Number(emergency?.time) / dayMs) * dayMs + after * dayMs + dayMs / 2
    return carriedOut(given, nowMs).some(({ id }) => id === emergency?.id)
  }
  expect([1, 60, 90, 91].map(isKept)).toEqual([true, true, true, false])
})

test('the preset says in its title what it does', () => {
  expect(fifteenYears()).toMatchObject({
    name: 'fifteen-years',
    title:
      'everything of the last 48 hours; daily for 30 days; weekly for 1 year; monthly for 10 years; ' +
      'yearly for ever; emergency: everything of the last 90 days',
  })
})

function every(stepMs: number, firstMs: number, kind: string): RetainedSnapshot[] {
  const length = Math.floor((end - firstMs) / stepMs) + 1
  return Array.from({ length }, (_, index) => snapshot(firstMs + index * stepMs, kind))
}

function snapshot(timeMs: number, kind: string): RetainedSnapshot {
  const time = new Date(timeMs)
  return { id: time.toISOString(), time, kind, tags: [] }
}

function isUntil(one: RetainedSnapshot | undefined, nowMs: number): boolean {
  return one !== undefined && one.time.getTime() <= nowMs
}

function carriedOut(live: readonly RetainedSnapshot[], nowMs: number): RetainedSnapshot[] {
  const { keep } = planRetention(live, fifteenYears(), { now: new Date(nowMs), zone })
  const kept = new Set(keep.map(({ id }) => id))
  return live.filter(({ id }) => kept.has(id))
}

/** The promise, found by walking through all of it with nothing but the runtime's own calendar. */
function promised(): string[] {
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
  const newest = new Map<string, string>()
  for (const { id, time, kind } of history) {
    const day = date.format(time)
    if (time.getTime() >= end - 2 * dayMs) newest.set(id, id)
    if (day >= '2040-12-01') newest.set(day, id)
    if (day >= '2039-12-31') newest.set(`week of ${mondayOf(day)}`, id)
    if (day >= '2030-12-31') newest.set(day.slice(0, 7), id)
    newest.set(day.slice(0, 4), id)
    if (day >= '2040-10-02' && kind === 'emergency') newest.set(id, id)
  }
  return [...new Set(newest.values())].sort()
}

function mondayOf(day: string): string {
  const date = new Date(day)
  return new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * dayMs).toISOString().slice(0, 10)
}
