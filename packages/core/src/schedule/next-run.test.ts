import { describe, expect, test } from 'vitest'
import { nextRun, nextRuns } from './next-run.ts'
import type { Schedule } from './schedule.ts'

interface Row {
  readonly what: string
  readonly schedule: Schedule
  readonly zone: string
  readonly after: string
  /** The next times, in UTC. */
  readonly times: string
}

/** Computed by hand from the rules of the zones: https://data.iana.org/time-zones/tzdb/ */
const rows: readonly Row[] = [
  {
    what: 'a time of day that the clock leaps over comes at the end of the leap',
    schedule: { daily: '02:30' },
    zone: 'Europe/Berlin',
    after: '2026-03-27T12:00Z',
    times: '2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z',
  },
  {
    what: 'and so it does in New York',
    schedule: { daily: '02:30' },
    zone: 'America/New_York',
    after: '2026-03-07T12:00Z',
    times: '2026-03-08T07:00Z 2026-03-09T06:30Z',
  },
  {
    what: 'and where the leap is half an hour',
    schedule: { daily: '02:15' },
    zone: 'Australia/Lord_Howe',
    after: '2026-10-02T00:00Z',
    times: '2026-10-02T15:45Z 2026-10-03T15:30Z 2026-10-04T15:15Z',
  },
  {
    what: 'a time of day that the clock shows twice comes the first time',
    schedule: { daily: '02:30' },
    zone: 'Europe/Berlin',
    after: '2026-10-24T12:00Z',
    times: '2026-10-25T00:30Z 2026-10-26T01:30Z',
  },
  {
    what: 'and so it does in New York',
    schedule: { daily: '01:30' },
    zone: 'America/New_York',
    after: '2026-10-31T12:00Z',
    times: '2026-11-01T05:30Z 2026-11-02T06:30Z',
  },
  {
    what: 'and where half an hour comes twice',
    schedule: { daily: '01:45' },
    zone: 'Australia/Lord_Howe',
    after: '2026-04-04T00:00Z',
    times: '2026-04-04T14:45Z 2026-04-05T15:15Z',
  },
  {
    what: 'of several times a day each keeps that rule',
    schedule: { daily: ['02:30', '14:30'] },
    zone: 'Europe/Berlin',
    after: '2026-03-28T20:00Z',
    times: '2026-03-29T01:00Z 2026-03-29T12:30Z 2026-03-30T00:30Z',
  },
  {
    what: 'a cron expression that comes round often skips what the clock leaps over',
    schedule: { cron: '*/30 * * * *' },
    zone: 'Europe/Berlin',
    after: '2026-03-29T00:20Z',
    times: '2026-03-29T00:30Z 2026-03-29T01:00Z 2026-03-29T01:30Z',
  },
  {
    what: 'and comes both times that the clock shows',
    schedule: { cron: '30 * * * *' },
    zone: 'Europe/Berlin',
    after: '2026-10-24T23:40Z',
    times: '2026-10-25T00:30Z 2026-10-25T01:30Z 2026-10-25T02:30Z',
  },
  {
    what: 'elapsed time knows no summer time',
    schedule: { every: '12h' },
    zone: 'Europe/Berlin',
    after: '2026-03-28T13:00Z',
    times: '2026-03-29T00:00Z 2026-03-29T12:00Z 2026-03-30T00:00Z',
  },
  {
    what: 'an interval that no day divides into goes on over midnight and the new year',
    schedule: { every: '7h', anchor: '2026-12-31T19:00:00+01:00' },
    zone: 'UTC',
    after: '2026-12-31T18:00Z',
    times: '2027-01-01T01:00Z 2027-01-01T08:00Z',
  },
  {
    what: 'an anchor in the future counts too',
    schedule: { every: '1h', anchor: '2031-01-01T00:20:00Z' },
    zone: 'UTC',
    after: '2026-01-01T00:00Z',
    times: '2026-01-01T00:20Z 2026-01-01T01:20Z',
  },
  {
    what: '29 February comes in leap years, and 2100 is none',
    schedule: { cron: '0 12 29 2 *' },
    zone: 'UTC',
    after: '2092-03-01T00:00Z',
    times: '2096-02-29T12:00Z 2104-02-29T12:00Z',
  },
  {
    what: 'the last day of each month',
    schedule: { cron: '0 0 L * *' },
    zone: 'UTC',
    after: '2027-12-31T00:00Z',
    times: '2028-01-31T00:00Z 2028-02-29T00:00Z 2028-03-31T00:00Z',
  },
  {
    what: 'day of the month and day of the week: either will do',
    schedule: { cron: '0 0 13 * fri' },
    zone: 'UTC',
    after: '2026-03-07T00:00Z',
    times: '2026-03-13T00:00Z 2026-03-20T00:00Z',
  },
  {
    what: 'days of the week over the new year',
    schedule: { weekly: ['thursday 23:59', 'friday 00:00'] },
    zone: 'Asia/Kathmandu',
    after: '2026-12-31T12:00Z',
    times: '2026-12-31T18:14Z 2026-12-31T18:15Z 2027-01-07T18:14Z',
  },
  {
    what: 'a midnight that does not exist',
    schedule: { daily: '00:00' },
    zone: 'America/Sao_Paulo',
    after: '2018-11-03T12:00Z',
    times: '2018-11-04T03:00Z 2018-11-05T02:00Z',
  },
  {
    what: 'a day that does not exist, when the islands changed sides',
    schedule: { daily: '03:00' },
    zone: 'Pacific/Apia',
    after: '2011-12-29T12:00Z',
    times: '2011-12-29T13:00Z 2011-12-30T13:00Z',
  },
  {
    what: 'an adaptive schedule comes as soon as it may',
    schedule: { adaptive: { min: '5m', max: '1h' } },
    zone: 'UTC',
    after: '2026-01-01T00:01Z',
    times: '2026-01-01T00:06Z 2026-01-01T00:11Z',
  },
]

