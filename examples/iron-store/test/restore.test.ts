import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { JobJson, RowPlanJson } from '@backup/http'
import { expect, test } from 'vitest'
import { type Machine, machine } from './machine.ts'
import { type Talk, setUp, talk } from './talk.ts'

// What goes on around a restore, seen by those who work meanwhile.

async function running(options: Parameters<typeof machine>[0] = {}): Promise<{ readonly shop: Machine; readonly api: Talk; readonly name: () => Promise<string> }> {
  const shop = machine({ days: 5, ...options })
  const api = talk((await shop.start()).url)
  await setUp(api, shop.backups)
  return { shop, api, name: async () => (await api.ask<{ readonly name: string }>('/api/store/shop')).name }
}

test('who reads is served all the time, who writes is told to come again, and nothing is in neither state', async () => {
  const { api, shop, name } = await running({ megabytes: 12 })
  const { snapshot } = await api.backUp()
  await api.ask('/api/store/shop', { name: 'Of today' })
  const job = await api.restore(snapshot!.id)
  const refused: Response[] = []
  const written: string[] = []
  let state = 'running'
  for (let count = 0; state === 'running'; count++) {
    const response = await api.send('/api/store/customers', { name: `Written ${count}` })
    if (response.ok) written.push(`Written ${count}`)
    else refused.push(response)
    await name()
    await new Promise((resolve) => setTimeout(resolve, 20))
    ;({ state } = await api.ask<JobJson>(`/api/backup/jobs/${job.id}`))
  }
  expect(state).toBe('done')
  expect(refused.length).toBeGreaterThan(0)
  for (const response of refused) {
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.json()).toMatchObject({ code: 'restoring' })
  }
  expect(await name()).toBe('Iron & Sons')
  await expect.poll(async () => (await api.send('/api/store/customers', { name: 'Written after' })).status, { timeout: 60_000 }).toBe(200)
  // What was written was written before the restore, and so is in the safety backup, or after it, and so is in the data.
  const { result } = await api.ask<JobJson>(`/api/backup/jobs/${job.id}`)
  if (result?.of !== 'restore') throw new Error('There is no result.')
  const now = new Set(await namesIn(api))
  const undo = await api.restore(result.restore.undo!.snapshot)
  await api.done(undo)
  const before = new Set(await namesIn(api))
  for (const one of written) expect(now.has(one) || before.has(one)).toBe(true)
  expect(await name()).toBe('Of today')
  expect(shop.sql('PRAGMA integrity_check')).toBe('ok')
})

async function namesIn(api: Talk): Promise<string[]> {
  const customers = await api.ask<readonly { readonly name: string }[]>('/api/store/customers?search=Written')
  return customers.map(({ name }) => name)
}

test('a restore needs no new start of the program, and leaves a copy beside the database', async () => {
  const { api } = await running()
  const { snapshot } = await api.backUp()
  const { result } = await api.done(await api.restore(snapshot!.id))
  if (result?.of !== 'restore') throw new Error('There is no result.')
  const { requiresRestart, safetyCopy = '' } = result.restore
  expect(requiresRestart).toBe(false)
  expect(existsSync(safetyCopy)).toBe(true)
})

test('invoices that were written after the backup leave numbers that are not given out again', async () => {
  const { api } = await running()
  const { snapshot } = await api.backUp()
  const invoice = { customerId: 1, lines: [{ productId: 1, quantity: 1 }] }
  const write = async (): Promise<string> => (await api.ask<{ readonly number: string }>('/api/store/invoices', invoice)).number
  const lost = [await write(), await write()]
  await api.done(await api.restore(snapshot!.id))
  await expect.poll(async () => (await api.ask<readonly unknown[]>('/api/store/void-numbers')).length, { timeout: 60_000 }).toBe(2)
  const next = await write()
  expect(lost).not.toContain(next)
  expect(next > lost[1]!).toBe(true)
})

test('a backup of another program, or of a newer version, does not go over the store', async () => {
  const { api, shop, name } = await running()
  shop.sql('PRAGMA user_version = 99')
  const { snapshot } = await api.backUp()
  shop.sql('PRAGMA user_version = 1')
  const response = await api.send('/api/backup/restore-plans', { snapshot: snapshot!.id })
  expect(await response.json()).toMatchObject({ kind: 'unsupported', detail: 'This backup was made by a newer version of Iron Store.' })
  expect(await name()).toBe('Iron & Sons')
})

