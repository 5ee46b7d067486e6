import { type RowListResource, createRowsFlow } from '@backup/client'
import type { TimeTravel, TravelPlan } from '@backup/http'
import { describe, expect, test, vi } from 'vitest'
import { type Host, heard, host, until } from './fixture.ts'

/** A table of a hundred rows, in every snapshot, and of `shift` with other numbers; what comes back is noted. */
function hundredRows(brought: TravelPlan[], shift: ReadonlyMap<string, number> = new Map()): TimeTravel {
  const table = { name: 'products', kind: 'table', columns: [{ name: 'id', type: 'INTEGER', key: 1 }] } as const
  return {
    canBringBack: true,
    tables: async () => [table],
    async rows(_, snapshot, { limit, from, after }) {
      const by = shift.get(snapshot) ?? 0
      const first = after ? Number(after[0]) + 1 : Number(from?.[0] ?? 1 + by)
      const ids = Array.from({ length: Math.min(limit, 101 + by - first) }, (_, at) => first + at)
      return { table: 'products', columns: ['id'], key: ['id'], rows: ids.map((id) => ({ key: [id], row: { id } })), isMore: ids.at(-1) !== 100 + by }
    },
    changedTables: async () => [],
    changedRows: async () => ({ columns: ['id'], key: ['id'], changes: [], isMore: false }),
    planRowsBack: async (_, snapshot, { keys, absent }) => ({
      snapshot,
      table: 'products',
      rows: keys.map((key) => ({ key, action: absent === 'remove' ? 'remove' : 'insert', row: { id: key[0]! } })),
      leftOut: [],
      untouched: [],
    }),
    bringRowsBack: (backup, plan, { actor, reason }) =>
      backup.restorePart(plan.snapshot, { what: 'rows', actor, reason }, async () => {
        brought.push(plan)
        return { inserted: plan.rows.length, replaced: 0, removed: 0, left: 0 }
      }),
  }
}