test.each(rows)('$what: $zone', ({ schedule, zone, after, times }) => {
  const expected = times.split(' ')
  const found = nextRuns(schedule, new Date(after), expected.length, { zone })
  expect(found.map((time) => time.toISOString().replace(':00.000Z', 'Z'))).toEqual(expected)
})

test('the zone of the schedule goes before that of the configuration', () => {
  const after = new Date('2026-06-01T12:00Z')
  expect(nextRun({ daily: '03:00', zone: 'Asia/Tokyo' }, after, { zone: 'UTC' })).toEqual(new Date('2026-06-01T18:00Z'))
})

test('a schedule that moves to another zone goes by its clock from then on, and never back', () => {
  const run = nextRun({ daily: '03:00' }, new Date('2026-06-01T12:00Z'), { zone: 'Asia/Tokyo' })!
  const next = nextRun({ daily: '03:00' }, run, { zone: 'America/New_York' })
  expect([run, next]).toEqual([new Date('2026-06-01T18:00Z'), new Date('2026-06-02T07:00Z')])
})

describe('jitter', () => {
  const schedule: Schedule = { daily: '03:00', jitter: '1h', zone: 'UTC' }
  const minutes = (job: string): number[] => {
    const runs = nextRuns(schedule, new Date('2026-01-01T12:00Z'), 60, { job })
    return runs.map((run, day) => (run.getTime() - Date.UTC(2026, 0, day + 2, 3)) / 60_000)
  }

  test('is the same whoever asks, and another for each job and day', () => {
    expect(minutes('backup')).toEqual(minutes('backup'))
    expect(new Set([...minutes('backup'), ...minutes('prune')]).size).toBeGreaterThan(115)
  })

  test('spreads over the time it was given, and no further', () => {
    const spread = [...minutes('backup'), ...minutes('drill')].sort((a, b) => a - b)
    expect(spread[0]).toBeGreaterThanOrEqual(0)
    expect(spread.at(-1)).toBeLessThan(60)
    for (const quarter of [0, 15, 30, 45]) {
      const inside = spread.filter((minute) => minute >= quarter && minute < quarter + 15)
      expect(inside.length).toBeGreaterThan(15)
    }
  })

  test('never reaches the next planned time, so that the order stays', () => {
    const often: Schedule = { cron: '*/2 * * * *', jitter: '10m', zone: 'UTC' }
    const runs = nextRuns(often, new Date('2026-01-01T00:00Z'), 200).map((run) => run.getTime())
    expect(runs.map((run) => Math.floor(run / 120_000))).toEqual(runs.map((_, at) => Math.floor(runs[0]! / 120_000) + at))
  })

  test('a planned time that has passed can still lie ahead', () => {
    const [run] = nextRuns(schedule, new Date('2026-01-01T12:00Z'), 1, { job: 'backup' })
    const planned = new Date('2026-01-02T03:00Z')
    expect(run!.getTime()).toBeGreaterThan(planned.getTime())
    expect(nextRun(schedule, planned, { job: 'backup' })).toEqual(run)
  })
})
