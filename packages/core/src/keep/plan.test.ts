import { describe, expect, test } from 'vitest'
import type { RetainedSnapshot, RetentionPolicy } from '../contract/retention.ts'
import { keepDaily } from './calendar.ts'
import { fifteenYears } from './fifteen-years.ts'
import { forKind, forTag } from './filters.ts'
import { planRetention, type RetentionPlan } from './plan.ts'
import { keepLast, keepWithin } from './recent.ts'

const now = new Date('2026-11-22T12:00:00Z')
const clock = { now, zone: 'UTC' }

describe('whatever the policies say, a plan keeps', () => {
  const old = [at('2024-01-03'), at('2024-01-02'), at('2024-01-01')]

  test('the newest', () => {
    expect(planRetention(old, keepsOne('2024-01-01'), clock).keep).toEqual([
      { id: '2024-01-03', reasons: ['newest'] },
      { id: '2024-01-01', reasons: ['because'] },
    ])
  })

  test('the newest that was verified', () => {
    const given = [at('2024-01-04'), ...old.map((one) => ({ ...one, verified: one.id !== '2024-01-03' }))]
    expect(planRetention(given, keepLast(1), clock)).toMatchObject({
      keep: [{ id: '2024-01-04' }, { id: '2024-01-02', reasons: ['newest verified'] }],
      drop: [{ id: '2024-01-03' }, { id: '2024-01-01' }],
    })
  })

  test('what is under hold', () => {
    const given = [...old, at('2023-01-01', { held: true })]
    expect(planRetention(given, keepLast(1), clock).keep).toEqual([
      { id: '2024-01-03', reasons: ['newest', 'the last one'] },
      { id: '2023-01-01', reasons: ['held'] },
    ])
  })

  test('the only one there is, though no policy does', () => {
    const plan = planRetention([at('2024-01-01')], keepWithin({ days: 1 }), clock)
    expect(plan).toMatchObject({ keep: [{ id: '2024-01-01', reasons: ['newest'] }], drop: [] })
    expect(plan.warnings).toEqual([warning('idle', /the last 1 day/)])
  })
})

test('a plan protects no kind and no tag of its own accord', () => {
  const given = [at('2024-01-03'), at('2024-01-02', { kind: 'manual' }), at('2024-01-01', { kind: 'manual' })]
  expect(idsOf(planRetention(given, keepLast(1), clock).keep)).toEqual(['2024-01-03'])
  const manual = forKind('manual', keepLast(1))
  expect(idsOf(planRetention(given, [keepLast(1), manual], clock).keep)).toEqual(['2024-01-03', '2024-01-02'])
})

test('a plan gives every reason once, and says of what goes what stays instead', () => {
  const given = [at('2026-11-22'), at('2026-11-21T08:00'), at('2026-11-21T07:00')]
  const policies = [keepDaily({ days: 7 }), keepDaily({ count: 7 }), keepLast(2)]
  expect(planRetention(given, policies, clock)).toEqual({
    keep: [
      { id: '2026-11-22', reasons: ['newest', 'daily 2026-11-22', 'the last 2'] },
      { id: '2026-11-21T08:00', reasons: ['daily 2026-11-21', 'the last 2'] },
    ],
    drop: [
      {
        id: '2026-11-21T07:00',
        reason: 'no policy keeps it; the next newer one kept: 2026-11-21T08:00 of 2026-11-21T08:00:00.000Z',
      },
    ],
    warnings: [],
  } satisfies RetentionPlan)
})

test('a plan survives being written as JSON', () => {
  const plan = planRetention([at('2026-11-22'), at('2020-01-01'), at('2027-01-01')], fifteenYears(), clock)
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
})

test('no snapshots make an empty plan', () => {
  expect(planRetention([], fifteenYears(), clock)).toEqual({ keep: [], drop: [], warnings: [] })
})

