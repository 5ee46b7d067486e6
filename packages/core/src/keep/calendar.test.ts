import { expect, test } from 'vitest'
import type { RetentionPolicy } from '../contract/retention.ts'
import { BackupError } from '../errors.ts'
import {
  keepDaily,
  keepHourly,
  keepMonthly,
  keepQuarterHourly,
  keepWeekly,
  keepYearly,
  type Reach,
} from './calendar.ts'
import { keepWithin } from './recent.ts'

interface Row {
  readonly what: string
  readonly rule: RetentionPolicy
  readonly zone: string
  /** The last snapshot's time otherwise. */
  readonly now?: string
  /** One snapshot a line, named by its time; then why it is kept, or nothing. */
  readonly snapshots: string
}

const rows: readonly Row[] = [
  {
    what: 'the newest of a day stands for it, and days end at local midnight',
    rule: keepDaily(),
    zone: 'Europe/Berlin',
    snapshots: `
      2026-06-30T21:59:59Z  daily 2026-06-30
      2026-06-30T22:00:00Z
      2026-07-01T21:59:59Z  daily 2026-07-01
      2026-07-01T22:00:00Z  daily 2026-07-02`,
  },
  {
    what: 'the same instants are other days in another zone',
    rule: keepDaily(),
    zone: 'America/New_York',
    snapshots: `
      2026-06-30T21:59:59Z
      2026-06-30T22:00:00Z  daily 2026-06-30
      2026-07-01T21:59:59Z
      2026-07-01T22:00:00Z  daily 2026-07-01`,
  },
  {
    what: 'a count takes the last days that have a snapshot, with gaps between',
    rule: keepDaily({ count: 2 }),
    zone: 'UTC',
    now: '2026-12-24T00:00:00Z',
    snapshots: `
      2026-03-01T10:00:00Z
      2026-03-04T10:00:00Z
      2026-03-04T11:00:00Z  daily 2026-03-04
      2026-08-01T10:00:00Z  daily 2026-08-01`,
  },
  {
    what: 'an age in days reaches back over whole dates, the first of them included',
    rule: keepDaily({ days: 30 }),
    zone: 'Europe/Berlin',
    now: '2026-03-31T23:59:00+02:00',
    snapshots: `
      2026-02-28T23:59:59+01:00
      2026-03-01T00:00:00+01:00  daily 2026-03-01
      2026-03-02T00:00:00+01:00  daily 2026-03-02`,
  },
  {
    what: 'an age in hours is counted on a stopwatch, also across a change of the clock',
    rule: keepWithin({ hours: 24 }),
    zone: 'Europe/Berlin',
    now: '2026-03-29T12:00:00+02:00',
    snapshots: `
      2026-03-28T10:59:59+01:00
      2026-03-28T11:00:00+01:00  within 24 hours
      2026-03-29T12:00:00+02:00  within 24 hours`,
  },
  {
    what: 'the hour that is missing in spring has no snapshot and takes none of the count',
    rule: keepHourly({ count: 2 }),
    zone: 'Europe/Berlin',
    snapshots: `
      2026-03-29T00:45:00+01:00
      2026-03-29T01:45:00+01:00  hourly 2026-03-29 01:00+01:00
      2026-03-29T03:00:00+02:00
      2026-03-29T03:45:00+02:00  hourly 2026-03-29 03:00+02:00`,
  },
  {
    what: 'the hour that comes twice in autumn is two hours',
    rule: keepHourly(),
    zone: 'Europe/Berlin',
    snapshots: `
      2026-10-25T02:00:00+02:00
      2026-10-25T02:45:00+02:00  hourly 2026-10-25 02:00+02:00
      2026-10-25T02:00:00+01:00
      2026-10-25T02:45:00+01:00  hourly 2026-10-25 02:00+01:00
      2026-10-25T03:00:00+01:00  hourly 2026-10-25 03:00+01:00`,
  },
  {
    what: 'the quarters of the hour that comes twice are eight',
    rule: keepQuarterHourly({ count: 8 }),
    zone: 'America/New_York',
    snapshots: `
      2026-11-01T00:59:00-04:00
      2026-11-01T01:00:00-04:00  quarter-hourly 2026-11-01 01:00-04:00
      2026-11-01T01:15:00-04:00  quarter-hourly 2026-11-01 01:15-04:00
      2026-11-01T01:30:00-04:00  quarter-hourly 2026-11-01 01:30-04:00
      2026-11-01T01:45:00-04:00
      2026-11-01T01:59:59-04:00  quarter-hourly 2026-11-01 01:45-04:00
      2026-11-01T01:00:00-05:00  quarter-hourly 2026-11-01 01:00-05:00
      2026-11-01T01:15:00-05:00  quarter-hourly 2026-11-01 01:15-05:00
      2026-11-01T01:30:00-05:00  quarter-hourly 2026-11-01 01:30-05:00
      2026-11-01T01:45:00-05:00  quarter-hourly 2026-11-01 01:45-05:00`,
  },
  {
    what: 'days of 23 and of 25 hours are one day each',
    rule: keepDaily(),
    zone: 'Europe/Berlin',
    snapshots: `
      2026-03-29T00:00:00+01:00
      2026-03-29T23:59:00+02:00  daily 2026-03-29
      2026-10-25T00:00:00+02:00
      2026-10-25T23:59:00+01:00  daily 2026-10-25`,
  },
  {
    what: 'where the clock moves by half an hour, so do the hours',
    rule: keepHourly(),
    zone: 'Australia/Lord_Howe',
    snapshots: `
      2026-04-05T01:29:00+11:00
      2026-04-05T01:59:00+11:00  hourly 2026-04-05 01:00+11:00
      2026-04-05T01:30:00+10:30
      2026-04-05T01:59:00+10:30  hourly 2026-04-05 01:00+10:30
      2026-04-05T02:00:00+10:30  hourly 2026-04-05 02:00+10:30`,
  },
  {
    what: 'hours begin with the local hour in a zone of three quarters',
    rule: keepHourly(),
    zone: 'Asia/Kathmandu',
    snapshots: `
      2026-01-01T00:00:00+05:45
      2026-01-01T00:59:59+05:45  hourly 2026-01-01 00:00+05:45
      2026-01-01T01:00:00+05:45  hourly 2026-01-01 01:00+05:45`,
  },
  {
    what: 'a date that a country left out counts in an age like any other',
    rule: keepDaily({ days: 2 }),
    zone: 'Pacific/Apia',
    now: '2011-12-31T12:00:00+14:00',
    snapshots: `
      2011-12-28T23:59:59-10:00
      2011-12-29T12:00:00-10:00
      2011-12-29T23:59:59-10:00  daily 2011-12-29
      2011-12-31T00:00:00+14:00
      2011-12-31T12:00:00+14:00  daily 2011-12-31`,
  },
  {
    what: 'a day that the clock left and came back to is one day',
    rule: keepDaily(),
    zone: 'America/St_Johns',
    snapshots: `
      2010-11-07T00:00:30-02:30
      2010-11-06T23:01:00-03:30
      2010-11-06T23:59:00-03:30  daily 2010-11-06
      2010-11-07T00:00:30-03:30  daily 2010-11-07`,
  },
  {
    what: 'of such a day an age takes what belongs to it, though something older-dated was made later',
    rule: keepDaily({ days: 1 }),
    zone: 'America/St_Johns',
    now: '2010-11-08T12:00:00-03:30',
    snapshots: `
      2010-11-06T23:59:00-02:30
      2010-11-07T00:00:30-02:30  daily 2010-11-07
      2010-11-06T23:59:00-03:30`,
  },
  {
    what: 'weeks begin on Monday',
    rule: keepWeekly(),
    zone: 'UTC',
    snapshots: `
      2026-11-16T00:00:00Z
      2026-11-22T23:59:59Z  weekly 2026-W47
      2026-11-23T00:00:00Z  weekly 2026-W48`,
  },
  {
    what: 'week 53 runs into January',
    rule: keepWeekly(),
    zone: 'UTC',
    snapshots: `
      2026-12-27T12:00:00Z  weekly 2026-W52
      2026-12-28T12:00:00Z
      2026-12-31T12:00:00Z
      2027-01-03T12:00:00Z  weekly 2026-W53
      2027-01-04T12:00:00Z  weekly 2027-W01`,
  },
  {
    what: 'week 1 begins in December',
    rule: keepWeekly(),
    zone: 'UTC',
    snapshots: `
      2025-12-28T12:00:00Z  weekly 2025-W52
      2025-12-29T12:00:00Z
      2026-01-04T12:00:00Z  weekly 2026-W01
      2026-01-05T12:00:00Z  weekly 2026-W02`,
  },
  {
    what: 'January may begin in week 52',
    rule: keepWeekly(),
    zone: 'UTC',
    snapshots: `
      2028-01-01T12:00:00Z
      2028-01-02T12:00:00Z  weekly 2027-W52
      2028-01-03T12:00:00Z  weekly 2028-W01`,
  },
  {
    what: 'months have 28 to 31 days',
    rule: keepMonthly(),
    zone: 'UTC',
    snapshots: `
      2027-02-28T23:59:59Z  monthly 2027-02
      2027-03-01T00:00:00Z
      2027-03-31T23:59:59Z  monthly 2027-03
      2027-04-30T23:59:59Z  monthly 2027-04
      2027-05-01T00:00:00Z  monthly 2027-05`,
  },
  {
    what: '29 February is the last day of its month',
    rule: keepMonthly(),
    zone: 'UTC',
    snapshots: `
      2028-02-28T12:00:00Z
      2028-02-29T12:00:00Z  monthly 2028-02
      2028-03-01T12:00:00Z  monthly 2028-03`,
  },
  {
    what: 'a year back from 29 February is 28 February',
    rule: keepDaily({ years: 1 }),
    zone: 'UTC',
    now: '2028-02-29T12:00:00Z',
    snapshots: `
      2027-02-27T23:59:59Z
      2027-02-28T00:00:00Z  daily 2027-02-28
      2027-03-01T00:00:00Z  daily 2027-03-01`,
  },
  {
    what: 'a year back from 28 February in a leap year is 28 February, too',
    rule: keepDaily({ years: 1 }),
    zone: 'UTC',
    now: '2029-02-28T12:00:00Z',
    snapshots: `
      2028-02-27T23:59:59Z
      2028-02-28T00:00:00Z  daily 2028-02-28
      2028-02-29T00:00:00Z  daily 2028-02-29`,
  },
  {
    what: 'a month back from the 31st is the last day of a shorter month',
    rule: keepDaily({ months: 1 }),
    zone: 'UTC',
    now: '2027-03-31T12:00:00Z',
    snapshots: `
      2027-02-27T23:59:59Z
      2027-02-28T00:00:00Z  daily 2027-02-28
      2027-03-30T00:00:00Z  daily 2027-03-30`,
  },
  {
    what: 'months are counted back across years',
    rule: keepMonthly({ months: 14 }),
    zone: 'UTC',
    now: '2027-01-15T12:00:00Z',
    snapshots: `
      2025-11-14T23:59:59Z
      2025-11-15T00:00:00Z  monthly 2025-11
      2027-01-15T00:00:00Z  monthly 2027-01`,
  },
  {
    what: 'weeks as an age are seven dates each',
    rule: keepDaily({ weeks: 2 }),
    zone: 'UTC',
    now: '2026-11-22T12:00:00Z',
    snapshots: `
      2026-11-07T23:59:59Z
      2026-11-08T00:00:00Z  daily 2026-11-08`,
  },
  {
    what: 'an age cuts no week in two: the newest of its week is younger than the rest',
    rule: keepWeekly({ days: 10 }),
    zone: 'UTC',
    now: '2026-11-22T12:00:00Z',
    snapshots: `
      2026-11-09T12:00:00Z
      2026-11-11T12:00:00Z
      2026-11-15T12:00:00Z  weekly 2026-W46
      2026-11-16T12:00:00Z  weekly 2026-W47`,
  },
  {
    what: 'years end at local midnight',
    rule: keepYearly(),
    zone: 'Pacific/Kiritimati',
    snapshots: `
      2026-12-31T09:59:59Z  yearly 2026
      2026-12-31T10:00:00Z  yearly 2027`,
  },
  {
    what: 'of equal times the id that sorts last is taken',
    rule: keepDaily(),
    zone: 'UTC',
    snapshots: `
      2026-12-31T12:00:00.0Z
      2026-12-31T12:00:00Z  daily 2026-12-31
      2026-12-31T12:00:00.000Z`,
  },
]

