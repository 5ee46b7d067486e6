import { describe, expect, test } from 'vitest'
import type { JobJson, RestoreResultJson } from '../../src/index.ts'
import { files } from '../world.ts'
import { backedUp, takeBackup } from './backed-up.ts'
import type { Serve } from './index.ts'

const reason = 'The till was set up wrong.'

export function restoreTests(serve: Serve): void {
  describe('a restore', () => {
    test('is planned, confirmed with a reason, done, and can be undone', async () => {
      const { api, backup, source, snapshot } = await backedUp(serve)
      source.streams.set('today.txt', new TextEncoder().encode('Sold a hammer.'))
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot } })
      expect(plan).toMatchObject({ plan: { live: true, fits: true, restoreBytes: 200_018 }, safety: true, needsAcceptSuspect: false, warnings: [] })

      const started = await api('POST /restores', { body: { token: plan.confirm.token, reason } })
      expect(started.status).toBe(202)
      expect(started.headers.get('location')).toBe(`/api/backup/jobs/${started.body.id}`)
      const done = await api.ended(started.body.id)
      expect(done).toMatchObject({ state: 'done', operation: 'restore', actor: 'olga', reason, snapshot: { id: snapshot } })
      expect(source.places.get('live')?.get('invoices.csv')).toEqual(files['invoices.csv'])

      const { undo } = restoreOf(done)
      const safety = (await backup.snapshots()).find(({ id }) => id === undo!.snapshot)
      expect(safety?.kind).toBe('safety')
      const { body: back } = await api('POST /restore-plans', { body: { snapshot: undo!.snapshot, safety: false } })
      expect(back.warnings).toEqual([expect.stringContaining('cannot be undone')])
      await api.ended((await api('POST /restores', { body: { token: back.confirm.token, reason } })).body.id)
      expect(source.places.get('live')?.get('today.txt')).toBeDefined()
    })

    test('is in the audit trail, with who and why', async () => {
      const { api } = await backedUp(serve)
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' }, as: 'rita' })
      await api.ended((await api('POST /restores', { body: { token: plan.confirm.token, reason }, as: 'rita' })).body.id)
      const { body } = await api('GET /audit', { query: { action: 'restore' } })
      expect(body.entries).toMatchObject([{ actor: 'rita', reason, details: { to: null, overwrite: true } }])
    })

    test('goes to another place only where the application allows it', async () => {
      const { api, source } = await backedUp(serve)
      const refused = await api.refused('POST /restore-plans', { body: { snapshot: 'latest', to: '/etc/passwd' } })
      expect([refused.status, refused.body.code, refused.body.key]).toEqual([403, 'forbidden', 'to'])
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest', to: 'trial-1' } })
      expect(plan).toMatchObject({ plan: { live: false, to: 'trial-1' }, safety: false })
      const done = await api.ended((await api('POST /restores', { body: { token: plan.confirm.token, reason } })).body.id)
      expect(restoreOf(done)).toMatchObject({ place: 'trial-1', live: false })
      expect(restoreOf(done).undo).toBeUndefined()
      expect(source.places.has('live')).toBe(false)
    })

    test('goes on when the connection is lost, and is found again', async () => {
      const { api, gate, source } = await backedUp(serve)
      gate.shut()
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      const lost = new AbortController()
      const answer = api.send('/api/backup/restores', {
        method: 'POST',
        headers: { authorization: 'Bearer olga', 'content-type': 'application/json' },
        body: JSON.stringify({ token: plan.confirm.token, reason }),
        signal: lost.signal,
      })
      await gate.reached
      lost.abort()
      await answer.catch(() => {})

      const { body: found } = await api('GET /jobs', { query: { state: 'running', operation: 'restore' } })
      expect(found.jobs).toMatchObject([{ state: 'running', actor: 'olga' }])
      // Whoever does not know whether it was begun asks again, and is told.
      const again = await api.refused('POST /restores', { body: { token: plan.confirm.token, reason } })
      expect([again.status, again.body.code, again.body.job]).toEqual([409, 'confirm-used', found.jobs[0]!.id])
      gate.open()
      expect((await api.ended(found.jobs[0]!.id)).state).toBe('done')
      expect(source.places.has('live')).toBe(true)
      expect((await api('GET /jobs', { query: { operation: 'restore' } })).body.jobs).toMatchObject([{ state: 'done', result: { of: 'restore' } }])
    })

    test('is begun once, however often it is confirmed', async () => {
      const { api } = await backedUp(serve)
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      const body = { token: plan.confirm.token, reason }
      const { body: started } = await api('POST /restores', { body })
      await api.ended(started.id)
      expect((await api.refused('POST /restores', { body })).body).toMatchObject({ code: 'confirm-used', job: started.id })
      expect((await api('GET /jobs', { query: { operation: 'restore' } })).body.jobs).toHaveLength(1)
    })

    test('needs somebody who says why', async () => {
      const { api } = await backedUp(serve)
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      for (const missing of [undefined, '', '   ']) {
        const { status, body } = await api.refused('POST /restores', { body: { token: plan.confirm.token, reason: missing } })
        expect([status, body.code]).toEqual([422, 'reason'])
      }
      // Nothing of that used it up.
      const { body: started } = await api('POST /restores', { body: { token: plan.confirm.token, reason } })
      expect((await api.ended(started.id)).state).toBe('done')
    })

    test('needs a plan that is not over, and one\'s own', async () => {
      const { api, later } = await backedUp(serve)
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      const body = { token: plan.confirm.token, reason }
      expect((await api.refused('POST /restores', { body, as: 'otto' })).body.code).toBe('confirm-stale')
      later(600_001)
      const { status, body: problem } = await api.refused('POST /restores', { body })
      expect([status, problem.code]).toEqual([409, 'confirm-stale'])
      expect((await api.refused('POST /restores', { body: { token: 'made-up', reason } })).body.code).toBe('confirm-stale')
      expect((await api('GET /jobs', { query: { operation: 'restore' } })).body.jobs).toEqual([])
    })

    test('that cannot take a snapshot of what is there is not begun, and says how to go without', async () => {
      const { api, source } = await backedUp(serve)
      source.complete = false
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      const failed = await api.ended((await api('POST /restores', { body: { token: plan.confirm.token, reason } })).body.id)
      expect(failed).toMatchObject({ state: 'failed', error: { kind: 'source', hint: expect.stringContaining('"safety"') } })
      expect(source.places.has('live')).toBe(false)
    })
  })

  describe('a snapshot that failed verification', () => {
    test('does not go over the live data, unless somebody accepts that, which is in the audit trail', async () => {
      const { api, source, findDamage } = await backedUp(serve)
      await findDamage()
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest', safety: false } })
      expect(plan).toMatchObject({ needsAcceptSuspect: true, warnings: [expect.stringContaining('believed to be damaged'), expect.any(String)] })
      const refused = await api.refused('POST /restores', { body: { token: plan.confirm.token, reason } })
      expect([refused.status, refused.body.code]).toEqual([409, 'suspect'])
      expect(refused.body.findings).not.toEqual([])
      expect(source.places.has('live')).toBe(false)

      // The plan is still good.
      const { body: started } = await api('POST /restores', { body: { token: plan.confirm.token, reason, acceptSuspect: true } })
      expect((await api.ended(started.id)).state).toBe('done')
      const { body: trail } = await api('GET /audit', { query: { action: 'restore' } })
      expect(trail.entries).toMatchObject([{ actor: 'olga', reason, details: { acceptSuspect: true, suspect: refused.body.findings } }])
    })

    test('goes to a place of its own, to be looked at', async () => {
      const { api, findDamage } = await backedUp(serve)
      await findDamage()
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest', to: 'trial-2' } })
      expect(plan.needsAcceptSuspect).toBe(false)
      expect((await api.ended((await api('POST /restores', { body: { token: plan.confirm.token, reason } })).body.id)).state).toBe('done')
    })
  })

  test('a restore that is cancelled leaves what was there', async () => {
    const { api, gate, source } = await backedUp(serve)
    await takeBackup(api)
    gate.shut()
    const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
    const { body: started } = await api('POST /restores', { body: { token: plan.confirm.token, reason } })
    await api('POST /jobs/:job/cancel', { params: { job: started.id } })
    gate.open()
    expect(await api.ended(started.id)).toMatchObject({ state: 'cancelled', error: { kind: 'cancelled' } })
    expect(source.places.has('live')).toBe(false)
  })
}

function restoreOf({ result }: JobJson): RestoreResultJson {
  if (result?.of !== 'restore') throw new Error('The job has no result of a restore.')
  return result.restore
}
