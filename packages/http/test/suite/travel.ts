import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteTravel } from '@backup/sqlite-travel'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TimeTravel } from '../../src/index.ts'
import { takeBackup } from './backed-up.ts'
import type { Serve } from './index.ts'

const shop = `CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL, photo BLOB, stock INTEGER);
  INSERT INTO products VALUES (1, 'Hammer', 12.5, x'00ff', 9007199254740993), (2, 'Saw', 20, zeroblob(500), 3), (3, 'Spade', 30, NULL, 1);
  CREATE TABLE notes (text); INSERT INTO notes VALUES (printf('%.*c', 5000, 'x'))`
const reason = 'Somebody deleted the saw.'

/** An application whose database is one of the streams, with a snapshot of it. */
async function withTables(serve: Serve): Promise<Awaited<ReturnType<Serve>> & { readonly live: DatabaseSync; readonly snapshot: string; save(): Promise<string> }> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-http-'))
  const path = join(folder, 'store.db')
  const live = new DatabaseSync(path)
  live.exec(shop)
  const travel = sqliteTravel({ live, stream: 'store.db' })
  onTestFinished(async () => {
    await travel.close()
    live.close()
    rmSync(folder, { recursive: true, force: true })
  })
  // Structurally: neither of the two packages knows the other.
  const given: TimeTravel = travel
  const world = await serve({ travel: given })
  const save = async (): Promise<string> => {
    world.source.streams.set('store.db', readFileSync(path))
    return (await takeBackup(world.api)).snapshot!.id
  }
  return Object.assign(world, { live, save, snapshot: await save() })
}

