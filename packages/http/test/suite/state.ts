import { describe, expect, test } from 'vitest'
import { backedUp } from './backed-up.ts'
import type { Serve } from './index.ts'

export function stateTests(serve: Serve): void {
  describe('a first start', () => {
    test('finds that there is nothing yet, makes the repository once, and shows its recovery code once', async () => {
      const { api } = await serve({ isNew: true })
      expect((await api('GET /setup')).body).toEqual({ state: 'new' })
      const made = await api('POST /setup')
      expect(made.body).toMatchObject({ created: true, recoveryCode: expect.any(String) })
      expect((await api('GET /setup')).body).toEqual({ state: 'ready', repository: made.body.repository })
      expect((await api('POST /setup')).body).toEqual({ created: false, repository: made.body.repository })
    })
  })

  describe('how it stands', () => {
    test('is told in figures, with the next run of the schedule', async () => {
      const { api, snapshot } = await backedUp(serve)
      const { body } = await api('GET /status')
      expect(body).toMatchObject({ label: 'memory', snapshots: 1, lastBackup: { id: snapshot }, day: { runs: 1, failures: 0 } })
      expect(Date.parse(body.nextRun!)).toBeGreaterThan(Date.now() - 900_000)
    })

    test('is judged, with reasons and what to do', async () => {
      const { api } = await serve()
      const { body } = await api('GET /health')
      expect(body.level).toBe('critical')
      expect(body.reasons).toContainEqual(expect.objectContaining({ id: 'no-backup', action: expect.stringContaining('Run a backup') }))
      expect(body.figures.failures).toEqual([])
    })

    test('has a configuration without secrets', async () => {
      const { api } = await serve()
      const { body } = await api('GET /configuration')
      expect(body).toMatchObject({ providers: [{ location: 'memory:near' }, { location: 'memory:far' }], keys: ['raw-key'], schedule: { every: '15m' } })
      expect(JSON.stringify(body)).not.toMatch(/7,7,7|BwcHBw/)
    })

    test('has figures for Prometheus, as text', async () => {
      const { api } = await serve()
      const { headers, body } = await api('GET /metrics')
      expect(headers.get('content-type')).toContain('version=0.0.4')
      expect(body).toBe('backup_runs_total 1\n')
    })

    test('has a document that describes all of it', async () => {
      const { api } = await serve()
      const { body } = await api('GET /openapi.json')
      expect(body).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/api/backup' }] })
    })

    test('is nobody else to keep: no answer may be cached', async () => {
      const { api } = await serve()
      expect((await api('GET /status')).headers.get('cache-control')).toBe('no-store')
    })
  })
}
