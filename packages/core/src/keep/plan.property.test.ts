import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RetainedSnapshot, RetentionClock, RetentionPolicy } from '../contract/retention.ts'
import { snapshotKinds } from '../format/commit.ts'
import type { Age } from './age.ts'
import {
  keepDaily,
  keepHourly,
  keepMonthly,
  keepQuarterHourly,
  keepWeekly,
  keepYearly,
  type Reach,
} from './calendar.ts'
import { combine } from './combine.ts'
import { fifteenYears } from './fifteen-years.ts'
import { forKind, forTag } from './filters.ts'
import { planRetention } from './plan.ts'
import { keepLast, keepWithin } from './recent.ts'

type Identified = { readonly id: string }

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const begin = Date.UTC(2026, 0, 1)
const tags = ['database', 'files']
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Kiritimati']
const calendarRules: ((reach?: Reach) => RetentionPolicy)[] = [
  keepQuarterHourly,
  keepHourly,
  keepDaily,
  keepWeekly,
  keepMonthly,
  keepYearly,
]

/** Spread over three years or crowded in three days; now and then from 1970 or without a date. */
const timeMs = fc.oneof(
  { weight: 8, arbitrary: whole(3 * 365 * 96).map((quarters) => begin + quarters * 15 * minuteMs) },
  { weight: 8, arbitrary: whole(3 * 24 * 60).map((minutes) => begin + minutes * minuteMs) },
  { weight: 1, arbitrary: whole(10).map((hours) => hours * hourMs) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
)

const snapshot: fc.Arbitrary<RetainedSnapshot> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{8}$/),
  time: timeMs.map((ms) => new Date(ms)),
  kind: fc.constantFrom(...snapshotKinds),
  tags: fc.subarray(tags),
  held: whole(19).map((dice) => dice === 0),
  verified: whole(9).map((dice) => dice === 0),
})

const snapshots = fc.uniqueArray(snapshot, { maxLength: 150, size: 'max', selector: ({ id }) => id })
const dated = snapshots.map((list) => list.filter(({ time }) => time.getTime() >= begin))

/** Mostly after the snapshots, often in their midst: then some are of the future. */
const clock: fc.Arbitrary<RetentionClock> = fc.record({
  now: whole(4 * 365 * 24).map((hours) => new Date(begin + hours * hourMs)),
  zone: fc.constantFrom(...zones),
})

const count = fc.integer({ min: 1, max: 40 })
const unit = fc.constantFrom('hours', 'days', 'weeks', 'months', 'years')
const age = fc.tuple(unit, count).map(([name, value]) => ageOf(name, value))
const reach = fc.oneof(fc.constant(undefined), age, count.map((most) => ({ count: most })))

const rule = fc.oneof(
  count.map(keepLast),
  age.map(keepWithin),
  fc.tuple(fc.constantFrom(...calendarRules), reach).map(([make, limit]) => make(limit)),
  fc.constant(fifteenYears()),
)

const policy = fc.oneof(
  rule,
  fc.tuple(fc.constantFrom(...snapshotKinds), rule).map(([kind, one]) => forKind(kind, one)),
  fc.tuple(fc.constantFrom(...tags), rule).map(([tag, one]) => forTag(tag, one)),
)

/** One that keeps something of any list is among them, so that no plan is refused. */
const policies = fc.array(policy, { maxLength: 4 }).map((list) => [keepLast(1), ...list])

