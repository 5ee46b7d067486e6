import { createRowsFlow } from '@backup/client'
import type { TimeTravel, TravelPlan } from '@backup/http'
import { describe, expect, test } from 'vitest'
import { type Host, heard, host, until } from './fixture.ts'

/** A table of a hundred rows, in every snapshot; what comes back is noted. */
function hundredRows(brought: TravelPlan[]): TimeTravel {
  const table = { name: 'products', kind: 'table', columns: [{ name: 'id', type: 'INTEGER', key: 1 }] } as const
  return {
    canBringBack: true,
    tables: async () => [table],
    async rows(_, __, { limit, from, after }) {
      const first = after ? Number(after[0]) + 1 : Number(from?.[0] ?? 1)
      const ids = Array.from({ length: Math.min(limit, 101 - first) }, (_, at) => first + at)
      return { table: 'products', columns: ['id'], key: ['id'], rows: ids.map((id) => ({ key: [id], row: { id } })), isMore: ids.at(-1) !== 100 }
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

async function store(): Promise<Host & { readonly brought: TravelPlan[] }> {
  const brought: TravelPlan[] = []
  const application = await host({ handler: { travel: hundredRows(brought) } })
  await application.backup.run()
  return Object.assign(application, { brought })
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
