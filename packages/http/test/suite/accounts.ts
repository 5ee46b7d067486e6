import { BackupError } from '@backup/core'
import { describe, expect, test } from 'vitest'
import type { Api } from '../api.ts'
import type { Serve } from './index.ts'

interface Begun {
  readonly id: string
  readonly state: string
  readonly cookie: string
}

async function begin(api: Api): Promise<Begun> {
  const { body, headers } = await api('POST /accounts/:account/sign-ins', { params: { account: 'drive' } })
  const url = new URL(body.url)
  expect(url.searchParams.get('code_challenge_method')).toBe('S256')
  return { id: body.id, state: url.searchParams.get('state')!, cookie: headers.get('set-cookie')!.split(';')[0]! }
}

/** The browser comes back from the vendor. */
async function comeBack(api: Api, query: Readonly<Record<string, string>>, cookie?: string): Promise<Response> {
  return api.send(`/api/backup/oauth/callback?${new URLSearchParams(query)}`, cookie === undefined ? {} : { headers: { cookie } })
}

const drive = { params: { account: 'drive' } } as const

export function accountTests(serve: Serve): void {
  describe('an account', () => {
    test('is connected in a browser, in a window that nobody is signed in to', async () => {
      const { api } = await serve()
      expect((await api('GET /accounts/:account', drive)).body).toEqual({ id: 'drive', title: 'Google', name: 'owner@example.com', state: 'disconnected', providers: ['memory:far'] })
      const { id, state, cookie } = await begin(api)
      expect((await api('GET /sign-ins/:signIn', { params: { signIn: id } })).body.state).toBe('pending')
      const page = await comeBack(api, { state, code: 'SECRET-code' }, cookie)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(page.headers.get('referrer-policy')).toBe('no-referrer')
      expect(await page.text()).not.toContain('SECRET')
      expect((await api('GET /sign-ins/:signIn', { params: { signIn: id } })).body).toEqual({ id, account: 'drive', state: 'done' })
      expect((await api('GET /providers')).body).toMatchObject({
        providers: [{ location: 'memory:near', nearby: true }, { location: 'memory:far', account: 'drive' }],
        accounts: [{ id: 'drive', state: 'connected' }],
      })
    })

    test('that is connected again gets what it lacks at once, and all who look are told', async () => {
      const { api, backup, providers } = await serve()
      const [, far] = providers
      const put = far.put.bind(far)
      far.put = () => Promise.reject(new BackupError('auth', 'Nobody is signed in.', { plugin: 'memory' }))
      await backup.run()
      expect((await backup.copies())[1]).toMatchObject({ problem: { kind: 'auth' } })
      far.put = put
      const told: string[] = []
      const end = backup.subscribe(({ type }) => told.push(type))
      const { state, cookie } = await begin(api)
      await comeBack(api, { state, code: 'SECRET-code' }, cookie)
      // Before it would be asked again by itself.
      await expect.poll(() => backup.copies(), { timeout: 4000 }).toMatchObject([{ waiting: 0 }, { location: 'memory:far', waiting: 0 }])
      await expect.poll(() => told).toContain('copies-complete')
      expect((await backup.copies())[1]).not.toHaveProperty('problem')
      end()
    })

    test('is not connected when its owner says no', async () => {
      const { api } = await serve()
      const { id, state, cookie } = await begin(api)
      const page = await comeBack(api, { state, error: 'access_denied' }, cookie)
      expect(await page.text()).toContain('The access was refused.')
      expect((await api('GET /sign-ins/:signIn', { params: { signIn: id } })).body).toMatchObject({ state: 'denied', error: { kind: 'auth' } })
      expect((await api('GET /accounts/:account', drive)).body.state).toBe('disconnected')
    })

    test.each(['another state', 'no state'])('is not connected by an answer with %s', async (what) => {
      const { api, vendor } = await serve()
      const { id, cookie } = await begin(api)
      const page = await comeBack(api, { code: 'SECRET-code', ...(what === 'another state' && { state: 'x'.repeat(43) }) }, cookie)
      expect([page.status, page.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8'])
      expect((await api('GET /sign-ins/:signIn', { params: { signIn: id } })).body.state).toBe('pending')
      expect(vendor.asked).toEqual([])
    })

    test('is not connected from another browser than the one in which that began', async () => {
      const { api, vendor } = await serve()
      const { state } = await begin(api)
      const other = await begin(api)
      expect((await comeBack(api, { state, code: 'SECRET-code' })).status).toBe(400)
      expect((await comeBack(api, { state, code: 'SECRET-code' }, other.cookie)).status).toBe(400)
      expect(vendor.asked).toEqual([])
    })

    test('is connected from another one where the browser is not the application', async () => {
      const { api } = await serve({ signInBrowser: 'any' })
      const { id, state } = await begin(api)
      expect((await comeBack(api, { state, code: 'SECRET-code' })).status).toBe(200)
      expect((await api('GET /sign-ins/:signIn', { params: { signIn: id } })).body.state).toBe('done')
    })

    test('is not connected after its window was closed', async () => {
      const { api } = await serve()
      const { id, state, cookie } = await begin(api)
      expect((await api('POST /sign-ins/:signIn/cancel', { params: { signIn: id } })).body.state).toBe('cancelled')
      expect((await comeBack(api, { state, code: 'SECRET-code' }, cookie)).status).toBe(400)
      expect((await api('GET /accounts/:account', drive)).body.state).toBe('disconnected')
    })

    test('is not connected when it took too long, or twice with one answer', async () => {
      const { api, later } = await serve()
      const late = await begin(api)
      later(600_001)
      expect((await comeBack(api, { state: late.state, code: 'SECRET-code' }, late.cookie)).status).toBe(400)
      expect((await api('GET /sign-ins/:signIn', { params: { signIn: late.id } })).body.state).toBe('expired')
      const once = await begin(api)
      expect((await comeBack(api, { state: once.state, code: 'SECRET-code' }, once.cookie)).status).toBe(200)
      expect((await comeBack(api, { state: once.state, code: 'SECRET-code' }, once.cookie)).status).toBe(400)
    })

    test('that its owner takes back is to be connected again, and is', async () => {
      const { api, vendor, account } = await serve()
      const first = await begin(api)
      await comeBack(api, { state: first.state, code: 'SECRET-code' }, first.cookie)
      vendor.takeBack()
      // What the provider does: a token was refused, and there is no other.
      const rejected = await account.tokens.accessToken()
      await expect(account.tokens.accessToken({ rejected })).rejects.toMatchObject({ kind: 'auth' })
      const { body } = await api('GET /accounts/:account', drive)
      expect(body).toMatchObject({ state: 'reconnect', reason: 'refused', hint: expect.stringContaining('Sign in again') })
    })

    test('is forgotten, here and with the vendor', async () => {
      const { api, vendor } = await serve()
      const { state, cookie } = await begin(api)
      await comeBack(api, { state, code: 'SECRET-code' }, cookie)
      expect((await api.refused('POST /accounts/:account/disconnect', { ...drive, body: {} })).body.code).toBe('reason')
      const { body } = await api('POST /accounts/:account/disconnect', { ...drive, body: { reason: 'We move.' } })
      expect(body).toMatchObject({ revoked: true, account: { state: 'disconnected' } })
      expect(vendor.asked).toContain('/revoke')
    })

    test('has in the audit trail who connected and disconnected it, and why', async () => {
      const { api } = await serve()
      const { state, cookie } = await begin(api)
      await comeBack(api, { state, code: 'SECRET-code' }, cookie)
      const deeds = async (): Promise<unknown[]> => (await api('GET /audit')).body.entries.map(({ action, actor, reason, subject }) => [action, actor, reason, subject])
      const connected = ['account-connect', 'olga', null, ['drive']]
      await expect.poll(deeds).toEqual([connected])
      await api('POST /accounts/:account/disconnect', { ...drive, as: 'otto', body: { reason: 'We move.' } })
      expect(await deeds()).toEqual([connected, ['account-disconnect', 'otto', 'We move.', ['drive']]])
    })

    test('that is refused leaves nothing in the audit trail', async () => {
      const { api, backup } = await serve()
      const { state, cookie } = await begin(api)
      await comeBack(api, { state, error: 'access_denied' }, cookie)
      await backup.recordDeed('schedule-pause', { subject: ['behind it'] })
      expect((await api('GET /audit')).body.entries).toMatchObject([{ action: 'schedule-pause' }])
    })

    test('is connected though the repository cannot be written to, and the log says that the audit trail lacks it', async () => {
      const { api, refuseWrites } = await serve()
      const refused = refuseWrites()
      const { state, cookie } = await begin(api)
      expect((await comeBack(api, { state, code: 'SECRET-code' }, cookie)).status).toBe(200)
      expect((await api('GET /accounts/:account', drive)).body.state).toBe('connected')
      const title = 'olga connected the account drive, which is not in the audit trail'
      await expect.poll(async () => (await api('GET /events')).body.entries.filter(({ matter }) => matter.startsWith('audit:'))).toMatchObject([{ level: 'warning', title }])
      expect(refused()).toBeGreaterThan(0)
    })

    test('is connected before there is a repository, which is no reason to worry', async () => {
      const { api } = await serve({ isNew: true })
      const { state, cookie } = await begin(api)
      expect((await comeBack(api, { state, code: 'SECRET-code' }, cookie)).status).toBe(200)
      await expect.poll(async () => (await api('GET /events')).body.entries.filter(({ matter }) => matter.startsWith('audit:'))).toMatchObject([{ level: 'info' }])
    })

    test('stays connected where that cannot be recorded, and is forgotten all the same when it leads nowhere', async () => {
      const { api, account, vendor, refuseWrites } = await serve()
      const { state, cookie } = await begin(api)
      await comeBack(api, { state, code: 'SECRET-code' }, cookie)
      await expect.poll(async () => (await api('GET /audit')).body.entries.length).toBe(1)
      const refused = refuseWrites()
      const body = { reason: 'We move.' }
      expect((await api.refused('POST /accounts/:account/disconnect', { ...drive, body })).body).toMatchObject({ code: 'failed', kind: 'auth' })
      expect(refused()).toBeGreaterThan(0)
      expect(vendor.asked).not.toContain('/revoke')
      expect((await api('GET /accounts/:account', drive)).body.state).toBe('connected')
      vendor.takeBack()
      const rejected = await account.tokens.accessToken()
      await expect(account.tokens.accessToken({ rejected })).rejects.toMatchObject({ kind: 'auth' })
      expect((await api('POST /accounts/:account/disconnect', { ...drive, body })).body).toMatchObject({ account: { state: 'disconnected' } })
      expect((await api('GET /events')).body.entries).toContainEqual(expect.objectContaining({ title: 'olga disconnected the account drive, which is not in the audit trail' }))
    })

    test('that nobody knows is not found', async () => {
      const { api } = await serve()
      expect((await api.refused('POST /accounts/:account/sign-ins', { params: { account: 'box' } })).body.code).toBe('unknown')
      expect((await api.refused('GET /sign-ins/:signIn', { params: { signIn: 'gone' } })).body.code).toBe('unknown')
    })
  })
}
