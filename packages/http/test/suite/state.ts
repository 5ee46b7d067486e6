import { createBackup, portableRuntime, recoveryCode } from '@backup/core'
import { memorySource } from '@backup/core/testing'
import { describe, expect, test } from 'vitest'
import { backedUp } from './backed-up.ts'
import type { Serve } from './index.ts'

export function stateTests(serve: Serve): void {
  describe('a first start', () => {
    test('finds that there is nothing yet, makes the repository once, and shows its recovery code until it is noted', async () => {
      const { api } = await serve({ isNew: true })
      expect((await api('GET /setup')).body).toEqual({ state: 'new' })
      const { body: made } = await api('POST /setup')
      expect(made).toMatchObject({ created: true, recoveryCode: expect.any(String) })
      const { repository, recoveryCode } = made
      // The answer was lost, or somebody else has a look: nobody is told that all is done.
      expect((await api('GET /setup')).body).toEqual({ state: 'ready', repository, codeToNote: true })
      expect((await api('POST /setup')).body).toEqual({ created: false, repository, recoveryCode })
      expect((await api.refused('POST /setup', { as: 'rita' })).body.code).toBe('forbidden')
      expect(JSON.stringify((await api('GET /setup', { as: 'victor' })).body)).not.toContain(recoveryCode)

      expect((await api.refused('POST /setup/noted', { body: { recoveryCode: 'another' } })).body.code).toBe('confirm-stale')
      expect((await api('GET /setup')).body).toMatchObject({ codeToNote: true })
      expect((await api('POST /setup/noted', { body: { recoveryCode: recoveryCode! } })).body).toEqual({ state: 'ready', repository })
      expect((await api('POST /setup')).body).toEqual({ created: false, repository })
    })
  })

  describe('a new recovery code', () => {
    test('is made with a reason that is in the audit trail, opens the repository, and is shown until it is noted', async () => {
      const { api, backup, providers } = await serve()
      expect((await api.refused('POST /keys/recovery-code', { body: { reason: '' } })).body.code).toBe('reason')
      expect((await api.refused('POST /keys/recovery-code', { body: { reason: 'x' }, as: 'rita' })).body.code).toBe('forbidden')
      const reason = 'Nobody finds the paper.'
      const { body } = await api('POST /keys/recovery-code', { body: { reason } })
      expect((await api('GET /setup')).body).toMatchObject({ codeToNote: true })
      expect((await api('POST /setup')).body).toMatchObject({ created: false, ...body })
      await api('POST /setup/noted', { body })
      expect((await api('GET /audit', { query: { action: 'slot-replace' } })).body.entries).toMatchObject([{ actor: 'olga', reason }])
      expect((await backup.keys.slots()).map(({ kind }) => kind).toSorted()).toEqual(['raw', 'recovery'])
      const found = createBackup({ source: memorySource({}), providers, keys: recoveryCode(body.recoveryCode), runtime: portableRuntime, state: crypto.randomUUID(), workers: 0 })
      expect(await found.setup()).toMatchObject({ state: 'ready' })
      await found.close()
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
