import { describe, expect, test } from 'vitest'
import type { HealthFacts, JudgedSnapshot, ProviderFacts } from './facts.ts'
import type { RunEntry } from './history.ts'
import { conditions, judge } from './judge.ts'
import { resolveTargets } from './targets.ts'
import type { HealthTargets } from '../contract/targets.ts'

const now = new Date('2031-06-15T12:00:00Z')
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const ago = (ms: number): Date => new Date(now.getTime() - ms)
const down = { kind: 'transient', message: 'It is down.', hint: 'Wait.' }
const signedOut = { kind: 'auth', message: 'The sign-in has ended.', hint: 'Sign in again.' }

function snapshot(ageMs: number, more: Partial<JudgedSnapshot> = {}): JudgedSnapshot {
  const copies = ['disk', 'cloud'].map((location) => ({ location, state: 'committed' as const }))
  return {
    id: `s${ageMs}`, time: ago(ageMs), zone: 'UTC', durationMs: 1000, kind: 'scheduled', tags: [], note: null, source: { name: 'sqlite', label: 'store.db' },
    streams: [], sizeBytes: 1e8, freshBytes: 1e5, storedBytes: 4e4, proof: { complete: true }, state: 'replicated', copies, ...more,
  }
}

function run(ageMs: number, more: Partial<RunEntry> = {}): RunEntry {
  return { operation: 'backup', at: ago(ageMs).getTime(), durationMs: 10_000, ok: true, bytes: 1e8, stored: 1e5, retries: 0, warnings: 0, ...more }
}

const failed = (kind = 'transient'): Partial<RunEntry> => ({ ok: false, error: { kind, message: `It was ${kind}.` } })
const lacking = (location: string): Partial<JudgedSnapshot> => ({
  state: 'committed',
  copies: ['disk', 'cloud'].map((one) => ({ location: one, state: one === location ? 'partial' : 'committed' })),
})
const provider = (location: string, more: Partial<ProviderFacts> = {}): ProviderFacts => ({ location, name: location, nearby: location === 'disk', waiting: 0, ...more })
const used = (share: number): Partial<ProviderFacts> => ({ usage: { usedBytes: share * 1e9, freeBytes: (1 - share) * 1e9, totalBytes: 1e9 } })

/** All is well. */
const well: HealthFacts = {
  label: 'store.db',
  snapshots: [snapshot(10 * day), snapshot(2 * day), snapshot(day), snapshot(hour)],
  damaged: [],
  providers: [provider('disk', used(0.3)), provider('cloud')],
  required: 1,
  history: [run(3 * day, { operation: 'drill', restored: true }), run(2 * day, { operation: 'verify' }), run(day), run(hour)],
  anomalies: [],
  stored: { objects: 8, bytes: 1e6 },
  standing: new Map(),
  notified: true,
}

const idsOf = (facts: HealthFacts, targets: HealthTargets = {}, at = now): string[] => {
  return judge(facts, resolveTargets(targets), at).reasons.map(({ id, severity }) => `${severity} ${id}`)
}

test('when all is well, nothing is said', () => {
  expect(judge(well, resolveTargets(), now)).toEqual({ level: 'healthy', reasons: [] })
})

interface Case {
  /** Severity and id. */
  readonly tells: string
  readonly when: string
  readonly wrong: Partial<HealthFacts>
  /** Just not wrong. */
  readonly right: Partial<HealthFacts>
  readonly targets?: HealthTargets
}

const slowOnes = (minutes: number): RunEntry[] => [...well.history, ...[9, 8, 7, 6, 5, 4].map((at) => run(at * minute)), ...[3, 2, 1].map((at) => run(at, { durationMs: minutes * minute }))]
const week = (good: number, bad: number): RunEntry[] => [
  ...well.history.slice(0, 2),
  ...Array.from({ length: bad }, (_, at) => run(3 * day - at * hour, failed())),
  ...Array.from({ length: good }, (_, at) => run(2 * day - at * hour)),
]
const growing = (freeDays: number): Partial<HealthFacts> => ({
  snapshots: Array.from({ length: 30 }, (_, at) => snapshot((29 - at) * day + hour, { storedBytes: 1e7 })),
  providers: [provider('disk', { usage: { usedBytes: 2e8, freeBytes: freeDays * 1e7, totalBytes: 2e8 + freeDays * 1e7 } }), provider('cloud')],
})
const suspect = { suspect: ['Page 7 is torn.'], proof: { complete: true, suspect: 'Page 7 is torn.' } }
const rotten = { suspect: ['packs/00/1: its bytes hash to another name.'] }
const anomaly = (kind: 'entropy' | 'size' | 'change' | 'clock', ageMs: number): Partial<HealthFacts> => ({
  snapshots: [snapshot(10 * day), snapshot(8 * day), snapshot(7.5 * day), snapshot(hour)],
  anomalies: [{ kind, id: `s${ageMs}`, message: 'Odd.' }],
})