describe('a plan', () => {
  test('keeps or drops each snapshot once, each with a reason, and keeps what is protected', () => {
    always(snapshots, policies, clock)((given, list, when) => {
      const { keep, drop } = planRetention(given, list, when)
      const reasons = [...keep.flatMap((one) => one.reasons), ...drop.map((one) => one.reason)]
      expect([...idsOf(keep), ...idsOf(drop)].sort()).toEqual(idsOf(given).sort())
      expect(keep.filter((one) => one.reasons.length === 0)).toEqual([])
      expect(reasons).not.toContain('')
      expect(idsOf(keep)).toEqual(expect.arrayContaining(protectedIds(given, when)))
    })
  })

  test('names for each dropped one the next newer that stays', () => {
    always(snapshots, policies, clock)((given, list, when) => {
      const { keep, drop } = planRetention(given, list, when)
      const kept = only(given, keep).filter(({ time }) => time.getTime() > 0).sort(byAge)
      for (const { id, reason } of drop) {
        const own = given.find((one) => one.id === id)
        expect(reason).toContain(`kept: ${kept.find((one) => own && byAge(one, own) > 0)?.id} of `)
      }
    })
  })

  test('does not depend on the order of snapshots or policies', () => {
    const places = fc.infiniteStream(fc.double({ noNaN: true }))
    always(snapshots, policies, clock, places)((given, list, when, random) => {
      const plan = planRetention(given, list, when)
      const place = new Map(given.map(({ id }) => [id, Number(random.next().value)]))
      const mixed = given.toSorted((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0))
      expect(planRetention(mixed, list, when)).toEqual(plan)
      expect(idsOf(planRetention(mixed, list.toReversed(), when).keep)).toEqual(idsOf(plan.keep))
    })
  })

  test('made again for what it kept keeps all of it, for the same reasons', () => {
    always(snapshots, policies, clock)((given, list, when) => {
      const { keep } = planRetention(given, list, when)
      expect(planRetention(only(given, keep), list, when)).toMatchObject({ keep, drop: [] })
    })
  })

  test('carried out again and again leaves what one plan at the end would leave', () => {
    const pauses = fc.array(whole(200 * 24), { minLength: 1, maxLength: 8 })
    always(snapshots, policies, clock, pauses)((given, list, { now, zone }, hours) => {
      let live = given
      let end = now
      for (const pause of hours) {
        end = new Date(end.getTime() + pause * hourMs)
        live = only(live, planRetention(live, list, { now: end, zone }).keep)
      }
      const atOnce = planRetention(given, list, { now: end, zone })
      expect(idsOf(live).sort()).toEqual(idsOf(atOnce.keep).sort())
    })
  })

  test('of several policies keeps exactly what a plan of one of them keeps', () => {
    always(snapshots, policies, clock)((given, list, when) => {
      const together = idsOf(planRetention(given, list, when).keep)
      const apart = list.flatMap((one) => idsOf(planRetention(given, [keepLast(1), one], when).keep))
      expect(new Set(together)).toEqual(new Set(apart))
      expect(idsOf(planRetention(given, combine(...list), when).keep)).toEqual(together)
    })
  })
})

/** The same, and every fifth of them believed to be damaged. */
const mixed = fc
  .uniqueArray(fc.tuple(snapshot, whole(4)), { maxLength: 150, size: 'max', selector: ([{ id }]) => id })
  .map((list) => list.map(([one, dice]) => ({ ...one, suspect: dice === 0 })))

describe('suspect snapshots', () => {
  test('push out nothing that would be kept without them', () => {
    always(mixed, policies, clock)((given, list, when) => {
      const without = planRetention(given.filter(({ suspect }) => !suspect), list, when)
      const kept = idsOf(planRetention(given, list, when).keep)
      expect(kept).toEqual(expect.arrayContaining(idsOf(without.keep)))
    })
  })

  test('are never the newest nor the newest verified', () => {
    always(mixed, policies, clock)((given, list, when) => {
      const suspects = new Set(idsOf(given.filter(({ suspect }) => suspect)))
      const { keep } = planRetention(given, list, when)
      const wronged = keep.filter(({ id, reasons }) => suspects.has(id) && reasons.some((why) => why === 'newest' || why === 'newest verified'))
      expect(wronged).toEqual([])
    })
  })

  test('stop the dropping of sound ones as long as the newest is one of them, and not longer', () => {
    let frozen = 0
    always(mixed, policies, clock)((given, list, { zone }) => {
      // At the end of all, so that none is of the future.
      const when = { now: new Date('2040-01-01T00:00:00Z'), zone }
      const { keep, drop, warnings } = planRetention(given, list, when)
      const newest = given.filter(({ time }) => time.getUTCFullYear() >= 2001).sort(byAge).at(-1)
      const isFrozen = newest?.suspect === true
      const goesAway = only(given, drop).filter(({ suspect }) => !suspect && isFrozen)
      const stays = keep.flatMap(({ reasons }) => reasons).filter((why) => why.startsWith('frozen') && !isFrozen)
      if (isFrozen) frozen++
      expect([goesAway, stays]).toEqual([[], []])
      expect(warnings.some(({ kind }) => kind === 'suspect')).toBe(isFrozen)
    })
    expect(frozen).toBeGreaterThan(20)
  })

  test('are kept when they are the newest: they may be all there is', () => {
    always(mixed, policies, clock)((given, list, when) => {
      const credible = given.filter(({ time }) => time.getUTCFullYear() >= 2001 && time <= when.now).sort(byAge)
      expect(idsOf(planRetention(given, list, when).keep)).toEqual(expect.arrayContaining(idsOf(credible.slice(-1))))
    })
  })

  test('do not change that a plan made again drops nothing more, nor that the order does not matter', () => {
    always(mixed, policies, clock)((given, list, when) => {
      const plan = planRetention(given, list, when)
      expect(planRetention(only(given, plan.keep), list, when)).toMatchObject({ drop: [] })
      expect(planRetention(given.toReversed(), list, when)).toEqual(plan)
    })
  })
})

