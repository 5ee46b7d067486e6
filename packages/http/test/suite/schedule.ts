import { describe, expect, test } from 'vitest'
import type { Serve } from './index.ts'

export function scheduleTests(serve: Serve): void {
  describe('the schedule', () => {
    test('is shown with what comes next', async () => {
      const { api } = await serve()
      const { body } = await api('GET /schedule', { query: { runs: 3 } })
      expect(body).toMatchObject({ running: true, schedule: { every: '15m' }, zone: 'UTC' })
      expect(body.jobs.map(({ name }) => name)).toEqual(['backup', 'prune'])
      const [backup] = body.jobs
      expect(backup!.upcoming).toHaveLength(3)
      expect(Date.parse(backup!.upcoming[1]!) - Date.parse(backup!.upcoming[0]!)).toBe(900_000)
    })

    test('is shown too where somebody else starts what is due', async () => {
      const { api } = await serve({ scheduler: undefined as never })
      const { body } = await api('GET /schedule')
      expect(body).toMatchObject({ running: false, jobs: [{ name: 'backup', upcoming: expect.arrayContaining([expect.any(String)]) }] })
      expect((await api.refused('POST /schedule/:job/pause', { params: { job: 'backup' } })).body.code).toBe('unknown')
    })

    test('is paused and resumed', async () => {
      const { api } = await serve()
      const { body: paused } = await api('POST /schedule/:job/pause', { params: { job: 'backup' } })
      expect(paused).toMatchObject({ name: 'backup', pausedSince: expect.any(String), upcoming: [] })
      expect(paused.next).toBeUndefined()
      expect((await api('GET /status')).body.nextRun).toBeUndefined()
      const { body: resumed } = await api('POST /schedule/:job/resume', { params: { job: 'backup' } })
      expect(resumed.pausedSince).toBeUndefined()
      expect(resumed.next).toBeDefined()
      const { body: log } = await api('GET /events')
      expect(log.entries.map(({ title }) => title)).toEqual(['The schedule of backup goes on', 'The schedule of backup is paused'])
    })

    test('runs a job when it is asked to', async () => {
      const { api } = await serve()
      expect((await api('POST /schedule/:job/run', { params: { job: 'backup' } })).status).toBe(202)
      await expect.poll(async () => (await api('GET /snapshots')).body.snapshots).toMatchObject([{ kind: 'scheduled' }])
    })

    test('knows no other job', async () => {
      const { api } = await serve()
      expect((await api.refused('POST /schedule/:job/run', { params: { job: 'coffee' } })).body).toMatchObject({ code: 'unknown', key: 'coffee' })
    })
  })
}