test('a restore that fails leaves everything as it was, and writing goes on', async () => {
  const { api, shop, name } = await running()
  const { snapshot } = await api.backUp()
  await api.ask('/api/store/shop', { name: 'Of today' })
  const other = new DatabaseSync(join(shop.data, 'store.db'))
  other.exec('BEGIN IMMEDIATE')
  const job = await api.restore(snapshot!.id)
  await expect(api.done(job)).rejects.toThrow('restore failed')
  other.exec('ROLLBACK')
  other.close()
  expect(await name()).toBe('Of today')
  await expect.poll(async () => (await api.send('/api/store/customers', { name: 'Next' })).status, { timeout: 60_000 }).toBe(200)
  expect(existsSync(join(shop.data, 'restore.json'))).toBe(false)
})

test('what is damaged is backed up as suspect, and goes over the live data only for somebody who insists', async () => {
  const { api, shop } = await running()
  const { snapshot: sound } = await api.backUp()
  shop.sql('PRAGMA wal_checkpoint(TRUNCATE)')
  // By another process: one that opens and closes the file loses its locks on it.
  const spoil = `const fs = require('node:fs'); const file = fs.openSync(process.argv[1], 'r+'); fs.writeSync(file, Buffer.alloc(4096 * 3, 0x55), 0, 4096 * 3, 4096 * 3)`
  expect(spawnSync(process.execPath, ['-e', spoil, join(shop.data, 'store.db')]).status).toBe(0)
  const { snapshot: bad } = await api.backUp()
  expect(bad!.suspect?.length ?? 0).toBeGreaterThan(0)
  await expect(api.restore(bad!.id)).rejects.toThrow('409')
  await api.done(await api.restore(sound!.id))
  expect(shop.sql('PRAGMA integrity_check')).toBe('ok')
})

test('settings and sign-ins are on this machine alone, and secrets are in none of its files', async () => {
  const { api, shop } = await running()
  await api.ask('/api/store/settings', { google: { clientId: 'mine.example', clientSecret: 'a-secret-of-google' } })
  expect(await api.ask('/api/store/settings')).toMatchObject({ google: { clientId: 'mine.example', hasSecret: true } })
  for (const file of ['settings.json', 'store.db']) expect(readFileSync(join(shop.data, file), 'latin1')).not.toContain('a-secret-of-google')
  await api.ask('/api/store/settings', { often: '1h' })
  expect(await api.ask('/api/store/settings')).toMatchObject({ often: '1h', google: { hasSecret: true } })
  await api.ask('/api/store/settings', { google: { clientId: '' } })
  expect(await api.ask('/api/store/settings')).not.toHaveProperty('google')
  expect((await api.send('/api/store/settings', { backupFolder: 'relative' })).status).toBe(422)
})

test('one row comes back as it was, and all others stay as they are today', async () => {
  const { api, shop } = await running()
  const { snapshot } = await api.backUp()
  const [first, second] = await api.ask<readonly { readonly id: number; readonly priceCents: number }[]>('/api/store/products')
  await api.ask('/api/store/prices', { permille: 500 })
  const priceOf = (id: number): unknown => shop.sql(`SELECT price_cents FROM product WHERE id = ${id}`)
  const raised = priceOf(second!.id)
  expect(raised).not.toBe(second!.priceCents)

  const asked = { snapshot: snapshot!.id, table: 'product', keys: [[first!.id]], conflict: 'replace' }
  const plan = await api.ask<RowPlanJson>('/api/backup/row-plans', asked)
  expect(plan.rows).toMatchObject([{ key: [first!.id], action: 'replace', then: { price_cents: first!.priceCents } }])
  await api.done(await api.ask<JobJson>('/api/backup/row-restores', { token: plan.confirm.token, reason: 'The new price was wrong.' }))
  expect([priceOf(first!.id), priceOf(second!.id)]).toEqual([first!.priceCents, raised])
  expect((await api.send('/api/store/customers', { name: 'Written after' })).status).toBe(200)
})

