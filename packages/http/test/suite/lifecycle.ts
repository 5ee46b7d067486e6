import { type Backup, BackupError, keepLast } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { backedUp, takeBackup } from './backed-up.ts'
import type { Serve } from './index.ts'

const reason = 'It holds what a customer wants gone.'

/** Has something else done where snapshots are removed. */
function instead(backup: Backup, remove: (...given: [really: Backup['remove'], ...Parameters<Backup['remove']>]) => ReturnType<Backup['remove']>): void {
  const really = backup.remove
  Object.assign(backup, { remove: (...given: Parameters<Backup['remove']>) => remove(really, ...given) })
}

const lost = (): BackupError => new BackupError('transient', 'The connection was lost.')

export function lifecycleTests(serve: Serve): void {
  describe('removing snapshots', () => {
    test('is planned, confirmed, and undone', async () => {
      const { api, snapshot } = await backedUp(serve)
      const { id: newest } = (await takeBackup(api)).snapshot!
      const { body: plan } = await api('POST /removal-plans', { body: { snapshots: [snapshot] } })
      expect(plan).toMatchObject({ snapshots: [{ id: snapshot }], undoMs: 7 * 86_400_000, warnings: [] })
      const { body: removed } = await api('POST /removals', { body: { token: plan.confirm.token, reason } })
      expect(removed.snapshots).toEqual([snapshot])
      expect((await api('GET /snapshots')).body.snapshots.map(({ id }) => id)).toEqual([newest])
      expect((await api('GET /trash')).body.snapshots).toMatchObject([{ id: snapshot, removed: { actor: 'olga', reason } }])

      expect((await api('POST /trash/undelete', { body: { snapshots: [snapshot.slice(0, 10)], reason } })).body.snapshots).toEqual([snapshot])
      expect((await api('GET /snapshots')).body.total).toBe(2)
    })

    test('needs a reason, and a plan that was not used', async () => {
      const { api, snapshot } = await backedUp(serve)
      const { body: plan } = await api('POST /removal-plans', { body: { snapshots: [snapshot] } })
      expect(plan.warnings).toEqual(['The newest snapshot is among them.', 'Nothing else is left.'])
      expect((await api.refused('POST /removals', { body: { token: plan.confirm.token } })).body.code).toBe('reason')
      await api('POST /removals', { body: { token: plan.confirm.token, reason } })
      expect((await api.refused('POST /removals', { body: { token: plan.confirm.token, reason } })).body.code).toBe('confirm-used')
    })

    test('that failed is done with the same plan, when it is asked for again', async () => {
      const { api, backup, snapshot } = await backedUp(serve)
      let fails = 1
      instead(backup, (really, ...given) => (fails-- > 0 ? Promise.reject(lost()) : really(...given)))
      const { body: plan } = await api('POST /removal-plans', { body: { snapshots: [snapshot] } })
      const body = { token: plan.confirm.token, reason }
      expect(await api.refused('POST /removals', { body })).toMatchObject({ status: 503, body: { code: 'failed', kind: 'transient' } })
      expect((await api('GET /trash')).body.snapshots).toEqual([])
      expect((await api('POST /removals', { body })).body.snapshots).toEqual([snapshot])
      const again = await api.refused('POST /removals', { body })
      expect(again.body).toMatchObject({ code: 'confirm-used', detail: 'What this token confirms was done already.', hint: 'Look at what there is now.' })
      expect(again.body).not.toHaveProperty('job')
    })

    test('that was done, and failed only to say so, is told of when it is asked for again', async () => {
      const { api, backup, snapshot } = await backedUp(serve)
      instead(backup, async (really, ...given) => {
        await really(...given)
        throw lost()
      })
      const { body: plan } = await api('POST /removal-plans', { body: { snapshots: [snapshot] } })
      const body = { token: plan.confirm.token, reason }
      expect((await api.refused('POST /removals', { body })).body.kind).toBe('transient')
      expect((await api.refused('POST /removals', { body })).body).toMatchObject({ kind: 'not-found', detail: expect.stringMatching(/was removed on .* by olga: It holds/), hint: expect.stringContaining('undelete') })
    })

    test('is done once by two who ask at the same time', async () => {
      const { api, backup, snapshot } = await backedUp(serve)
      let begun = (): void => {}
      let goOn = (): void => {}
      const isBegun = new Promise<void>((resolve) => (begun = resolve))
      const mayGoOn = new Promise<void>((resolve) => (goOn = resolve))
      instead(backup, async (really, ...given) => {
        begun()
        await mayGoOn
        return really(...given)
      })
      const { body: plan } = await api('POST /removal-plans', { body: { snapshots: [snapshot] } })
      const body = { token: plan.confirm.token, reason }
      const first = api('POST /removals', { body })
      await isBegun
      expect((await api.refused('POST /removals', { body })).body).toMatchObject({ code: 'confirm-used', detail: 'What this token confirms is being done.' })
      goOn()
      expect((await first).body.snapshots).toEqual([snapshot])
    })

    test('is not confirmed by the token of another kind of plan', async () => {
      const { api } = await backedUp(serve)
      const { body: plan } = await api('POST /restore-plans', { body: { snapshot: 'latest' } })
      expect((await api.refused('POST /removals', { body: { token: plan.confirm.token, reason } })).body.code).toBe('confirm-stale')
      expect((await api('GET /snapshots')).body.total).toBe(1)
    })

    test('is refused for what is under hold, until that is released', async () => {
      const { api, snapshot } = await backedUp(serve)
      const { body: hold } = await api('POST /holds', { body: { snapshots: [snapshot], reason: 'Tax audit.' } })
      expect((await api('GET /holds')).body.holds).toMatchObject([{ id: hold.id, actor: 'olga' }])
      expect((await api('GET /snapshots')).body.snapshots[0]!.holds).toEqual([hold.id])
      const { body: plan } = await api('POST /removal-plans', { body: { snapshots: [snapshot] } })
      expect(plan.warnings[0]).toContain('under hold')
      expect((await api.refused('POST /removals', { body: { token: plan.confirm.token, reason } })).body).toMatchObject({ code: 'failed', kind: 'permanent' })
      await api('POST /holds/:hold/release', { params: { hold: hold.id }, body: { reason: 'The audit is over.' } })
      expect((await api('GET /holds')).body.holds).toEqual([])
    })
  })

  describe('retention', () => {
    test('is previewed, for other rules and other times, and removes nothing', async () => {
      const { api, snapshot } = await backedUp(serve)
      const { id: newest } = (await takeBackup(api)).snapshot!
      const inYears = (years: number): string => new Date(Date.now() + years * 366 * 86_400_000).toISOString()
      const { body } = await api('POST /retention/preview', { body: { rules: { last: 1, within: { years: 1 } }, at: [inYears(0.5), inYears(2), inYears(3)] } })
      expect(body.policies).toEqual(['the last one', 'everything of the last 1 year'])
      expect(body.steps.map(({ keep, drop }) => [keep.length, drop.length])).toEqual([[2, 0], [1, 1], [1, 0]])
      expect(body.ends).toMatchObject([{ id: snapshot, at: body.steps[1]!.at }])
      expect(body.steps[2]!.keep).toMatchObject([{ id: newest }])
      expect((await api('GET /snapshots')).body.total).toBe(2)
    })

    test.each([
      [{ preset: 'fifteenYears' }, 1],
      [{ last: 3 }, 1],
      [{ hourly: { count: 2 }, daily: { days: 30 }, weekly: {}, monthly: { months: 3 }, yearly: { years: 2 } }, 5],
    ])('understands %o', async (rules, policies) => {
      const { api } = await backedUp(serve)
      const { body } = await api('POST /retention/preview', { body: { rules: rules as never } })
      expect(body.policies).toHaveLength(policies)
      expect(body.steps).toHaveLength(1)
    })

    test('of the configuration is previewed when no other is given', async () => {
      const { api } = await backedUp(serve)
      expect((await api('POST /retention/preview', { body: {} })).body.policies).toEqual(['daily for 30 days'])
    })

    test('is applied as it was planned', async () => {
      const { api, snapshot } = await backedUp(serve, { retention: keepLast(1) })
      await takeBackup(api)
      const { body: plan } = await api('POST /retention/plans')
      expect(plan.plan.drop).toMatchObject([{ id: snapshot }])
      const { body: started } = await api('POST /retention/apply', { body: { token: plan.confirm.token, reason } })
      expect(await api.ended(started.id)).toMatchObject({ state: 'done', result: { of: 'retain', retain: { removed: [snapshot] } } })
      expect((await api.refused('POST /retention/apply', { body: { token: plan.confirm.token, reason } })).body).toMatchObject({ code: 'confirm-used', job: started.id })
    })

    test('that failed is told of by its job, whoever comes again with the plan', async () => {
      const { api, snapshot } = await backedUp(serve, { retention: keepLast(1) })
      await takeBackup(api)
      const { body: plan } = await api('POST /retention/plans')
      await api('POST /holds', { body: { snapshots: [snapshot], reason: 'Tax audit.' } })
      const body = { token: plan.confirm.token, reason }
      const { body: started } = await api('POST /retention/apply', { body })
      const failed = await api.ended(started.id)
      expect(failed).toMatchObject({ state: 'failed', error: { kind: 'config' } })
      const { body: again } = await api.refused('POST /retention/apply', { body })
      expect(again).toMatchObject({ code: 'confirm-used', job: started.id, hint: 'Look at the job that was begun.' })
      expect((await api('GET /jobs/:job', { params: { job: again.job! } })).body.error).toEqual(failed.error)
    })

    test('that could not be begun is begun with the same plan', async () => {
      const { api, backup, snapshot } = await backedUp(serve, { retention: keepLast(1) })
      await takeBackup(api)
      const { retain } = backup
      const refuse = (): never => {
        throw new BackupError('busy', 'Somebody else is at it.')
      }
      const { body: plan } = await api('POST /retention/plans')
      const body = { token: plan.confirm.token, reason }
      Object.assign(backup, { retain: refuse })
      expect((await api.refused('POST /retention/apply', { body })).body.kind).toBe('busy')
      Object.assign(backup, { retain })
      const { body: started } = await api('POST /retention/apply', { body })
      expect(await api.ended(started.id)).toMatchObject({ state: 'done', result: { retain: { removed: [snapshot] } } })
    })

    test('and space are seen to in one', async () => {
      const { api } = await backedUp(serve)
      const { body: started } = await api('POST /prunes', { body: { reason: 'Tidying up.' } })
      expect(await api.ended(started.id)).toMatchObject({ state: 'done', result: { of: 'prune', prune: { collection: { removedPacks: 0 } } } })
    })
  })
}
