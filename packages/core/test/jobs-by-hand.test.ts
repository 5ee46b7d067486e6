import { describe, expect, test } from 'vitest'
import { BackupError } from '../src/errors.ts'
import { createMemoryState } from '../src/portable/runtime.ts'
import type { JobContext } from '../src/schedule/index.ts'
import { hour, machine, minute } from './scheduled.ts'

const often = { every: '15m' } as const

test('a job is told who asked for it, and why, and each says whether it may remove something', async () => {
  const { scheduler, job } = machine()
  const seen: unknown[] = []
  const run = ({ reason, authority }: JobContext): void => void seen.push([reason, authority])
  const running = scheduler({ jobs: [job('own', often, { run }), job('look', { daily: '03:00' }, { removes: false })] })
  const authority = { actor: 'anna@example.org', reason: 'The disk is full.' }
  await running.run('own', authority)
  await running.run('own')
  expect(seen).toEqual([['asked', authority], ['asked', undefined]])
  expect(running.status()).toMatchObject([{ name: 'own', removes: true }, { name: 'look', removes: false }])
})

describe('a job that is paused', () => {
  test('is not started by its schedule until it is resumed, and what was planned meanwhile is not made up for', async () => {
    const { clock, runs, scheduler, job, told } = machine('2026-01-01T00:01:00Z')
    const running = scheduler({ jobs: [job('often', often)] })
    await running.start()
    await running.pause('often')
    await clock.advance(2 * hour)
    expect(runs).toEqual([])
    expect(running.status()).toMatchObject([{ state: 'idle', pausedSince: new Date('2026-01-01T00:01:00Z') }])
    expect(running.status()[0]).not.toHaveProperty('next')
    await running.resume('often')
    expect(running.status()[0]).toMatchObject({ next: new Date('2026-01-01T02:15:00Z'), missed: 0 })
    await clock.advance(15 * minute)
    await running.stop()
    expect(runs).toEqual(['often 2026-01-01T02:15 due'])
    expect([told('job-paused').length, told('job-resumed').length, told('job-missed').length]).toEqual([1, 1, 0])
  })

  test('still runs when it is asked to', async () => {
    const { runs, scheduler, job } = machine()
    const running = scheduler({ jobs: [job('often', often)] })
    await running.pause('often')
    expect((await running.run('often')).outcome).toBe('ok')
    expect(runs).toHaveLength(1)
  })

  test('stays so after a restart, and in other processes', async () => {
    const { clock, runs, scheduler, job } = machine()
    const state = createMemoryState()
    const first = scheduler({ jobs: [job('often', often)], state })
    const other = scheduler({ jobs: [job('often', often)], state })
    await other.start()
    await first.pause('often')
    const second = scheduler({ jobs: [job('often', often)], state })
    await second.start()
    await clock.advance(hour)
    expect(runs).toEqual([])
    expect(second.status()[0]).toHaveProperty('pausedSince')
    await first.resume('often')
    await clock.advance(hour)
    await Promise.all([second.stop(), other.stop()])
    expect(runs.length).toBeGreaterThanOrEqual(3)
    expect(new Set(runs).size).toBe(runs.length)
  })

  test('is one whatever became of the note about it', async () => {
    const { clock, runs, scheduler, job } = machine()
    const state = createMemoryState()
    await state.write('pause-often', new Uint8Array([1, 2, 3]))
    const running = scheduler({ jobs: [job('often', often)], state })
    await running.start()
    await clock.advance(hour)
    await running.stop()
    expect(runs).toEqual([])
  })

  test('is none when that cannot be remembered', async () => {
    const { scheduler, job } = machine()
    const write = async (): Promise<never> => {
      throw new BackupError('quota', 'The disk is full.')
    }
    const running = scheduler({ jobs: [job('often', often)], state: { ...createMemoryState(), write } })
    await expect(running.pause('often')).rejects.toMatchObject({ kind: 'quota' })
    expect(running.status()[0]).not.toHaveProperty('pausedSince')
  })

  test('has to be one that there is', async () => {
    const { scheduler, job } = machine()
    await expect(scheduler({ jobs: [job('often', often)] }).pause('seldom')).rejects.toMatchObject({ kind: 'not-found' })
  })
})

test('whoever listens is told what happens, until that is ended', async () => {
  const { scheduler, job } = machine()
  const running = scheduler({ jobs: [job('often', often)] })
  const seen: string[] = []
  const end = running.subscribe(({ type }) => seen.push(type))
  await running.run('often')
  end()
  await running.run('often')
  expect(seen).toEqual(['job-start', 'job-end'])
})

test('a scheduler that was not started yet says when jobs come round', () => {
  const { scheduler, job } = machine('2026-01-01T00:01:00Z')
  expect(scheduler({ jobs: [job('often', often)] }).status()).toMatchObject([{ schedule: often, next: new Date('2026-01-01T00:15:00Z') }])
})
