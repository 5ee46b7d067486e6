import { type SignInWindow, createRestoreFlow, createSignInFlow } from '@backup/client'
import type { ConnectableAccount } from '@backup/http'
import { describe, expect, test } from 'vitest'
import { type Host, heard, host, until } from './fixture.ts'

describe('a restore', () => {
  const planned = async (): Promise<Host & { flow: ReturnType<typeof createRestoreFlow> }> => {
    const application = await host()
    await application.backup.run()
    application.source.streams.set('store.db', new Uint8Array(1000).fill(9))
    const flow = createRestoreFlow(application.client())
    heard(flow)
    await flow.plan({ snapshot: 'latest' })
    return { ...application, flow }
  }

  test('is planned, confirmed with a reason, done, and can be undone', async () => {
    const { flow, backup } = await planned()
    expect(flow.getSnapshot()).toMatchObject({ step: 'planned', plan: { safety: true, plan: { live: true, restoreBytes: 200_000 } } })
    await flow.confirm({ reason: 'The morning was lost.' })
    await until(() => flow.getSnapshot().step === 'done')
    expect(flow.getSnapshot()).toMatchObject({ result: { restoreBytes: 200_000, undo: { snapshot: expect.any(String) } } })
    await flow.undo()
    expect(flow.getSnapshot()).toMatchObject({ step: 'planned', plan: { plan: { restoreBytes: 1000, snapshot: { kind: 'safety' } } } })
    expect((await backup.audit()).entries.filter(({ action }) => action === 'restore')).toHaveLength(1)
  })

  test('without a reason is not begun, and stays as it was planned', async () => {
    const { flow } = await planned()
    await flow.confirm({ reason: '' })
    expect(flow.getSnapshot()).toMatchObject({ step: 'planned', error: { problem: { status: 422 } } })
    await flow.confirm({ reason: 'The morning was lost.' })
    await until(() => flow.getSnapshot().step === 'done')
  })

  test('that was begun when the connection was lost is found by its plan, and not begun twice', async () => {
    const { backup, client, handler } = await host()
    await backup.run()
    let lose = false
    const flow = createRestoreFlow(
      client({
        async fetch(request) {
          const response = await handler(request)
          if (lose && request.url.endsWith('/restores')) throw new TypeError('connection lost')
          return response
        },
      }),
    )
    heard(flow)
    await flow.plan({ snapshot: 'latest' })
    lose = true
    await flow.confirm({ reason: 'The morning was lost.' })
    expect(flow.getSnapshot()).toMatchObject({ step: 'planned', error: { code: 'network' } })
    lose = false
    await flow.confirm({ reason: 'The morning was lost.' })
    await until(() => flow.getSnapshot().step === 'done')
    expect((await backup.audit()).entries.filter(({ action }) => action === 'restore')).toHaveLength(1)
  })

  test('of nothing that is there fails with what the handler said', async () => {
    const { client } = await host()
    const flow = createRestoreFlow(client())
    await flow.plan({ snapshot: 'abcdef' })
    expect(flow.getSnapshot()).toMatchObject({ step: 'failed', error: { code: 'failed', problem: { kind: 'not-found' } } })
  })
})