describe('a rule', () => {
  test('with a greater count keeps the same and perhaps more', () => {
    const makers = [keepLast, ...calendarRules.map((make) => (most: number) => make({ count: most }))]
    always(dated, fc.constantFrom(...makers), count, count, clock)((given, make, a, b, when) => {
      const few = make(Math.min(a, b)).keep(given, when)
      expect(make(Math.max(a, b)).keep(given, when)).toEqual(expect.arrayContaining(idsAnyReason(few)))
    })
  })

  test('with a greater age keeps the same and perhaps more', () => {
    const makers = [keepWithin, ...calendarRules]
    always(dated, fc.constantFrom(...makers), unit, count, count, clock)((given, make, name, a, b, when) => {
      const few = make(ageOf(name, Math.min(a, b))).keep(given, when)
      const more = make(ageOf(name, Math.max(a, b))).keep(given, when)
      expect(more).toEqual(expect.arrayContaining(idsAnyReason(few)))
    })
  })

  test('without a limit keeps what it keeps with one', () => {
    always(dated, fc.constantFrom(...calendarRules), reach, clock)((given, make, limit, when) => {
      expect(make().keep(given, when)).toEqual(expect.arrayContaining(make(limit).keep(given, when)))
    })
  })

  test('of the calendar keeps as many as its count says, or one for each period there is', () => {
    always(dated, fc.constantFrom(...calendarRules), count, clock)((given, make, most, when) => {
      const periods = make().keep(given, when)
      expect(new Set(periods.map(({ reason }) => reason)).size).toBe(periods.length)
      expect(make({ count: most }).keep(given, when)).toEqual(periods.slice(0, most))
    })
  })

  test('of the calendar lets the newest of a period stand for it', () => {
    const formats: [typeof keepDaily, Intl.DateTimeFormatOptions][] = [
      [keepDaily, { year: 'numeric', month: 'numeric', day: 'numeric' }],
      [keepMonthly, { year: 'numeric', month: 'numeric' }],
      [keepYearly, { year: 'numeric' }],
    ]
    always(dated, fc.constantFrom(...formats), clock)((given, [make, format], when) => {
      const label = new Intl.DateTimeFormat('en', { ...format, timeZone: when.zone })
      const newest = new Map(given.toSorted(byAge).map(({ id, time }) => [label.format(time), id]))
      expect(idsOf(make().keep(given, when)).sort()).toEqual([...newest.values()].sort())
    })
  })

  test('that counts keeps exactly so many, and the newest', () => {
    always(dated, count, clock)((given, most, when) => {
      const newest = given.toSorted(byAge).slice(-most)
      expect(idsOf(keepLast(most).keep(given, when)).sort()).toEqual(idsOf(newest).sort())
    })
  })
})

/** Runs a property a few hundred times, with the same examples each time. */
function always<T extends [unknown, ...unknown[]]>(
  ...arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> }
): (property: (...values: T) => void) => void {
  return (property) => {
    const values = fc.tuple(...arbitraries) as unknown as fc.Arbitrary<T>
    fc.assert(fc.property(values, (drawn) => property(...drawn)), { seed: 20_260_101, numRuns: 300 })
  }
}

function whole(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max })
}

function ageOf(name: string, value: number): Age {
  return { [name]: value } as unknown as Age
}

function idsOf(list: readonly Identified[]): string[] {
  return list.map(({ id }) => id)
}

/** A greater age has another reason for the same snapshot. */
function idsAnyReason(list: readonly Identified[]): unknown[] {
  return list.map(({ id }) => expect.objectContaining({ id }))
}

function only(given: readonly RetainedSnapshot[], kept: readonly Identified[]): RetainedSnapshot[] {
  const ids = new Set(idsOf(kept))
  return given.filter(({ id }) => ids.has(id))
}

/** Oldest first. */
function byAge(a: RetainedSnapshot, b: RetainedSnapshot): number {
  return a.time.getTime() - b.time.getTime() || (a.id < b.id ? -1 : 1)
}

/** Found anew from what the documentation says. */
function protectedIds(given: readonly RetainedSnapshot[], { now }: RetentionClock): string[] {
  const isHonest = ({ time }: RetainedSnapshot): boolean => time.getUTCFullYear() >= 2001 && time <= now
  const honest = given.filter(isHonest).sort(byAge)
  return idsOf([
    ...given.filter((one) => one.held || !isHonest(one)),
    ...honest.slice(-1),
    ...honest.filter(({ verified }) => verified).slice(-1),
  ])
}
