import { describe, expect, test } from 'vitest'
import { type Schedulable, backupJobs } from './backup-jobs.ts'

const often = { every: '15m' } as const
const signal = new AbortController().signal

function backup(more: Partial<Schedulable> = {}): Schedulable & { calls: unknown[] } {
  const calls: unknown[] = []
  return {
    calls,
    run: async (request) => void calls.push(['run', request]),
    snapshots: async () => [],
    prune: async (request) => void calls.push(['prune', request]),
    ...more,
  }
}

test('backups are taken as the backup says, or as is said here', () => {
  expect(backupJobs(backup({ schedule: often }))).toMatchObject([{ name: 'backup', schedule: often }])
  const nightly = { daily: '03:00' } as const
  const jobs = backupJobs(backup({ schedule: often }), { backup: nightly, prune: often, name: 'shop' })
  expect(jobs).toMatchObject([{ name: 'shop-backup', schedule: nightly }, { name: 'shop-prune', schedule: often }])
})

test('a scheduled backup says so in its snapshot, and ends when it is told to', async () => {
  const made = backup({ schedule: often })
  const [job] = backupJobs(made)
  await job?.run({ signal, planned: new Date(), reason: 'due', attempt: 1 })
  expect(made.calls).toEqual([['run', { kind: 'scheduled', signal }]])
  expect(job?.changedBytes?.({ freshBytes: 12 })).toBe(12)
})

test('who prunes, and why, is told', async () => {
  const made = backup()
  const [job] = backupJobs(made, { prune: often })
  await job?.run({ signal, planned: new Date(), reason: 'due', attempt: 1 })
  expect(made.calls).toEqual([['prune', { signal, actor: 'schedule', reason: 'Scheduled prune' }]])
})

test('who asks for a prune or a drill, and why, is told instead of the schedule', async () => {
  const calls: unknown[] = []
  const drill = async (request: unknown): Promise<void> => void calls.push(['drill', request])
  const made = backup({ drill, scrub: async (request: unknown) => void calls.push(['scrub', request]) })
  const authority = { actor: 'anna@example.org', reason: 'The disk is full.' }
  const asked = { signal, planned: new Date(), reason: 'asked', attempt: 1, authority } as const
  for (const job of backupJobs(made, { prune: often, drill: often, scrub: often })) await job.run(asked)
  expect(made.calls).toEqual([['prune', { signal, ...authority }]])
  expect(calls).toEqual([['scrub', { signal }], ['drill', { signal, ...authority }]])
})

test('of all jobs only a prune removes something', () => {
  const [drill, scrub, checkHealth] = [async () => {}, async () => {}, async () => {}]
  const jobs = backupJobs(backup({ drill, scrub, checkHealth }), { backup: often, prune: often, drill: often, scrub: often, health: often })
  expect(jobs.filter(({ removes }) => removes !== false).map(({ name }) => name)).toEqual(['prune'])
})

test('the repository knows when the last scheduled backup was', async () => {
  const at = (time: string, kind: string): { time: Date; kind: string } => ({ time: new Date(time), kind })
  const snapshots = [at('2026-01-03', 'scheduled'), at('2026-01-02', 'scheduled'), at('2026-01-04', 'manual')]
  const [job] = backupJobs(backup({ schedule: often, snapshots: async () => snapshots }))
  expect(await job?.lastRun?.({ signal })).toEqual(new Date('2026-01-03'))
  const [fresh] = backupJobs(backup({ schedule: often }))
  expect(await fresh?.lastRun?.({ signal })).toBeUndefined()
})

describe('refused', () => {
  test.each([
    [{}, 'schedule', 'Nothing is scheduled'],
    [{ prun: often }, 'prun', 'Did you mean "prune"?'],
    [{ drill: often }, 'drill', 'can do no drill'],
  ])('%j', (schedules, key, words) => {
    const expected = expect.objectContaining({ kind: 'config', key, message: expect.stringContaining(words) })
    expect(() => backupJobs(backup(), schedules as never)).toThrow(expected)
  })
})