export function travelTests(serve: Serve): void {
  describe('tables of a snapshot', () => {
    test('are there as they were, page by page and by key', async () => {
      const { api, live, snapshot } = await withTables(serve)
      live.exec('DELETE FROM products')
      expect((await api('GET /session')).body).toMatchObject({ tables: 'bring-back' })
      const { body: { tables } } = await api('GET /snapshots/:snapshot/tables', { params: { snapshot } })
      expect(tables.map(({ name }) => name)).toEqual(['notes', 'products'])
      expect(tables[1]!.columns.slice(0, 2)).toEqual([{ name: 'id', type: 'INTEGER', key: true }, { name: 'name', type: 'TEXT', key: false }])

      const rowsOf = { params: { snapshot: 'latest', table: 'products' } }
      const { body: first } = await api('GET /snapshots/:snapshot/tables/:table/rows', { ...rowsOf, query: { limit: 2 } })
      expect(first).toMatchObject({ snapshot, key: ['id'], columns: ['id', 'name', 'price', 'photo', 'stock'], isMore: true })
      expect(first.rows[0]).toEqual({ key: [1], row: { id: 1, name: 'Hammer', price: 12.5, photo: { base64: 'AP8=' }, stock: { integer: '9007199254740993' } } })
      expect(first.rows[1]!.row['photo']).toMatchObject({ bytes: 500 })
      const { body: next } = await api('GET /snapshots/:snapshot/tables/:table/rows', { ...rowsOf, query: { after: JSON.stringify(first.rows[1]!.key) } })
      expect([next.rows.map(({ key }) => key), next.isMore]).toEqual([[[3]], false])
      const { body: found } = await api('GET /snapshots/:snapshot/tables/:table/rows', { ...rowsOf, query: { from: '["2"]', limit: 1 } })
      expect(found.rows.map(({ row }) => row['name'])).toEqual(['Saw'])

      const { body: long } = await api('GET /snapshots/:snapshot/tables/:table/rows', { params: { snapshot, table: 'notes' } })
      expect([long.key, long.rows[0]!.row['text']]).toEqual([['rowid'], { text: 'x'.repeat(1000), characters: 5000 }])
    })

    test('are shown where rows go by what is large', async () => {
      const { api, live, save } = await withTables(serve)
      live.exec('CREATE TABLE scans (page BLOB PRIMARY KEY, title TEXT) WITHOUT ROWID; INSERT INTO scans VALUES (zeroblob(200000), \'Contract\')')
      const snapshot = await save()
      const { body } = await api('GET /snapshots/:snapshot/tables/:table/rows', { params: { snapshot, table: 'scans' } })
      expect(body).toMatchObject({ key: ['page'], rows: [{ row: { page: { bytes: 200_000 }, title: 'Contract' } }] })
      const [key] = body.rows[0]!.key as readonly { readonly base64: string }[]
      expect(atob(key!.base64).length).toBe(200_000)
    })

    test.each([
      ['who may only look', { as: 'victor' }, 403, 'forbidden'],
      ['a table that is none', { params: { snapshot: 'latest', table: 'none' } }, 404, 'failed'],
      ['a snapshot that is none', { params: { snapshot: 'ffff', table: 'products' } }, 404, 'failed'],
      ['a key that is no JSON', { query: { from: '42]' } }, 422, 'invalid'],
      ['a key that is no list', { query: { after: '{"a":1}' } }, 422, 'invalid'],
      ['a key with what is no number', { query: { from: '[{"integer":"1e5"}]' } }, 422, 'invalid'],
      ['more than is shown at once', { query: { limit: 5000 } }, 422, 'invalid'],
    ])('are not for %s', async (_, given, status, code) => {
      const { api } = await withTables(serve)
      const answer = await api.refused('GET /snapshots/:snapshot/tables/:table/rows', { params: { snapshot: 'latest', table: 'products' }, ...given })
      expect([answer.status, answer.body.code]).toEqual([status, code])
    })

    test('are not there without the option, and it says so', async () => {
      const { api } = await serve()
      await takeBackup(api)
      for (const name of ['GET /snapshots/:snapshot/tables', 'GET /snapshots/:snapshot/tables/:table/rows'] as const) {
        const { status, body } = await api.refused(name, { params: { snapshot: 'latest', table: 'products' } })
        expect([status, body.kind]).toEqual([501, 'unsupported'])
        expect(body.hint).toContain('sqliteTravel()')
      }
    })
  })

  test('two snapshots are compared, by table and by row', async () => {
    const { api, live, save, snapshot: from } = await withTables(serve)
    live.exec(`DELETE FROM products WHERE id = 2; UPDATE products SET price = 13 WHERE id = 1; INSERT INTO products VALUES (4, 'Nails', 1, NULL, 5)`)
    const to = await save()
    const { body: { tables } } = await api('GET /diff/tables', { query: { from, to } })
    expect(tables.find(({ table }) => table === 'products')).toEqual({ table: 'products', change: 'changed', rows: { added: 1, removed: 1, changed: 1 }, isMore: false })
    expect(tables.find(({ table }) => table === 'notes')).toMatchObject({ change: 'same' })

    const { body: diff } = await api('GET /diff/rows', { query: { from, to, table: 'products' } })
    expect(diff).toMatchObject({ key: ['id'], isMore: false })
    expect(diff.changes.toSorted((a, b) => Number(a.key[0]) - Number(b.key[0]))).toMatchObject([
      { change: 'changed', key: [1], columns: ['price'], before: { price: 12.5 }, after: { price: 13 } },
      { change: 'removed', key: [2], before: { name: 'Saw' } },
      { change: 'added', key: [4], after: { name: 'Nails' } },
    ])
    expect((await api('GET /diff/rows', { query: { from, to, table: 'products', limit: 1 } })).body).toMatchObject({ isMore: true, changes: [{}] })
  })

  describe('rows come back', () => {
    const namesIn = (live: DatabaseSync): unknown[] => live.prepare('SELECT name, price FROM products ORDER BY id').all().map((row) => Object.values(row))

    test('as a restore does: planned, with a reason, after a snapshot, in the audit trail; and go again', async () => {
      const { api, live, snapshot } = await withTables(serve)
      live.exec(`DELETE FROM products WHERE id = 2; UPDATE products SET price = 99 WHERE id = 3`)
      const body = { snapshot, table: 'products', keys: [[2], [3], [7]], conflict: 'replace' as const }
      const { body: plan } = await api('POST /row-plans', { body })
      expect(plan.rows).toMatchObject([
        { key: [2], action: 'insert', then: { name: 'Saw' } },
        { key: [3], action: 'replace', then: { price: 30 }, now: { price: 99 } },
        { key: [7], action: 'missing' },
      ])
      expect(namesIn(live)).toEqual([['Hammer', 12.5], ['Spade', 99]])

      const { status, body: started } = await api('POST /row-restores', { body: { token: plan.confirm.token, reason } })
      expect(status).toBe(202)
      const done = await api.ended(started.id)
      expect(done).toMatchObject({ state: 'done', operation: 'restore', actor: 'olga', reason, part: 'rows of "products"' })
      expect(namesIn(live)).toEqual([['Hammer', 12.5], ['Saw', 20], ['Spade', 30]])
      const result = done.result?.of === 'rows' ? done.result.rows : undefined
      expect(result).toMatchObject({ table: 'products', inserted: 1, replaced: 1, removed: 0, undo: { keys: [[2], [3]] } })
      const { body: { snapshots } } = await api('GET /snapshots')
      expect(snapshots[0]).toMatchObject({ id: result!.undo!.snapshot, kind: 'safety' })
      const { body: { entries } } = await api('GET /audit', { query: { limit: 1 } })
      expect(entries[0]).toMatchObject({ action: 'restore', actor: 'olga', reason, subject: [snapshot] })
      expect((await api.refused('POST /row-restores', { body: { token: plan.confirm.token, reason } })).body).toMatchObject({ code: 'confirm-used', job: started.id })
    })

    test('only with a reason, by whoever planned it, and as long as the plan is good', async () => {
      const { api, live, snapshot, later } = await withTables(serve)
      live.exec('DELETE FROM products WHERE id = 2')
      const { body: plan } = await api('POST /row-plans', { body: { snapshot, table: 'products', keys: [[2]] } })
      const { token } = plan.confirm
      const refusal = async (body: object, as = 'olga'): Promise<unknown> => {
        const answer = await api.refused('POST /row-restores', { body, as })
        return [answer.status, answer.body.code]
      }
      expect(await refusal({ token })).toEqual([422, 'reason'])
      expect(await refusal({ token, reason }, 'otto')).toEqual([409, 'confirm-stale'])
      expect(await refusal({ token, reason }, 'oscar')).toEqual([403, 'forbidden'])
      later(600_001)
      expect(await refusal({ token, reason })).toEqual([409, 'confirm-stale'])
      expect(live.prepare('SELECT count(*) AS n FROM products').get()).toEqual({ n: 2 })
    })

    test('not from a snapshot that is believed to be damaged, unless that is what somebody wants', async () => {
      const { api, live, snapshot, findDamage } = await withTables(serve)
      live.exec('DELETE FROM products WHERE id = 2')
      await findDamage()
      const { body: plan } = await api('POST /row-plans', { body: { snapshot, table: 'products', keys: [[2]] } })
      expect(plan).toMatchObject({ needsAcceptSuspect: true, warnings: [expect.stringContaining('believed to be damaged')] })
      const { token } = plan.confirm
      expect((await api.refused('POST /row-restores', { body: { token, reason } })).body).toMatchObject({ code: 'suspect' })
      const { body: started } = await api('POST /row-restores', { body: { token, reason, acceptSuspect: true } })
      expect(await api.ended(started.id)).toMatchObject({ state: 'done' })
      expect(live.prepare('SELECT name FROM products WHERE id = 2').get()).toEqual({ name: 'Saw' })
    })
  })
}