const table: readonly Case[] = [
  { tells: 'critical repository-closed', when: 'the key does not open it', wrong: { closed: { kind: 'key', message: 'No key.', hint: 'Look.' }, snapshots: [] }, right: {} },
  { tells: 'warning provider-away:cloud', when: 'one of two providers is down', wrong: { providers: [provider('disk'), provider('cloud', { problem: down })] }, right: {} },
  {
    tells: 'critical provider-away:cloud', when: 'fewer are left than are required',
    wrong: { required: 2, providers: [provider('disk'), provider('cloud', { problem: down })] }, right: { required: 2 },
  },
  { tells: 'warning sign-in:cloud', when: 'the sign-in has ended', wrong: { providers: [provider('disk'), provider('cloud', { problem: signedOut })] }, right: {} },
  {
    tells: 'warning sign-in:cloud', when: 'it may be read from again, and still takes nothing',
    wrong: { providers: [provider('disk'), provider('cloud', { waiting: 3 })], standing: new Map([['sign-in:cloud', 'warning']]) },
    right: { providers: [provider('disk'), provider('cloud')], standing: new Map([['sign-in:cloud', 'warning']]) },
  },
  { tells: 'warning quota:disk', when: '80 % are used', wrong: { providers: [provider('disk', used(0.8)), provider('cloud')] }, right: { providers: [provider('disk', used(0.79)), provider('cloud')] } },
  { tells: 'critical quota:disk', when: '95 % are used', wrong: { providers: [provider('disk', used(0.95)), provider('cloud')] }, right: { providers: [provider('disk', used(0.7)), provider('cloud')] } },
  {
    tells: 'critical quota:cloud', when: 'the provider says it is full',
    wrong: { providers: [provider('disk'), provider('cloud', { problem: { kind: 'quota', message: 'Full.', hint: 'Free.' } })] }, right: {},
  },
  {
    tells: 'warning quota:disk', when: 'the owner wants to know from 50 % on', targets: { quota: 0.5 },
    wrong: { providers: [provider('disk', used(0.5)), provider('cloud')] }, right: { providers: [provider('disk', used(0.49)), provider('cloud')] },
  },
  {
    tells: 'warning quota:disk', when: 'it was told at 80 % and is at 76 %',
    wrong: { providers: [provider('disk', used(0.76)), provider('cloud')], standing: new Map([['quota:disk', 'warning']]) },
    right: { providers: [provider('disk', used(0.74)), provider('cloud')], standing: new Map([['quota:disk', 'warning']]) },
  },
  {
    tells: 'critical quota:cloud', when: 'it said that it is full, and has not taken since what it lacks',
    wrong: { providers: [provider('disk'), provider('cloud', { waiting: 3 })], standing: new Map([['quota:cloud', 'critical']]) },
    right: { providers: [provider('disk'), provider('cloud')], standing: new Map([['quota:cloud', 'critical']]) },
  },
  { tells: 'warning quota-forecast:disk', when: 'ten days are left', wrong: growing(10), right: growing(20) },
  { tells: 'critical no-backup', when: 'there is none', wrong: { snapshots: [] }, right: { snapshots: [snapshot(hour)] } },
  { tells: 'warning backup-overdue', when: 'the newest is older than a day', wrong: { snapshots: [snapshot(day + minute)] }, right: { snapshots: [snapshot(day - minute)] } },
  { tells: 'critical backup-overdue', when: 'the newest is older than three days', wrong: { snapshots: [snapshot(3 * day + minute)] }, right: { snapshots: [snapshot(day)] } },
  { tells: 'warning backup-overdue', when: 'the target is an hour', targets: { rpo: '1h' }, wrong: { snapshots: [snapshot(61 * minute)] }, right: { snapshots: [snapshot(59 * minute)] } },
  {
    tells: 'critical backup-overdue', when: 'newer ones are suspect, or lack copies',
    wrong: { snapshots: [snapshot(4 * day), snapshot(2 * hour, suspect), snapshot(hour, { state: 'partial' })] }, right: {},
  },
  {
    tells: 'critical backup-overdue', when: 'a clock set to 2100 made the newest one',
    wrong: { snapshots: [snapshot(4 * day), snapshot(now.getTime() - Date.UTC(2100, 0))] }, right: {},
  },
  { tells: 'warning backup-failing', when: 'the last run failed', wrong: { history: [...well.history, run(minute, failed())] }, right: { history: [...well.history, run(2 * minute, failed()), run(minute)] } },
  {
    tells: 'critical backup-failing', when: 'the last three failed',
    wrong: { history: [...well.history, ...[3, 2, 1].map((at) => run(at * minute, failed()))] },
    right: { history: [...well.history, ...[3, 2, 1].map((at) => run(at * minute, failed('cancelled')))] },
  },
  { tells: 'warning backup-slow', when: 'the last three took ten minutes instead of ten seconds', wrong: { history: slowOnes(10) }, right: { history: slowOnes(0.5) } },
  { tells: 'warning success-low', when: 'a quarter of a week failed', wrong: { history: week(15, 5) }, right: { history: week(19, 1) } },
  { tells: 'critical copies-too-few', when: 'the newest snapshot is partial', wrong: { snapshots: [...well.snapshots, snapshot(minute, { state: 'partial' })] }, right: {} },
  { tells: 'warning copies-too-few', when: 'an older one is partial', wrong: { snapshots: [snapshot(day, { state: 'partial' }), snapshot(hour)] }, right: {} },
  {
    tells: 'warning copies-late:cloud', when: 'it lacks what was made two hours ago',
    wrong: { snapshots: [snapshot(day), snapshot(2 * hour, lacking('cloud')), snapshot(minute, lacking('cloud'))] },
    right: { snapshots: [snapshot(day), snapshot(50 * minute, lacking('cloud'))] },
  },
  { tells: 'warning three-two-one', when: 'there is one provider', wrong: { providers: [provider('cloud')] }, right: {} },
  { tells: 'warning three-two-one', when: 'both are disks of this machine', wrong: { providers: [provider('disk'), provider('cloud', { nearby: true })] }, right: {} },
  { tells: 'warning three-two-one', when: 'both are of one kind', wrong: { providers: [provider('disk', { nearby: false, name: 's3' }), provider('cloud', { name: 's3' })] }, right: {} },
  { tells: 'critical live-data-damaged', when: 'the newest snapshot is suspect', wrong: { snapshots: [...well.snapshots, snapshot(minute, suspect)] }, right: { snapshots: [snapshot(hour, suspect), snapshot(minute)] } },
  { tells: 'critical snapshots-damaged', when: 'somebody found damage in what is stored', wrong: { snapshots: [snapshot(2 * hour, rotten), snapshot(hour)] }, right: {} },
  { tells: 'critical snapshots-unreadable', when: 'a commit is damaged', wrong: { damaged: [{ key: 'commits/x', message: 'Torn.' }] }, right: {} },
  {
    tells: 'critical verify-failed', when: 'it found damage',
    wrong: { history: [...well.history, run(hour, { operation: 'verify', ...failed('corrupt') })] },
    right: { history: [...well.history, run(hour, { operation: 'verify', ...failed('corrupt') }), run(minute, { operation: 'verify' })] },
  },
  { tells: 'warning drill-failed', when: 'a drill broke off', wrong: { history: [...well.history, run(hour, { operation: 'drill', ...failed('transient') })] }, right: {} },
  {
    tells: 'critical drill-failed', when: 'it found damage, and the next one was refused',
    wrong: { history: [...well.history, run(hour, { operation: 'drill', ...failed('corrupt') }), run(minute, { operation: 'drill', ...failed('config') })] },
    right: { history: [...well.history, run(hour, { operation: 'drill', ...failed('config') }), run(minute, { operation: 'drill', ...failed('exists') })] },
  },
  { tells: 'critical scrub-failed', when: 'it found damage', wrong: { history: [...well.history, run(hour, { operation: 'scrub', ...failed('corrupt') })] }, right: {} },
  { tells: 'critical anomaly-entropy', when: 'all was encrypted yesterday', wrong: anomaly('entropy', hour), right: anomaly('entropy', 7.5 * day) },
  { tells: 'warning anomaly-size', when: 'half is gone', wrong: anomaly('size', hour), right: anomaly('size', 8 * day) },
  { tells: 'warning anomaly-change', when: 'all was rewritten', wrong: anomaly('change', hour), right: anomaly('change', 8 * day) },
  { tells: 'warning clock-wrong', when: 'a snapshot of late has a date that cannot be', wrong: anomaly('clock', hour), right: anomaly('clock', 99 * day) },
  {
    tells: 'warning verify-overdue', when: 'the last was 31 days ago',
    wrong: { history: [run(day, { operation: 'restore', restored: true }), run(31 * day, { operation: 'verify' }), run(hour)] },
    right: { history: [run(day, { operation: 'restore', restored: true }), run(29 * day, { operation: 'verify' }), run(hour)] },
  },
  {
    tells: 'warning verify-overdue', when: 'it never was, and the backups are a month old',
    wrong: { snapshots: [snapshot(31 * day), snapshot(hour, { verified: ago(-day) })], history: [run(hour, { operation: 'restore', restored: true })] },
    right: { snapshots: [snapshot(31 * day), snapshot(hour, { verified: ago(minute) })], history: [run(hour, { operation: 'restore', restored: true })] },
  },
  {
    tells: 'warning verify-overdue', when: 'it was tried since, and failed',
    wrong: { history: [...well.history.slice(0, 1).map((one) => ({ ...one, operation: 'restore' as const })), run(31 * day, { operation: 'verify' }), run(day, { operation: 'verify', ...failed() })] },
    right: {},
  },
  {
    tells: 'warning drill-overdue', when: 'the last restore was 91 days ago',
    wrong: { history: [run(91 * day, { operation: 'drill', restored: true }), run(day, { operation: 'verify' })] },
    right: { history: [run(89 * day, { operation: 'drill', restored: true }), run(day, { operation: 'verify' })] },
  },
  {
    tells: 'warning restore-slow', when: 'a restore took longer than it may', targets: { rto: '30m' },
    wrong: { history: [...well.history, run(day, { operation: 'restore', restored: true, durationMs: 31 * minute })] },
    right: { history: [...well.history, run(day, { operation: 'restore', restored: true, durationMs: 29 * minute })] },
  },
  {
    tells: 'warning retention-late', when: 'what is not kept is there for more than a week',
    wrong: { retention: { keep: [], drop: [{ id: 's1', reason: '' }], warnings: [] } },
    right: { retention: { keep: [], drop: [{ id: 's1', reason: '' }], warnings: [] }, history: [...well.history, run(day, { operation: 'retain' })] },
  },
  {
    tells: 'warning clock-wrong', when: 'every snapshot is in the future',
    wrong: { retention: { keep: [], drop: [], warnings: [{ kind: 'clock', message: 'The clock says 1999.', ids: [] }] } },
    right: { retention: { keep: [], drop: [], warnings: [{ kind: 'idle', message: 'A policy keeps nothing.', ids: [] }] } },
  },
]