describe('snapshots of the future', () => {
  const honest = [at('2026-11-22'), at('2026-11-21'), at('2026-11-20')]
  const future = [at('2031-01-01'), at('2026-11-22T12:00:01', { verified: true })]

  test('are kept and reported', () => {
    const { keep, warnings } = planRetention([...honest, ...future], keepLast(1), clock)
    expect(keep.slice(0, 2)).toEqual([
      { id: '2031-01-01', reasons: ['dated after now'] },
      { id: '2026-11-22T12:00:01', reasons: ['dated after now'] },
    ])
    expect(warnings).toEqual([warning('future', /^2 snapshots are dated after now/, future)])
  })

  test('take no place: the newest honest one, verified or not, and every count stay as they were', () => {
    const verified = honest.map((one) => ({ ...one, verified: one.id === '2026-11-20' }))
    const { keep } = planRetention([...verified, ...future], [keepLast(1), keepDaily({ count: 1 })], clock)
    expect(keep.slice(2)).toEqual([
      { id: '2026-11-22', reasons: ['newest', 'the last one', 'daily 2026-11-22'] },
      { id: '2026-11-20', reasons: ['newest verified'] },
    ])
  })

  test('are those of the future when there are no others: then the clock is wrong and all are kept', () => {
    const reset = { now: new Date('1970-01-01T00:10:00Z'), zone: 'UTC' }
    const plan = planRetention(honest, fifteenYears(), reset)
    expect(idsOf(plan.keep)).toEqual(idsOf(honest))
    expect(plan.drop).toEqual([])
    expect(plan.warnings).toEqual([warning('clock', /1970-01-01T00:10:00.000Z/, honest)])
  })

  test('say also that they are held, if they are', () => {
    const held = future.map((one) => ({ ...one, held: true }))
    const { keep } = planRetention([...honest, ...held], keepLast(1), clock)
    expect(keep[0]).toEqual({ id: '2031-01-01', reasons: ['held', 'dated after now'] })
  })

  test('begin after now, not with it', () => {
    expect(planRetention([at('2026-11-22T12:00:00')], keepLast(1), clock).warnings).toEqual([])
  })
})

describe('snapshots dated by a clock that was reset', () => {
  const reset = [at('2000-12-31T23:59:59'), at('1980-01-01'), at('1970-01-01'), at('no date at all')]
  const given = [at('2026-11-22'), at('2026-11-21'), ...reset]

  test('are kept and reported, and take no place', () => {
    const plan = planRetention(given, [keepLast(2), keepDaily()], clock)
    expect(plan.keep.slice(2)).toEqual(reset.map(({ id }) => ({ id, reasons: ['date not credible'] })))
    expect(plan.keep.slice(0, 2).map(({ reasons }) => reasons)).toEqual([
      ['newest', 'the last 2', 'daily 2026-11-22'],
      ['the last 2', 'daily 2026-11-21'],
    ])
    expect(plan.warnings).toEqual([warning('undated', /^4 snapshots are without a date/, reset)])
  })

  test('end with the year 2000', () => {
    expect(planRetention([at('2001-01-01')], keepLast(1), clock).warnings).toEqual([])
  })
})

describe('suspect snapshots', () => {
  const days = ['2026-11-22', '2026-11-21', '2026-11-20', '2026-11-19'].map((day) => at(day))
  const marked = (...ids: string[]): RetainedSnapshot[] => days.map((one) => ({ ...one, suspect: ids.includes(one.id) }))

  test('freeze what is sound while one of them is the newest, and say so', () => {
    const plan = planRetention(marked('2026-11-22', '2026-11-21'), keepLast(1), clock)
    expect(plan.keep).toEqual([
      { id: '2026-11-22', reasons: ['newest, though suspect', 'the last one'] },
      { id: '2026-11-20', reasons: ['newest', 'the last one'] },
      { id: '2026-11-19', reasons: ['frozen: the newest snapshot is suspect'] },
    ])
    expect(idsOf(plan.drop)).toEqual(['2026-11-21'])
    expect(plan.warnings).toEqual([{ kind: 'suspect', message: expect.stringContaining('2026-11-20'), ids: ['2026-11-22', '2026-11-21'] }])
  })

  test('are as others are when a sound one followed, but take no place', () => {
    const plan = planRetention(marked('2026-11-21'), keepLast(2), clock)
    expect(idsOf(plan.keep)).toEqual(['2026-11-22', '2026-11-21', '2026-11-20'])
    expect(idsOf(plan.drop)).toEqual(['2026-11-19'])
    expect(plan.warnings).toEqual([])
  })

  test('stand for a day that has no other, and beside the sound one of a day that has', () => {
    const given = [at('2026-11-22'), at('2026-11-21T09:00', { suspect: true }), at('2026-11-21T08:00'), at('2026-11-20', { suspect: true })]
    const plan = planRetention(given, keepDaily({ days: 7 }), clock)
    expect(plan.drop).toEqual([])
    expect(plan.keep.map(({ reasons }) => reasons.at(-1))).toEqual(['daily 2026-11-22', 'daily 2026-11-21', 'daily 2026-11-21', 'daily 2026-11-20'])
  })

  test('may say why they are, and others when they were verified: as snapshots() lists them', () => {
    const given = [at('2026-11-22', { suspect: ['Page 7 is blank.'] }), at('2026-11-21'), at('2026-11-20', { verified: now })]
    expect(planRetention(given, keepLast(1), clock)).toMatchObject({
      keep: [{ reasons: ['newest, though suspect', 'the last one'] }, { reasons: ['newest', 'the last one'] }, { reasons: ['newest verified'] }],
      warnings: [{ kind: 'suspect' }],
    })
  })

  test('are never the newest verified', () => {
    const given = [at('2026-11-22'), at('2026-11-21', { suspect: true, verified: true }), at('2026-11-20', { verified: true })]
    expect(planRetention(given, keepLast(1), clock).keep.at(-1)).toEqual({ id: '2026-11-20', reasons: ['newest verified'] })
  })
})

