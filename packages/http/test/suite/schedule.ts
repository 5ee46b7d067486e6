import { createScheduler, keepLast } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { backedUp, takeBackup } from './backed-up.ts'
import type { Serve } from './index.ts'

/** Two snapshots, of which retention keeps the second. */
async function twoOfWhichOneGoes(serve: Serve): ReturnType<typeof backedUp> {
  const world = await backedUp(serve, { retention: keepLast(1) })
  await takeBackup(world.api)
  return world
}

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
      const { body: paused } = await api('POST /schedule/:job/pause', { params: { job: 'backup' }, body: {} })
      expect(paused).toMatchObject({ name: 'backup', pausedSince: expect.any(String), upcoming: [] })
      expect(paused.next).toBeUndefined()
      expect((await api('GET /status')).body.nextRun).toBeUndefined()
      const { body: resumed } = await api('POST /schedule/:job/resume', { params: { job: 'backup' }, body: {} })
      expect(resumed.pausedSince).toBeUndefined()
      expect(resumed.next).toBeDefined()
      const { body: log } = await api('GET /events')
      expect(log.entries.map(({ title }) => title)).toEqual(['The schedule of backup goes on', 'The schedule of backup is paused'])
    })

    test('has in the audit trail who paused and resumed it, and why', async () => {
      const { api } = await serve()
      const backup = { params: { job: 'backup' } }
      for (const reason of ['The disk is being replaced.', 'Once more.']) await api('POST /schedule/:job/pause', { ...backup, body: { reason } })
      await api('POST /schedule/:job/resume', { ...backup, as: 'otto', body: {} })
      const { body: { entries } } = await api('GET /audit')
      expect(entries.map(({ action, actor, reason, subject }) => [action, actor, reason, subject])).toEqual([
        ['schedule-pause', 'olga', 'The disk is being replaced.', ['backup']],
        ['schedule-resume', 'otto', null, ['backup']],
      ])
    })

    test('is not paused where that cannot be recorded; it is resumed, and the log says what is missing', async () => {
      const { api, refuseWrites } = await serve()
      const [backup, prune] = ['backup', 'prune'].map((job) => ({ params: { job }, body: {} }))
      await api('POST /schedule/:job/pause', prune!)
      const refused = refuseWrites()
      expect(await api.refused('POST /schedule/:job/pause', backup!)).toMatchObject({ status: 502, body: { code: 'failed', kind: 'auth' } })
      expect(refused()).toBeGreaterThan(0)
      await api('POST /schedule/:job/resume', prune!)
      const { body: { jobs } } = await api('GET /schedule')
      expect(jobs.map(({ pausedSince }) => pausedSince)).toEqual([undefined, undefined])
      const { body: log } = await api('GET /events')
      const missing = { level: 'warning', title: 'olga resumed the schedule of prune, which is not in the audit trail', message: expect.stringContaining('can only be read') }
      expect(log.entries.filter(({ matter }) => matter.startsWith('audit:'))).toMatchObject([missing])
    })

    test('runs a job when it is asked to', async () => {
      const { api } = await serve()
      expect((await api('POST /schedule/:job/run', { params: { job: 'backup' }, body: {} })).status).toBe(202)
      await expect.poll(async () => (await api('GET /snapshots')).body.snapshots).toMatchObject([{ kind: 'scheduled' }])
    })

    test('says of each job what running it needs, and holds to it', async () => {
      const { api, scheduler, snapshot } = await twoOfWhichOneGoes(serve)
      const { body: { jobs } } = await api('GET /schedule')
      expect(jobs.map(({ name, needs }) => [name, needs])).toEqual([['backup', 'run'], ['prune', 'delete']])
      const started: string[] = []
      scheduler.subscribe(({ type, job }) => void (type === 'job-start' && started.push(job)))
      const prune = { params: { job: 'prune' } }
      const refused = await api.refused('POST /schedule/:job/run', { ...prune, as: 'oscar', body: { reason: 'Because I can.' } })
      expect([refused.status, refused.body.code, refused.body.needs]).toEqual([403, 'forbidden', 'delete'])
      for (const body of [{}, { reason: '  ' }]) expect((await api.refused('POST /schedule/:job/run', { ...prune, body })).body.code).toBe('reason')
      // One after the other: what had been begun would be there before this.
      await scheduler.run('backup')
      expect(started).toEqual(['backup'])
      expect((await api('GET /trash')).body.snapshots).toEqual([])
      expect((await api('GET /snapshots')).body.snapshots.map(({ id }) => id)).toContain(snapshot)
    })

    test('has what a job removes done in the name of who ran it', async () => {
      const { api, scheduler, snapshot } = await twoOfWhichOneGoes(serve)
      await api('POST /schedule/:job/run', { params: { job: 'prune' }, body: { reason: 'The disk is full.' } })
      await expect.poll(() => scheduler.status()[1]!.last, { timeout: 60_000 }).toMatchObject({ outcome: 'ok' })
      expect((await api('GET /trash')).body.snapshots).toMatchObject([{ id: snapshot, removed: { actor: 'olga', reason: 'The disk is full.' } }])
      const { body: { entries } } = await api('GET /audit')
      expect(entries).toMatchObject([{ action: 'retain', actor: 'olga', reason: 'The disk is full.', subject: [snapshot] }])
    })

    test('takes a job of which it is not known what it does for one that removes', async () => {
      const scheduler = createScheduler({ jobs: [{ name: 'own', schedule: { daily: '04:00' }, run: () => {} }] })
      const { api } = await serve({ scheduler })
      expect((await api('GET /schedule')).body.jobs).toMatchObject([{ name: 'own', needs: 'delete' }])
      expect((await api.refused('POST /schedule/:job/run', { params: { job: 'own' }, as: 'oscar', body: {} })).body.code).toBe('forbidden')
    })

    test('knows no other job', async () => {
      const { api } = await serve()
      expect((await api.refused('POST /schedule/:job/run', { params: { job: 'coffee' } })).body).toMatchObject({ code: 'unknown', key: 'coffee' })
    })
  })
}