for (const { what, rule, zone, now, snapshots } of rows) {
  test(`${what} (${rule.title}, ${zone})`, () => {
    const lines = snapshots.trim().split(/\n\s*/)
    const given = lines.map((line) => {
      const [id = ''] = line.split('  ')
      return { id, time: new Date(id), kind: 'scheduled', tags: [] }
    })
    const last = new Date(Math.max(...given.map(({ time }) => time.getTime())))
    const kept = rule.keep(given, { now: now ? new Date(now) : last, zone })
    const why = new Map(kept.map(({ id, reason }) => [id, reason]))
    expect(given.map(({ id }) => (why.has(id) ? `${id}  ${why.get(id)}` : id))).toEqual(lines)
    expect(kept).toHaveLength(why.size)
  })
}

test('a laptop that travels: each day of its new zone that had a backup at noon still has one', () => {
  const noons = Array.from({ length: 30 }, (_, day) => new Date(Date.UTC(2026, 5, 1 + day, 12)))
  const given = noons.map((time) => ({ id: time.toISOString(), time, kind: 'scheduled', tags: [] }))
  const now = new Date('2026-06-30T12:00:00Z')
  const zones = ['Europe/Berlin', 'Asia/Tokyo', 'America/Los_Angeles', 'Pacific/Auckland']
  let live = given
  for (const zone of zones) {
    const kept = new Set(keepDaily({ days: 30 }).keep(live, { now, zone }).map(({ id }) => id))
    live = live.filter(({ id }) => kept.has(id))
  }
  expect(live).toEqual(given)
})