test('while single rows come back nobody writes, from before the safety backup until they are there', async () => {
  const { api, shop } = await running({ megabytes: 12 })
  const { snapshot } = await api.backUp()
  const [first] = await api.ask<readonly { readonly id: number; readonly priceCents: number }[]>('/api/store/products')
  await api.ask('/api/store/prices', { permille: 500 })
  shop.sql("UPDATE customer SET address = hex(randomblob(500000)) WHERE name LIKE 'Archive%'")
  const plan = await api.ask<RowPlanJson>('/api/backup/row-plans', { snapshot: snapshot!.id, table: 'product', keys: [[first!.id]], conflict: 'replace' })
  const job = await api.ask<JobJson>('/api/backup/row-restores', { token: plan.confirm.token, reason: 'The new price was wrong.' })
  const refused: number[] = []
  let [written, meanwhile] = [0, 0]
  let state = 'running'
  for (let count = 0; state === 'running'; count++) {
    const response = await api.send('/api/store/customers', { name: `Written ${count}` })
    if (response.ok) written++
    else refused.push(response.status)
    // Asked after it was written: what was written while the rows came back is seen here.
    ;({ state } = await api.ask<JobJson>(`/api/backup/jobs/${job.id}`))
    if (state === 'running') meanwhile = written
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(state).toBe('done')
  expect(meanwhile).toBe(0)
  expect(refused.length).toBeGreaterThan(0)
  expect(new Set(refused)).toEqual(new Set([503]))
  expect(shop.sql(`SELECT price_cents FROM product WHERE id = ${first!.id}`)).toBe(first!.priceCents)
  await expect.poll(async () => (await api.send('/api/store/customers', { name: 'Written after' })).status, { timeout: 60_000 }).toBe(200)
  expect(existsSync(join(shop.data, 'restore.json'))).toBe(false)
})

test('of two restores that are begun together, both account for the numbers that went out before', async () => {
  const { api } = await running()
  const { snapshot } = await api.backUp()
  const invoice = { customerId: 1, lines: [{ productId: 1, quantity: 1 }] }
  await api.ask('/api/store/invoices', invoice)
  const both = [await api.restore(snapshot!.id), await api.restore(snapshot!.id)]
  for (const job of both) await api.done(job)
  await expect.poll(async () => (await api.send('/api/store/customers', { name: 'After' })).status, { timeout: 60_000 }).toBe(200)
  expect(await api.ask<readonly unknown[]>('/api/store/void-numbers')).toHaveLength(1)
})

test.each([
  ['cannot be brought up to date', 'PRAGMA user_version = 0', 'PRAGMA user_version = 1'],
  ['has lost a table', 'ALTER TABLE customer RENAME TO people', 'ALTER TABLE people RENAME TO customer'],
])('what was restored and %s makes room for what was there before, by itself', async (_, spoil, mend) => {
  const { api, shop, name } = await running()
  shop.sql(spoil)
  const { snapshot: unfit } = await api.backUp()
  shop.sql(mend)
  await api.ask('/api/store/shop', { name: 'Of today' })
  const { number } = await api.ask<{ readonly number: string }>('/api/store/invoices', { customerId: 1, lines: [{ productId: 1, quantity: 1 }] })
  const invoices = shop.sql('SELECT count(*) FROM invoice')
  const other = new DatabaseSync(join(shop.data, 'store.db'))
  await expect(api.done(await api.restore(unfit!.id))).rejects.toThrow(/of no use to Iron Store .* What was there before was put back/)
  expect(await name()).toBe('Of today')
  expect(shop.sql('SELECT count(*) FROM invoice')).toBe(invoices)
  // Also for those who had it open meanwhile.
  expect(other.prepare('SELECT name FROM shop').get()).toEqual({ name: 'Of today' })
  other.close()
  expect(shop.sql('PRAGMA integrity_check')).toBe('ok')
  await expect.poll(async () => (await api.send('/api/store/customers', { name: 'Next' })).status, { timeout: 60_000 }).toBe(200)
  const [latest] = await api.ask<readonly { readonly number: string }[]>('/api/store/invoices')
  expect(latest!.number).toBe(number)
  expect(await api.ask('/api/store/void-numbers')).toEqual([])
  // It was in place, and not refused before: its copy is beside the database like that of any other.
  expect(readdirSync(shop.data).filter((file) => /before-restore-.*Z$/.test(file))).toHaveLength(2)
})
