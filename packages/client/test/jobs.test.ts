import type { JobJson } from '@backup/client'
import { faultyProvider, memoryProvider } from '@backup/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Call } from '../src/call/call.ts'
import { createJobs } from '../src/jobs.ts'
import { heard, host, until } from './fixture.ts'

/** A provider that stores nothing until it is let. */
function held(): { provider: ReturnType<typeof memoryProvider>; arm(): void; release(): void } {
  const memory = memoryProvider()
  let gate: Promise<void> | undefined
  let open = (): void => {}
  const put: typeof memory.put = async (...given) => {
    await gate
    return memory.put(...given)
  }
  return {
    provider: { ...memory, put },
    arm() {
      gate = new Promise((done) => (open = done))
      onTestFinished(() => open())
    },
    release: () => open(),
  }
}

test('a job that was started here is seen before anybody tells of it, and to its end', async () => {
  const { client } = await host()
  const one = client()
  const jobs = one.jobs
  heard(jobs)
  await until(() => jobs.getSnapshot().status === 'ready')
  const { id } = await one.call('POST /backups')
  expect(jobs.getSnapshot().data).toMatchObject([{ id, operation: 'backup', actor: 'anna' }])
  await until(() => jobs.getSnapshot().data?.[0]?.state === 'done')
  expect(jobs.getSnapshot().data?.[0]?.snapshot).toMatchObject({ kind: 'manual' })
})

test('a job that the program started itself is seen as well', async () => {
  const { backup, client } = await host()
  const { jobs, connection } = client()
  heard(jobs)
  await until(() => connection.getSnapshot().status === 'live')
  await backup.run()
  await until(() => jobs.getSnapshot().data?.[0]?.state === 'done')
})

test('what is under way is found again after a reload', async () => {
  const { provider, arm, release } = held()
  const { client } = await host({ backup: { providers: [provider] } })
  arm()
  const { id } = await client().call('POST /backups')
  const reloaded = client()
  heard(reloaded.jobs)
  await until(() => reloaded.jobs.getSnapshot().data?.some((job) => job.id === id && job.state === 'running'))
  release()
  await until(() => reloaded.jobs.getSnapshot().data?.[0]?.state === 'done')
})

test('a job is cancelled by its id', async () => {
  const { provider, arm, release } = held()
  const { client } = await host({ backup: { providers: [provider] } })
  arm()
  const one = client()
  const job = one.job((await one.call('POST /backups')).id)
  heard(job)
  await until(() => job.getSnapshot().data?.state === 'running')
  await one.call('POST /jobs/:job/cancel', { params: { job: job.getSnapshot().data!.id } })
  release()
  await until(() => job.getSnapshot().data?.state === 'cancelled')
})

test('a job that nobody knows any more keeps what was known of it', async () => {
  const before = await host()
  const after = await host()
  let handler = before.handler
  const { provider, arm, release } = held()
  const running = await host({ backup: { providers: [provider] } })
  handler = running.handler
  arm()
  const one = before.client({ fetch: (request) => handler(request), quietMs: 500 })
  const job = one.job((await one.call('POST /backups')).id)
  const states = heard(job)
  await until(() => job.getSnapshot().data?.state === 'running' && one.connection.getSnapshot().status === 'live')
  // The program is started anew: its handler knows nothing of what was.
  handler = after.handler
  running.handler.close()
  await until(() => job.getSnapshot().status === 'failed')
  expect(job.getSnapshot()).toMatchObject({ error: { code: 'unknown' }, data: { state: 'running' } })
  expect(states.at(-1)).toBe(job.getSnapshot())
  release()
})

test('each thing a job tells is one change of the list, and of no other resource', async () => {
  const provider = faultyProvider(memoryProvider(), {})
  const { backup, client } = await host({ backup: { providers: [provider] } })
  const one = client()
  const health = one.resource('GET /configuration')
  const configurations = heard(health)
  const lists = heard(one.jobs)
  await until(() => one.connection.getSnapshot().status === 'live' && health.getSnapshot().status === 'ready')
  await backup.run()
  await until(() => one.jobs.getSnapshot().data?.[0]?.state === 'done')
  const told = lists.map(({ data }) => JSON.stringify(data?.map(({ state, phase, progress }: JobJson) => [state, phase, progress])))
  expect(told.filter((text, at) => text === told[at - 1])).toEqual([])
  expect(configurations).toHaveLength(1)
})

test('jobs are asked for once, and once more only when one of them has ended unheard', async () => {
  const { provider, arm, release } = held()
  const { client, handler, requests } = await host({ backup: { providers: [provider] } })
  const count = (): number => requests.filter((request) => request === 'GET /api/backup/jobs').length
  const one = client()
  heard(one.jobs)
  await until(() => one.connection.getSnapshot().status === 'live' && one.jobs.getSnapshot().status === 'ready')
  expect(count()).toBe(1)

  // The answer is older than the stream: it was written while the job was under way.
  arm()
  const { id } = await client().call('POST /backups')
  const old = await handler(new Request('http://localhost/api/backup/jobs'))
  release()
  await until(async () => (await client().call('GET /jobs/:job', { params: { job: id } })).state === 'done')
  let isOld = true
  const late = client({
    async fetch(request) {
      if (!new URL(request.url).pathname.endsWith('/jobs') || !isOld) return handler(request)
      isOld = false
      await until(() => late.connection.getSnapshot().status === 'live')
      return old
    },
  })
  heard(late.jobs)
  await until(() => late.jobs.getSnapshot().data?.[0]?.state === 'done')
  expect(late.jobs.getSnapshot().data).toHaveLength(1)
})

describe('a page that is open for months', () => {
  const jobNamed = (id: string, state: JobJson['state'] = 'done'): JobJson => ({ id, operation: 'backup', actor: 'anna', state, startedAt: new Date(0).toISOString() }) as JobJson
  const jobs = (): { jobs: ReturnType<typeof createJobs>; asked: string[] } => {
    const asked: string[] = []
    const call = (async (_: string, { params }: { params?: { job: string } } = {}) => {
      asked.push(params?.job ?? 'all')
      return params ? jobNamed(params.job) : { jobs: [] }
    }) as unknown as Call
    return { jobs: createJobs(call, {}), asked }
  }

  test('keeps the jobs that it was told of last, those that are under way, and those that somebody listens to', () => {
    const { jobs: known, asked } = jobs()
    known.see([jobNamed('long', 'running'), jobNamed('old')])
    const listened = known.one('listened')
    heard(listened)
    for (let n = 0; n < 1000; n++) {
      known.see([jobNamed(`job ${n}`)])
      known.one(`job ${n}`)
    }
    expect(known.one('listened')).toBe(listened)
    expect(known.one('long').getSnapshot().data).toMatchObject({ state: 'running' })
    expect(known.one('job 999').getSnapshot().data).toMatchObject({ id: 'job 999' })
    expect(known.one('old').getSnapshot().data).toBeUndefined()
    expect(known.one('job 0').getSnapshot().data).toBeUndefined()
    expect(asked).toEqual(['listened'])
  })

  test('hears of a job again that was let go of before somebody listened', async () => {
    const { jobs: known, asked } = jobs()
    known.see([jobNamed('early', 'running')])
    const early = known.one('early')
    for (let n = 0; n < 300; n++) known.one(`job ${n}`)
    heard(early)
    await until(() => early.getSnapshot().data?.state === 'done')
    expect(asked).toEqual(['early'])
    expect(known.one('early')).toBe(early)
  })
})