async function store(): Promise<Host & { readonly brought: TravelPlan[]; readonly shift: Map<string, number> }> {
  const brought: TravelPlan[] = []
  const shift = new Map<string, number>()
  const application = await host({ handler: { travel: hundredRows(brought, shift) } })
  await application.backup.run()
  return Object.assign(application, { brought, shift })
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

function idsOf(list: RowListResource): unknown[] {
  return list.getSnapshot().data?.rows.map(({ key }) => key[0]) ?? []
}

describe('rows of a table as it was', () => {
  test('come page after page, and no page twice', async () => {
    const { client, requests } = await store()
    const list = client().rows({ snapshot: 'latest', table: 'products', limit: 40 })
    heard(list)
    const idsNow = (): unknown[] => list.getSnapshot().data?.rows.map(({ key }) => key[0]) ?? []
    await until(() => idsNow().length === 40)
    await list.loadMore()
    await list.loadMore()
    await list.loadMore()
    expect(idsNow()).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
    expect(requests.filter((request) => request.endsWith('/rows'))).toHaveLength(3)
    expect(list.getSnapshot().data?.isMore).toBe(false)
  })

  test('whose next page failed have it when it is asked for again, and lose nothing', async () => {
    const { client, handler } = await store()
    const asked: string[] = []
    let isDown = false
    const one = client({
      async fetch(request) {
        if (!request.url.includes('/rows')) return handler(request)
        asked.push(new URL(request.url).search)
        if (isDown) throw new TypeError('connection lost')
        return handler(request)
      },
    })
    const list = one.rows({ snapshot: 'latest', table: 'products', limit: 20 })
    heard(list)
    await until(() => idsOf(list).length === 20)
    await list.loadMore()
    isDown = true
    await expect(list.loadMore()).rejects.toMatchObject({ code: 'network' })
    expect(list.getSnapshot().status).toBe('failed')
    expect(idsOf(list)).toEqual(range(1, 40))
    isDown = false
    await list.loadMore()
    expect(idsOf(list)).toEqual(range(1, 60))
    expect(list.getSnapshot().status).toBe('ready')
    expect(asked.slice(2)).toEqual([asked[2], asked[2]])
    expect(asked[2]).toContain('after')
  })

  test('are tried again by themselves where it failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { client, handler } = await store()
      let isDown = false
      const one = client({ fetch: (request) => (isDown && request.url.includes('/rows') ? Promise.reject(new TypeError('connection lost')) : handler(request)) })
      const list = one.rows({ snapshot: 'latest', table: 'products', limit: 20 })
      heard(list)
      await vi.waitFor(() => expect(idsOf(list)).toHaveLength(20), 60_000)
      isDown = true
      await list.loadMore().catch(() => {})
      isDown = false
      await vi.advanceTimersByTimeAsync(10_000)
      await vi.waitFor(() => expect(idsOf(list)).toEqual(range(1, 40)), 60_000)
    } finally {
      vi.useRealTimers()
    }
  })

  test('stay as far as they were fetched when everything is fetched anew, and cost one page where the snapshot is the same', async () => {
    const { client, requests } = await store()
    const one = client()
    const list = one.rows({ snapshot: 'latest', table: 'products', limit: 20 })
    const states = heard(list)
    await until(() => idsOf(list).length === 20)
    await list.loadMore()
    const [told, pages] = [states.length, requests.filter((request) => request.endsWith('/rows')).length]
    one.refresh()
    await until(() => requests.filter((request) => request.endsWith('/rows')).length > pages)
    await list.refresh()
    expect(idsOf(list)).toEqual(range(1, 40))
    expect(states).toHaveLength(told)
    expect(requests.filter((request) => request.endsWith('/rows'))).toHaveLength(pages + 2)
  })

  test('of the latest snapshot are all of the one the first page came from, until they are fetched anew', async () => {
    const { client, backup, shift, requests } = await store()
    const one = client()
    const list = one.rows({ snapshot: 'latest', table: 'products', limit: 20 })
    heard(list)
    await until(() => idsOf(list).length === 20)
    const first = list.getSnapshot().data!.snapshot
    const next = await backup.run({ note: 'meanwhile' })
    shift.set(next.id, 1000)
    await list.loadMore()
    expect(list.getSnapshot().data?.snapshot).toBe(first)
    expect(idsOf(list)).toEqual(range(1, 40))
    expect(requests.filter((request) => request.endsWith('/rows')).at(-1)).toContain(first)
    await list.refresh()
    expect(list.getSnapshot().data?.snapshot).toBe(next.id)
    expect(idsOf(list)).toEqual(range(1001, 1040))
  })

  test('begin with the key that is looked for', async () => {
    const { client } = await store()
    const list = client().rows({ snapshot: 'latest', table: 'products', from: [98] })
    heard(list)
    await until(() => list.getSnapshot().status === 'ready')
    expect(list.getSnapshot().data?.rows.map(({ key }) => key)).toEqual([[98], [99], [100]])
  })
})

test('rows come back in steps, and the way back is of these rows alone', async () => {
  const { client, brought, backup } = await store()
  const flow = createRowsFlow(client())
  heard(flow)
  await flow.plan({ snapshot: 'latest', table: 'products', keys: [[7]], conflict: 'replace' })
  expect(flow.getSnapshot()).toMatchObject({ step: 'planned', plan: { rows: [{ key: [7], action: 'insert' }] } })
  await flow.confirm({ reason: 'It was deleted.' })
  await until(() => flow.getSnapshot().step === 'done')
  expect(brought).toHaveLength(1)
  const safety = (await backup.snapshots()).at(-1)!
  expect(safety.kind).toBe('safety')
  await flow.undo()
  expect(flow.getSnapshot()).toMatchObject({
    step: 'planned',
    request: { snapshot: safety.id, table: 'products', keys: [[7]], conflict: 'replace', absent: 'remove' },
    plan: { rows: [{ action: 'remove' }] },
  })
})