describe('a sign-in', () => {
  const address = 'https://accounts.example/authorize'
  const vendor = (): ConnectableAccount & { came: string[] } => {
    const listeners = new Set<() => void>()
    let state: 'connected' | 'disconnected' = 'disconnected'
    const came: string[] = []
    return {
      came,
      title: 'Example',
      state: async () => ({ state }),
      begin: async () => ({ url: address, pending: { state: `nonce-${came.length}` } }),
      async complete({ callbackUrl }) {
        came.push(callbackUrl)
        if (callbackUrl.includes('error=')) throw new Error('denied')
        state = 'connected'
        for (const listener of listeners) listener()
      },
      disconnect: async () => ({ revoked: true }),
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
  }
  const opened = (): SignInWindow & { addresses: string[]; closed: boolean } => ({
    addresses: [],
    closed: false,
    go(url) {
      this.addresses.push(url)
    },
    isClosed() {
      return this.closed
    },
    close() {
      this.closed = true
    },
  })
  const application = async (): Promise<Host & { flow: ReturnType<typeof createSignInFlow>; back(query: string): Promise<Response> }> => {
    const here = await host({ handler: { accounts: { example: { account: vendor() } }, signInBrowser: 'any' } })
    const flow = createSignInFlow(here.client())
    heard(flow)
    const back = (query: string): Promise<Response> => here.handler(new Request(`http://localhost/api/backup/oauth/callback?${query}`))
    return { ...here, flow, back }
  }

  test('opens a window, and is over when the browser came back', async () => {
    const { flow, back } = await application()
    const window = opened()
    void flow.start('example', () => window)
    await until(() => flow.getSnapshot().step === 'waiting')
    expect(window.addresses).toEqual([address])
    await back('state=nonce-0&code=1')
    await until(() => flow.getSnapshot().step === 'ended')
    expect(flow.getSnapshot()).toMatchObject({ signIn: { state: 'done' } })
    expect(window.closed).toBe(true)
  })

  test('that was denied says so', async () => {
    const { flow, back } = await application()
    void flow.start('example', opened)
    await until(() => flow.getSnapshot().step === 'waiting')
    await back('state=nonce-0&error=access_denied')
    await until(() => flow.getSnapshot().step === 'ended')
    expect(flow.getSnapshot()).toMatchObject({ signIn: { state: 'denied' } })
  })

  test('goes on when its window looks closed, until somebody gives it up; then nobody can end it', async () => {
    const { flow, back } = await application()
    const window = opened()
    void flow.start('example', () => window)
    await until(() => flow.getSnapshot().step === 'waiting')
    window.close()
    await until(() => {
      const state = flow.getSnapshot()
      return state.step === 'waiting' && state.window === 'closed'
    })
    await flow.cancel()
    expect(flow.getSnapshot()).toEqual({ step: 'idle' })
    expect((await back('state=nonce-0&code=1')).status).toBe(400)
  })

  const waiting = async (): Promise<Awaited<ReturnType<typeof application>> & { window: ReturnType<typeof opened> }> => {
    const here = await application()
    const window = opened()
    void here.flow.start('example', () => window)
    await until(() => here.flow.getSnapshot().step === 'waiting')
    return { ...here, window }
  }

  test('that is given up closes its window', async () => {
    const { flow, window } = await waiting()
    await flow.cancel()
    expect(window.closed).toBe(true)
  })

  test('that is put away, by leaving the page for instance, closes its window, and nobody can end it', async () => {
    const { flow, window, requests, back } = await waiting()
    flow.reset()
    expect(flow.getSnapshot()).toEqual({ step: 'idle' })
    expect(window.closed).toBe(true)
    await until(() => requests.some((request) => request.endsWith('/cancel')))
    await until(async () => (await back('state=nonce-0&code=1')).status === 400)
  })

  test('that is given up before its address is there leaves neither a window nor anything that waits', async () => {
    const { handler, client } = await host({ handler: { accounts: { example: { account: vendor() } }, signInBrowser: 'any' } })
    let answer = (): void => {}
    const gate = new Promise<void>((done) => (answer = done))
    const cancels: Response[] = []
    const flow = createSignInFlow(
      client({
        async fetch(request) {
          const response = await handler(request)
          if (request.url.endsWith('/sign-ins')) await gate
          if (request.url.endsWith('/cancel')) cancels.push(response.clone())
          return response
        },
      }),
    )
    heard(flow)
    const window = opened()
    const started = flow.start('example', () => window)
    await flow.cancel()
    expect(window.closed).toBe(true)
    answer()
    await started
    await until(() => cancels.length === 1)
    expect(await cancels[0]!.json()).toMatchObject({ account: 'example', state: 'cancelled' })
    expect(window.addresses).toEqual([])
    expect(flow.getSnapshot()).toEqual({ step: 'idle' })
  })

  test('that is begun anew takes the place of the one before', async () => {
    const { flow, window, requests, back } = await waiting()
    const second = opened()
    void flow.start('example', () => second)
    expect(window.closed).toBe(true)
    await until(() => second.addresses.length === 1 && requests.some((request) => request.endsWith('/cancel')))
    await until(async () => (await back('state=nonce-0&code=1')).status === 400)
    expect(flow.getSnapshot().step).toBe('waiting')
    expect(second.closed).toBe(false)
  })

  test('shows its address where windows are blocked', async () => {
    const { flow } = await application()
    void flow.start('example', () => undefined)
    await until(() => flow.getSnapshot().step === 'waiting')
    expect(flow.getSnapshot()).toMatchObject({ window: 'blocked', url: address })
  })

  test('with an account that is not there fails', async () => {
    const { flow } = await application()
    const window = opened()
    await flow.start('nobody', () => window)
    expect(flow.getSnapshot()).toMatchObject({ step: 'failed', error: { code: 'unknown' } })
    expect(window.closed).toBe(true)
  })
})