describe('a reason is given, and taken back:', () => {
  test.each(table)('$tells when $when', ({ tells, wrong, right, targets }) => {
    expect(idsOf({ ...well, ...wrong }, targets)).toContain(tells)
    const [, id] = tells.split(' ')
    expect(idsOf({ ...well, ...right }, targets).filter((one) => one.endsWith(` ${id}`))).toEqual([])
  })

  test('for each condition there is a case', () => {
    const silent = conditions.filter((condition) => !table.some(({ wrong, targets = {} }) => condition({ ...well, ...wrong }, resolveTargets(targets), now).length > 0))
    expect(silent.map(({ name }) => name)).toEqual([])
  })

  test.each(table)('$tells says what is the matter and what to do, in words', ({ tells, wrong, targets }) => {
    const reason = judge({ ...well, ...wrong }, resolveTargets(targets), now).reasons.find(({ id }) => tells.endsWith(` ${id}`))!
    expect(reason.title).toMatch(/^\S.{5,80}$/)
    expect(reason.message).toMatch(/\S/)
    expect(reason.action).toMatch(/^[A-Z].*\.$/)
    expect(`${reason.title} ${reason.message} ${reason.action}`).not.toMatch(/undefined|NaN|\[object/)
  })
})

test('the level is that of the worst reason, and the worst come first', () => {
  const facts = { ...well, providers: [provider('cloud')], damaged: [{ key: 'commits/x', message: 'Torn.' }] }
  expect(judge(facts, resolveTargets(), now)).toMatchObject({ level: 'critical', reasons: [{ severity: 'critical' }, { severity: 'warning' }] })
  expect(judge({ ...well, providers: [provider('cloud')] }, resolveTargets(), now).level).toBe('warning')
})

test('3-2-1 is not asked of those who do not want it', () => {
  expect(idsOf({ ...well, providers: [provider('disk')] }, { threeTwoOne: false })).toEqual([])
})

test('what follows from a provider that is away says so, and of what is not away nothing follows', () => {
  const facts: HealthFacts = {
    ...well,
    providers: [provider('disk', { problem: down }), provider('cloud', { problem: down })],
    closed: down,
    snapshots: [],
    history: [run(5 * day), ...[3, 2, 1].map((at) => run(at * hour, failed()))],
  }
  const { reasons } = judge(facts, resolveTargets(), now)
  expect(Object.fromEntries(reasons.map(({ id, because }) => [id, because]))).toMatchObject({
    'provider-away:disk': undefined,
    'backup-failing': 'provider-away:disk',
    'backup-overdue': 'provider-away:disk',
  })
  expect(reasons.map(({ id }) => id)).not.toContain('no-backup')
  expect(reasons.map(({ id }) => id)).not.toContain('repository-closed')
})

test('where enough others work, a failing backup does not follow from the one that is away', () => {
  const facts = { ...well, providers: [provider('disk'), provider('cloud', { problem: down })], history: [...well.history, run(hour, failed('source'))] }
  expect(judge(facts, resolveTargets(), now).reasons.find(({ id }) => id === 'backup-failing')).not.toHaveProperty('because')
})

test('of damage in what is stored nobody says that it is in the live data', () => {
  expect(idsOf({ ...well, snapshots: [...well.snapshots, snapshot(minute, rotten)] })).toEqual(['critical snapshots-damaged'])
  expect(idsOf({ ...well, snapshots: [...well.snapshots, snapshot(minute, { ...suspect, suspect: [] })] })).toEqual([])
})

test('damaged snapshots follow from the check that found them', () => {
  const found = run(minute, { operation: 'scrub', ...failed('corrupt') })
  const { reasons } = judge({ ...well, snapshots: [snapshot(hour, rotten), snapshot(minute)], history: [...well.history, found] }, resolveTargets(), now)
  expect(reasons).toMatchObject([{ id: 'scrub-failed' }, { id: 'snapshots-damaged', because: 'scrub-failed' }])
})

test('no good backup follows from data that is damaged, or from runs that fail', () => {
  const causeOf = (wrong: Partial<HealthFacts>): unknown => judge({ ...well, ...wrong }, resolveTargets(), now).reasons.find(({ id }) => id === 'backup-overdue')?.because
  expect(causeOf({ snapshots: [snapshot(2 * day), snapshot(hour, suspect)] })).toBe('live-data-damaged')
  expect(causeOf({ snapshots: [snapshot(2 * day), snapshot(hour, rotten)] })).toBe('snapshots-damaged')
  expect(causeOf({ snapshots: [snapshot(2 * day)], history: [...well.history, run(minute, failed())] })).toBe('backup-failing')
  expect(causeOf({ snapshots: [snapshot(2 * day)] })).toBeUndefined()
})

test.each([
  ['1970', new Date(0)],
  ['2100', new Date('2100-01-01')],
])('with a clock set to %s it answers, and that the clock is wrong or no backup was made is among it', (_, at) => {
  const ids = idsOf({ ...well, retention: { keep: [], drop: [], warnings: [] } }, {}, at)
  expect(ids.join()).toMatch(at.getTime() === 0 ? /clock-wrong/ : /critical backup-overdue/)
})

test('each id comes once', () => {
  for (const { wrong, targets } of table) {
    const ids = idsOf({ ...well, ...wrong }, targets).map((one) => one.split(' ')[1])
    expect(new Set(ids).size).toBe(ids.length)
  }
})
