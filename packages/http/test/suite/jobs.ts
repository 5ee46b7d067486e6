import { describe, expect, test } from 'vitest'
import { backedUp, takeBackup } from './backed-up.ts'
import type { Serve } from './index.ts'

export function jobTests(serve: Serve): void {
  describe('jobs', () => {
    test('a backup is started, goes on, and ends with its snapshot', async () => {
      const { api } = await serve()
      const started = await api('POST /backups', { body: { kind: 'emergency', tags: ['before-update'], note: 'Just in case.' } })
      expect(started.body).toMatchObject({ state: 'running', operation: 'backup', actor: 'olga' })
      const done = await api.ended(started.body.id)
      expect(done).toMatchObject({ state: 'done', snapshot: { kind: 'emergency', tags: ['before-update'], note: 'Just in case.' } })
      expect(done.durationMs).toBeGreaterThanOrEqual(0)
    })

    test('show those that others started', async () => {
      const { api, backup } = await serve()
      await backup.run({ kind: 'scheduled' })
      const { body } = await api('GET /jobs')
      expect(body.jobs).toMatchObject([{ operation: 'backup', state: 'done', snapshot: { kind: 'scheduled' } }])
      expect(body.jobs[0]!.actor).toBeUndefined()
    })

    test('cancel those that others started', async () => {
      const { api, backup, gate } = await backedUp(serve)
      gate.shut()
      const run = backup.restore('latest', { to: 'trial-3' })
      await gate.reached
      await api('POST /jobs/:job/cancel', { params: { job: run.id } })
      gate.open()
      expect((await api.ended(run.id)).state).toBe('cancelled')
      await expect(run).rejects.toMatchObject({ kind: 'cancelled' })
    })

    test('that failed say why', async () => {
      const { api, source } = await serve()
      source.complete = false
      expect(await takeBackup(api)).toMatchObject({ state: 'failed', error: { kind: 'source', hint: expect.any(String) } })
    })

    test('that failed in somebody else\'s code keep its words to the program', async () => {
      const open = async (): Promise<never> => {
        throw new Error('connect failed: postgres://shop:SECRET@db')
      }
      const { api } = await serve({ source: { open } })
      const failed = await takeBackup(api)
      expect(failed).toMatchObject({ state: 'failed', error: { kind: 'permanent', message: 'Something outside of the backup failed.' } })
      const all = await Promise.all([api('GET /events'), api('GET /status'), api('GET /health'), api('GET /jobs')])
      expect(JSON.stringify(all)).not.toContain('SECRET')
    })

    test('a verification looks for damage', async () => {
      const { api } = await backedUp(serve)
      const { body } = await api('POST /verifications', { body: { depth: 'data' } })
      expect(await api.ended(body.id)).toMatchObject({ state: 'done', result: { of: 'verify', verify: { ok: true, depth: 'data', snapshots: 1 } } })
    })

    test('a scrub looks at each provider', async () => {
      const { api } = await backedUp(serve)
      const { body } = await api('POST /scrubs', { body: {} })
      expect(await api.ended(body.id)).toMatchObject({ state: 'done', result: { of: 'scrub', scrub: { ok: true, places: [{ location: 'memory:near' }, { location: 'memory:far' }] } } })
    })

    test('a drill that cannot be carried out here says so', async () => {
      const { api } = await backedUp(serve)
      const { body } = await api('POST /drills', { body: { reason: 'Every quarter.' } })
      expect(await api.ended(body.id)).toMatchObject({ state: 'failed', error: { kind: 'unsupported' } })
    })

    test('evidence of drills is listed', async () => {
      const { api, backup } = await backedUp(serve)
      await backup.drill({ to: 'drill-1', actor: 'otto', reason: 'Every quarter.' })
      const { body } = await api('GET /drills')
      expect(body.drills).toMatchObject([{ ok: true, actor: 'otto', reason: 'Every quarter.' }])
    })

    test('the audit trail is shown and checked', async () => {
      const { api, snapshot } = await backedUp(serve)
      await api('POST /holds', { body: { snapshots: [snapshot], reason: 'Tax audit.' } })
      expect((await api('GET /audit', { query: { limit: 1 } })).body.entries).toMatchObject([{ action: 'hold', actor: 'olga', subject: [snapshot] }])
      expect((await api('POST /audit/verify')).body).toMatchObject({ ok: true, entries: 1 })
    })

    test('that nobody knows are not found', async () => {
      const { api } = await serve()
      for (const name of ['GET /jobs/:job', 'POST /jobs/:job/cancel'] as const) {
        const { status, body } = await api.refused(name, { params: { job: 'gone' } })
        expect([status, body.code, body.key]).toEqual([404, 'unknown', 'gone'])
      }
    })
  })
}
