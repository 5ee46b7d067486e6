import { describe, expect, test, vi } from 'vitest'
import { heard, host, until } from './fixture.ts'

const isStream = (request: Request): boolean => request.url.endsWith('/events/stream')

describe('live events', () => {
  test('need one stream for all that is listened to, which ends a while after the last has gone', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { client, requests } = await host()
      const one = client()
      const ends = [one.jobs, one.log, one.resource('GET /health'), one.snapshots()].map((store) => store.subscribe(() => {}))
      await vi.waitFor(() => expect(one.connection.getSnapshot().status).toBe('live'), 60_000)
      expect(requests.filter((request) => request.endsWith('/events/stream'))).toHaveLength(1)
      for (const end of ends) end()
      one.jobs.subscribe(() => {})
      await vi.advanceTimersByTimeAsync(2000)
      expect(one.connection.getSnapshot().status).toBe('live')
      expect(requests.filter((request) => request.endsWith('/events/stream'))).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  test('go on after a break where they were, without fetching everything anew', async () => {
    const { backup, client, handler, requests } = await host()
    const cuts: (() => void)[] = []
    const ids: (string | null)[] = []
    const one = client({
      async fetch(request) {
        requests.push(`${request.method} ${new URL(request.url).pathname}`)
        const response = await handler(request)
        if (!isStream(request)) return response
        ids.push(request.headers.get('last-event-id'))
        const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
        const cut = new AbortController()
        cuts.push(() => cut.abort(new TypeError('cut')))
        response.body!.pipeTo(writable, { signal: cut.signal }).catch(() => {})
        return new Response(readable, response)
      },
    })
    const configuration = one.resource('GET /configuration')
    heard(configuration)
    const log = one.log
    heard(log)
    await until(() => one.connection.getSnapshot().status === 'live' && configuration.getSnapshot().status === 'ready')
    const asked = requests.filter((request) => request.endsWith('/configuration')).length
    cuts[0]!()
    await backup.run({ note: 'while nobody heard' })
    await until(() => ids.length === 2 && one.connection.getSnapshot().status === 'live')
    expect(ids).toEqual([null, expect.stringMatching(/^[0-9a-f]{12}-\d+$/)])
    await until(() => log.getSnapshot().data?.length)
    expect(requests.filter((request) => request.endsWith('/configuration'))).toHaveLength(asked)
  })

  test('that were missed for good make everything be fetched anew', async () => {
    const first = await host()
    const second = await host()
    let current = first
    const one = first.client({ fetch: (request) => current.handler(request) })
    const list = one.snapshots()
    heard(list)
    await until(() => one.connection.getSnapshot().status === 'live' && list.getSnapshot().status === 'ready')
    await second.backup.run({ note: 'after the restart' })
    current = second
    first.handler.close()
    await until(() => list.getSnapshot().data?.snapshots[0]?.note === 'after the restart')
  })

  test('are found again with the handler that takes the place of a closed one, however long that takes', async () => {
    const first = await host()
    const second = await host()
    let current = first
    let turnedAway = 0
    const one = first.client({
      async fetch(request) {
        const response = await current.handler(request)
        if (isStream(request) && response.status === 503) turnedAway++
        return response
      },
    })
    const list = one.snapshots()
    heard(list)
    await until(() => one.connection.getSnapshot().status === 'live' && list.getSnapshot().status === 'ready')
    first.handler.close()
    await until(() => turnedAway > 0)
    await second.backup.run({ note: 'after the restart' })
    current = second
    await until(() => list.getSnapshot().data?.snapshots[0]?.note === 'after the restart')
  })

  test('that a proxy holds back are asked for instead', async () => {
    const { backup, client, handler } = await host()
    const one = client({
      pollMs: 20,
      quietMs: 100,
      fetch: (request) => (isStream(request) ? Promise.resolve(new Response(new ReadableStream())) : handler(request)),
    })
    const list = one.snapshots()
    heard(list)
    heard(one.log)
    await until(() => one.connection.getSnapshot().status === 'polling')
    expect(one.connection.getSnapshot().error).toMatchObject({ code: 'network' })
    await backup.run()
    await until(() => list.getSnapshot().data?.total === 1)
  })

  test('say so when nothing gets through, and come back by themselves', async () => {
    const { client, handler } = await host()
    let isUp = false
    const one = client({ pollMs: 20, fetch: (request) => (isUp ? handler(request) : Promise.reject(new TypeError('fetch failed'))) })
    const health = one.resource('GET /health')
    heard(health)
    await until(() => one.connection.getSnapshot().status === 'offline')
    isUp = true
    await until(() => one.connection.getSnapshot().status === 'live')
    await until(() => health.getSnapshot().status === 'ready')
  })

  test('that nobody may hear say why', async () => {
    const { client } = await host({ handler: { authorize: () => false } })
    const one = client({ pollMs: 20 })
    heard(one.log)
    await until(() => one.connection.getSnapshot().status === 'offline')
    expect(one.connection.getSnapshot().error).toMatchObject({ code: 'unauthorised' })
  })
})