test('a policy that keeps nothing beside others that do is reported: its tag may be misspelt', () => {
  const given = [at('2026-11-22', { tags: ['database'] })]
  const { warnings } = planRetention(given, [keepLast(1), forTag('databse', keepDaily())], clock)
  expect(warnings).toEqual([warning('idle', /"databse: daily for ever"/)])
})

describe('a plan is refused', () => {
  const given = [at('2026-11-22'), at('2020-01-01')]

  test('without a policy', () => {
    expect(() => planRetention(given, [], clock)).toThrow(refusal('config', /at least one policy/))
  })

  test('when it would drop something and the policies keep nothing', () => {
    const typo = [forTag('databse', keepDaily()), forKind('emergency', keepLast(1))]
    expect(() => planRetention(given, typo, clock)).toThrow(refusal('config', /1 would be dropped/))
    expect(planRetention(given.slice(1), typo, clock).drop).toEqual([])
  })

  test('for what is no policy, and for one of another contract', () => {
    expect(() => planRetention(given, 30 as never, clock)).toThrow(refusal('config', /must be a plugin/))
    const newer = { ...keepLast(1), contract: 2 } as never
    expect(() => planRetention(given, newer, clock)).toThrow(refusal('unsupported', /contract 2/))
  })

  test('for a policy that keeps what it was not given', () => {
    const invention = (): unknown => planRetention(given, keepsOne('made up'), clock)
    expect(invention).toThrow(refusal('permanent', /"mine".*made up/))
    const future = (): unknown => planRetention([...given, at('2031-01-01')], keepsOne('2031-01-01'), clock)
    expect(future).toThrow(refusal('permanent', /"mine".*2031-01-01/))
  })

  test('for two snapshots with one id', () => {
    const twice = [...given, at('2020-01-01', { kind: 'manual' })]
    expect(() => planRetention(twice, keepLast(9), clock)).toThrow(refusal('config', /id 2020-01-01/))
  })

  test('for a clock without a time, and for a zone that is none, even when there is nothing to plan', () => {
    const broken = { now: new Date(Number.NaN), zone: 'UTC' }
    expect(() => planRetention([], keepLast(1), broken)).toThrow(refusal('config', /clock\.now/))
    const nowhere = { now, zone: 'Europe/Atlantis' }
    expect(() => planRetention([], keepLast(1), nowhere)).toThrow(refusal('config', /"Europe\/Atlantis"/))
  })
})

test('a policy may do what it likes with its list and clock: the next one has its own', () => {
  const greedy: RetentionPolicy = {
    ...keepLast(1),
    keep(snapshots, when) {
      when.now.setUTCFullYear(2099)
      const taken = (snapshots as RetainedSnapshot[]).splice(0)
      return taken.map(({ id }) => ({ id, reason: 'taken' }))
    },
  }
  const given = [at('2026-11-22'), at('2026-11-21')]
  const { keep } = planRetention(given, [greedy, keepWithin({ days: 1 })], clock)
  expect(keep.map(({ reasons }) => reasons)).toEqual([
    ['newest', 'taken', 'within 1 day'],
    ['taken', 'within 1 day'],
  ])
})

/** A snapshot named by its time in UTC. */
function at(id: string, more: Partial<RetainedSnapshot> = {}): RetainedSnapshot {
  return { id, time: new Date(id.includes('T') ? `${id}Z` : id), kind: 'scheduled', tags: [], ...more }
}

function keepsOne(id: string): RetentionPolicy {
  return { ...keepLast(1), name: 'mine', keep: () => [{ id, reason: 'because' }] }
}

function idsOf(list: readonly { readonly id: string }[]): string[] {
  return list.map(({ id }) => id)
}

function warning(kind: string, message: RegExp, snapshots: readonly RetainedSnapshot[] = []): unknown {
  return { kind, message: expect.stringMatching(message), ids: idsOf(snapshots) }
}

function refusal(kind: string, message: RegExp): unknown {
  return expect.objectContaining({ kind, message: expect.stringMatching(message) })
}