const rules = [keepQuarterHourly, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly]

const senseless: readonly (readonly [what: string, reach: unknown])[] = [
  ['nothing in it', {}],
  ['an unknown unit', { fortnights: 2 }],
  ['a misspelt unit', { day: 30 }],
  ['two units', { days: 1, weeks: 1 }],
  ['a count and an age', { count: 5, days: 30 }],
  ['zero', { days: 0 }],
  ['a negative number', { count: -1 }],
  ['a fraction', { weeks: 1.5 }],
  ['not a number', { years: Number.NaN }],
  ['more years than there are', { years: 1_001 }],
  ['a text for a number', { days: '30' }],
  ['a bare number', 30],
  ['null', null],
]

test.each(senseless)('a reach with %s is refused', (_, reach) => {
  const kinds = rules.map((rule) => {
    try {
      return rule(reach as Reach).title
    } catch (error) {
      return BackupError.is(error) ? error.kind : error
    }
  })
  expect(kinds).toEqual(kinds.map(() => 'config'))
})

test.each(['Mars/Olympus', '', undefined])('the zone %j is refused', (zone) => {
  const given = [{ id: 'a', time: new Date(0), kind: 'manual', tags: [] }]
  const plan = (): unknown => keepDaily().keep(given, { now: new Date(0), zone: zone as string })
  expect(plan).toThrow(expect.objectContaining({ kind: 'config', key: 'zone' }))
})
