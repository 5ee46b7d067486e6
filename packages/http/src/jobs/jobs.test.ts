import type { BackupEvent, Run } from '@backup/core'
import { describe, expect, test } from 'vitest'
import type { JobJson } from '../wire/jobs.ts'
import { createJobs } from './jobs.ts'

const dayMs = 86_400_000

function made(): { jobs: ReturnType<typeof createJobs>; told: JobJson[]; errors: unknown[]; later(ms: number): void; run(id: string, ...events: object[]): void } {
  let now = Date.parse('2031-01-01T00:00:00Z')
  const told: JobJson[] = []
  const errors: unknown[] = []
  const jobs = createJobs({ clock: () => new Date(now), tell: (job) => told.push(job), onError: (error, { url }) => errors.push([error, url]) })
  return {
    jobs,
    told,
    errors,
    later: (ms) => void (now += ms),
    run(id, ...events) {
      for (const event of events) jobs.see({ operation: 'backup', run: id, at: now, ...event } as BackupEvent)
    },
  }
}

const start = { type: 'run-start', label: 'store.db' }
const end = { type: 'run-end', durationMs: 5 }

describe('jobs', () => {
  test('tell of progress four times a second at most, and of everything else at once', () => {
    const { told, later, run } = made()
    run('a', start, { type: 'phase-start', phase: 'read' })
    for (let step = 0; step < 20; step++) {
      later(50)
      run('a', { type: 'progress', phase: 'read', doneBytes: step, movedBytes: 0, bytesPerSecond: 0, items: { unit: 'files', done: step } })
    }
    run('a', { type: 'warning', message: 'Slow.', hint: '' }, end)
    expect(told.filter(({ progress, warnings, state }) => progress && warnings.length === 0 && state === 'running')).toHaveLength(4)
    expect(told.at(-2)).toMatchObject({ warnings: [{ message: 'Slow.' }], progress: { doneBytes: 19, items: { unit: 'files', done: 19 } } })
    expect(told.at(-1)).toMatchObject({ state: 'done', durationMs: 5 })
  })

  test('are kept while they run, and the last fifty of each kind for a week', () => {
    const { jobs, later, run } = made()
    run('still', start)
    run('restore', { ...start, operation: 'restore' }, { ...end, operation: 'restore' })
    for (let n = 0; n < 60; n++) run(`b${n}`, start, end)
    run('last', start)
    expect(jobs.list({ limit: 200, operation: 'backup', state: 'done' })).toHaveLength(50)
    expect(jobs.get('restore').state).toBe('done')
    expect(() => jobs.get('b3')).toThrow('no job with this id')
    later(8 * dayMs)
    run('new', start)
    expect(jobs.list({ limit: 200 }).map(({ id }) => id)).toEqual(['new', 'last', 'still'])
  })

  test('of which the result cannot be told have failed, and the program learns why', async () => {
    const { jobs, told, errors, run } = made()
    const running = Object.assign(Promise.resolve({ rows: 3 }), { id: 'r' }) as unknown as Run<object>
    const error = new RangeError('Maximum call stack size exceeded')
    const resultOf = (): never => {
      throw error
    }
    jobs.adopt(running, { operation: 'restore', actor: 'anna', resultOf, request: new Request('http://shop.test/restores') })
    run('r', { ...start, operation: 'restore' }, { ...end, operation: 'restore' })
    await running
    await Promise.resolve()
    expect(jobs.get('r')).toMatchObject({ state: 'failed', durationMs: 5, error: { kind: 'permanent', message: expect.stringContaining('cannot be told') } })
    expect(told.at(-1)).toEqual(jobs.get('r'))
    expect(errors).toEqual([[error, 'http://shop.test/restores']])
    expect(JSON.stringify(told)).not.toContain('call stack')
  })

  test('have no part in what is no run', () => {
    const { jobs, run } = made()
    run('w', { type: 'alert-raised', operation: 'watch' })
    expect(jobs.list({})).toEqual([])
  })
})
