import { describe, expect, test } from 'vitest'
import type { RouteName } from '../../src/index.ts'
import { backedUp } from './backed-up.ts'
import type { Serve } from './index.ts'

export function accessTests(serve: Serve): void {
  describe('who asks', () => {
    test('is told who that is and what that one may do', async () => {
      const { api } = await serve()
      expect((await api('GET /session', { as: 'oscar' })).body).toEqual({ actor: 'oscar', can: ['read', 'run'], label: 'memory', tables: 'none', places: true })
    })

    test('and is not known, gets nothing', async () => {
      const { api, backup } = await serve()
      const { status, body } = await api.refused('POST /backups', { as: '', body: {} })
      expect([status, body.code]).toEqual([401, 'unauthorised'])
      expect(await backup.snapshots()).toEqual([])
    })

    test.each<[who: string, name: RouteName, needs: string]>([
      ['victor', 'POST /backups', 'run'],
      ['oscar', 'POST /restore-plans', 'restore'],
      ['rita', 'POST /removal-plans', 'delete'],
      ['rita', 'POST /schedule/:job/pause', 'configure'],
    ])('and is %s, may not %s', async (as, name, needs) => {
      const { api } = await backedUp(serve)
      const { status, body } = await api.refused(name, { as, params: { job: 'backup' }, body: {} })
      expect([status, body.code, body.needs]).toEqual([403, 'forbidden', needs])
    })

    test('may cancel only what that one may start', async () => {
      const { api, gate } = await backedUp(serve)
      gate.shut()
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      const { body: job } = await api('POST /restores', { body: { token: plan.confirm.token, reason: 'Lost an invoice.' } })
      await gate.reached
      expect((await api.refused('POST /jobs/:job/cancel', { params: { job: job.id }, as: 'oscar' })).body).toMatchObject({ code: 'forbidden', needs: 'restore' })
      gate.open()
      expect((await api.ended(job.id)).state).toBe('done')
    })
  })

  describe('a page of another site', () => {
    const evil = 'https://evil.example'

    test.each<[what: string, headers: Readonly<Record<string, string>>]>([
      ['by its origin', { origin: evil }],
      ['as the browser says itself', { 'sec-fetch-site': 'cross-site', origin: evil }],
      ['of a sandbox without an origin', { origin: 'null' }],
    ])('is refused, %s', async (_, headers) => {
      const { api, backup } = await serve()
      const { status, body } = await api.refused('POST /backups', { body: {}, headers })
      expect([status, body.code]).toEqual([403, 'origin'])
      expect(await backup.snapshots()).toEqual([])
    })

    test('may use it when it is trusted, and read the answers', async () => {
      const { api } = await serve({ origins: [evil] })
      const { headers } = await api('POST /backups', { body: {}, headers: { origin: evil, 'sec-fetch-site': 'cross-site' } })
      expect(headers.get('access-control-allow-origin')).toBe(evil)
    })
  })
}
