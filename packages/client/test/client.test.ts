import { isClientError } from '@backup/client'
import { describe, expect, test } from 'vitest'
import { heard, host, until } from './fixture.ts'

describe('a resource', () => {
  test('is fetched when somebody listens, and not before', async () => {
    const { client, requests } = await host()
    const health = client().resource('GET /health')
    expect(health.getSnapshot()).toEqual({ status: 'pending' })
    expect(requests).toEqual([])
    heard(health)
    await until(() => health.getSnapshot().status === 'ready')
    expect(requests).toContain('GET /api/backup/health')
    expect(health.getSnapshot().data?.reasons.map(({ id }) => id)).toContain('no-backup')
  })

  test('is the same for the same input', async () => {
    const { client } = await host()
    const one = client()
    expect(one.snapshots({ limit: 5 })).toBe(one.snapshots({ limit: 5 }))
    expect(one.snapshots({ limit: 5 })).not.toBe(one.snapshots({ limit: 6 }))
  })

  test('follows what happens, and keeps what did not change', async () => {
    const { backup, client } = await host()
    await backup.run({ note: 'first' })
    const list = client().snapshots()
    heard(list)
    await until(() => list.getSnapshot().data?.total === 1)
    const [first] = list.getSnapshot().data!.snapshots
    await backup.run({ note: 'second' })
    await until(() => list.getSnapshot().data?.total === 2)
    const [second, old] = list.getSnapshot().data!.snapshots
    expect(second?.note).toBe('second')
    expect(old).toBe(first)
  })

  test('tells nobody when it was fetched again and says the same', async () => {
    const { client } = await host()
    const configuration = client().resource('GET /configuration')
    const states = heard(configuration)
    await until(() => configuration.getSnapshot().status === 'ready')
    await configuration.refresh()
    await configuration.refresh()
    expect(states).toHaveLength(1)
  })

  test('keeps what it had when it cannot be fetched, and says what is in the way', async () => {
    const { client, handler } = await host()
    let isUp = true
    const one = client({ fetch: (request) => (isUp ? handler(request) : Promise.reject(new TypeError('fetch failed'))) })
    const status = one.resource('GET /status')
    heard(status)
    await until(() => status.getSnapshot().status === 'ready')
    isUp = false
    await expect(status.refresh()).rejects.toMatchObject({ code: 'network', retryable: true })
    expect(status.getSnapshot()).toMatchObject({ status: 'failed', error: { code: 'network' }, data: { label: 'memory' } })
  })

  test('of snapshots grows page by page, and is fetched again as far as it was', async () => {
    const { backup, client } = await host()
    for (let n = 0; n < 5; n++) await backup.run({ note: `number ${n}` })
    const list = client().snapshots({ limit: 2 })
    heard(list)
    await until(() => list.getSnapshot().status === 'ready')
    expect(list.getSnapshot().data).toMatchObject({ total: 5, hasMore: true, snapshots: [{ note: 'number 4' }, { note: 'number 3' }] })
    await list.loadMore()
    expect(list.getSnapshot().data?.snapshots).toHaveLength(4)
    await list.loadMore()
    expect(list.getSnapshot().data).toMatchObject({ hasMore: false })
    await backup.run({ note: 'number 5' })
    await until(() => list.getSnapshot().data?.total === 6)
    expect(list.getSnapshot().data!.snapshots.map(({ note }) => note)).toEqual([5, 4, 3, 2, 1, 0].map((n) => `number ${n}`))
  })
})

describe('a refusal', () => {
  test('is an error with what the handler said', async () => {
    const { client } = await host({ handler: { authorize: () => ({ actor: 'ben', role: 'viewer' }) } })
    const error: unknown = await client().call('POST /backups').catch((thrown: unknown) => thrown)
    expect(isClientError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'forbidden', message: 'ben may not run.', problem: { status: 403, needs: 'run' } })
  })

  test('of somebody else who answers is told from those of the handler', async () => {
    const { client } = await host()
    const gateway = client({ fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }) })
    await expect(gateway.call('GET /health')).rejects.toMatchObject({ code: 'answer', retryable: true })
  })

  test('comes before anything is sent, where a path alone leads nowhere', async () => {
    const { client } = await host()
    const nowhere = client({ fetch: undefined as never, url: '/api/backup' })
    await expect(nowhere.call('GET /health')).rejects.toMatchObject({ code: 'network', retryable: false })
  })
})

test('headers go along with each request', async () => {
  const seen: (string | null)[] = []
  const authorize = (request: Request): { actor: string; role: 'viewer' } => {
    seen.push(request.headers.get('authorization'))
    return { actor: 'anna', role: 'viewer' }
  }
  const { client } = await host({ handler: { authorize } })
  let token = 1
  const one = client({ headers: async () => ({ authorization: `Bearer ${token++}` }) })
  await one.call('GET /health')
  await one.call('GET /status')
  expect(seen).toEqual(['Bearer 1', 'Bearer 2'])
})
