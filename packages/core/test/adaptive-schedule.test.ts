import { describe, expect, test } from 'vitest'
import { hour, machine, minute } from './scheduled.ts'

describe('an adaptive schedule', () => {
  const adaptive = { adaptive: { min: '5m', max: '2h' } } as const

  test('comes as often as it may while something changes, and half as often after each run that found nothing', async () => {
    const { clock, runs, scheduler, job, told } = machine('2026-01-01T00:00:00Z')
    const changes = [10, 10, 0, 0, 0, 10, 10]
    const running = scheduler({ jobs: [job('backup', adaptive, { run: () => changes.shift() ?? 10, changedBytes: Number })] })
    await running.start()
    await clock.advance(100 * minute)
    expect(runs.map((run) => run.slice(18, 23))).toEqual(['00:05', '00:10', '00:15', '00:25', '00:45', '01:25', '01:30', '01:35', '01:40'])
    expect(told('job-end')[4]).toMatchObject({ interval: { intervalMs: 40 * minute, reason: 'the last 3 runs found nothing new' } })
    expect(running.status()[0]).toMatchObject({ interval: { intervalMs: 5 * minute } })
    await running.stop()
  })

  test('leaves nine tenths of the time to others', async () => {
    const { clock, scheduler, slowJob, events } = machine('2026-01-01T00:00:00Z')
    const running = scheduler({ jobs: [slowJob('backup', adaptive, 4 * minute)] })
    await running.start()
    await clock.advance(3 * hour)
    await running.stop()
    const starts = events.filter(({ type }) => type === 'job-start').map(({ at }) => new Date(at).toISOString().slice(11, 16))
    expect(starts).toEqual(['00:05', '00:45', '01:25', '02:05', '02:45'])
  })

  test('has a pause after a run that took longer than an interval', async () => {
    const { clock, scheduler, slowJob, told } = machine('2026-01-01T00:00:00Z')
    const running = scheduler({ jobs: [slowJob('backup', { adaptive: { min: '10m', max: '20m' } }, 30 * minute)] })
    await running.start()
    await clock.advance(2 * hour)
    await clock.settle(running.stop())
    const starts = told('job-start').map(({ at }) => new Date(at).toISOString().slice(11, 16))
    expect(starts).toEqual(['00:10', '00:50', '01:30'])
    expect([...told('job-missed'), ...told('job-skipped')]).toEqual([])
  })
})
