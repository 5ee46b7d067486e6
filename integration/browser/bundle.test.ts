import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import type * as core from '@backup/core'
import { createBackup, passphrase, portableRuntime } from '@backup/core'
import { nodeRuntime, pageFile } from '@backup/core/node'
import { memoryProvider, memorySource } from '@backup/core/testing'
import type * as http from '@backup/http'
import type * as metrics from '@backup/metrics'
import type * as webhooks from '@backup/webhook'
import { build, type BuildResult } from 'esbuild'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { PageReport, backUpAndRestore } from './page.ts'
import type { lookInto } from './travel.ts'

// By its name: types of Node know what is in it, and not that it is a value.
const { WebAssembly: assembly } = globalThis as { WebAssembly?: object }

/** What browsers, workers and webviews all have; core must need no more than this. */
const web = {
  AbortController, AbortSignal, Blob, DOMException, Event, EventTarget, MessageChannel, ReadableStream,
  TextDecoder, TextEncoder, TransformStream, URL, WebAssembly: assembly, WritableStream, atob, btoa, clearTimeout, crypto, fetch,
  performance, queueMicrotask, setTimeout, structuredClone,
}

test('the main entry of core bundles for the browser and loads where there is no Node', async () => {
  const exported = await load(`export * from '@backup/core'`)
  expect(runInNewContext('[typeof process, typeof Buffer, typeof require].join()', { ...web })).toBe(
    'undefined,undefined,undefined',
  )
  expect(exported).toHaveProperty('contract', 1)
})

test('webhooks, chats and metrics load there too, and sign with what browsers have', async () => {
  const { createWebhookSecret, verifyWebhook, prometheus } = (await load(
    `export * from '@backup/webhook'; export * from '@backup/metrics'`,
  )) as typeof webhooks & typeof metrics
  expect(prometheus().render()).toBe('')
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' }
  const verified = verifyWebhook({ secret: createWebhookSecret(), headers, body: '{}' })
  await expect(verified).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('not signed') })
})

test('the HTTP handler answers there, too', async () => {
  const { createBackupHandler, createBackup, rawKey } = (await load(
    `export * from '@backup/http'; export { createBackup, rawKey } from '@backup/core'`,
    { Headers, Request, Response, clearInterval, setInterval, console },
  )) as typeof http & Pick<typeof core, 'createBackup' | 'rawKey'>
  const backup = createBackup({ source: memorySource(), providers: [memoryProvider()], keys: rawKey(new Uint8Array(32)) })
  const handler = createBackupHandler(backup, { authorize: () => ({ actor: 'anna', role: 'viewer' }) })
  const answer = await handler(new Request('https://shop.example.com/api/backup/session'))
  expect(await answer.json()).toEqual({ actor: 'anna', can: ['read'], label: 'memory', places: false, tables: 'none' })
  handler.close()
})

test('a built-in module of Node would be noticed', async () => {
  await expect(bundle(`export * from 'node:fs'`)).rejects.toThrow('node:fs')
})

describe('a page without Node', () => {
  const secret = 'correct horse battery staple'
  let report: PageReport
  beforeAll(async () => {
    const page = (await load(`export * from './page.ts'`)) as { backUpAndRestore: typeof backUpAndRestore }
    report = await page.backUpAndRestore(secret)
  })

  test('backs up, stores only what changed, and restores every byte', () => {
    expect(report.saved.length).toBeGreaterThan(500_000)
    expect(Buffer.compare(report.restored, report.saved)).toBe(0)
    expect(report.problems).toEqual([])
    expect(report.storedBytes[1]).toBeLessThan(report.storedBytes[0]! / 4)
    expect(report.events.at(-1)).toBe('run-end')
  })

  test('leaves a repository that Node restores', async () => {
    const store = { objects: new Map(report.objects), created: true }
    const source = memorySource()
    const runtime = { ...nodeRuntime, openState: portableRuntime.openState }
    const providers = [memoryProvider({ store })]
    const backup = createBackup({ source, providers, keys: passphrase(secret), runtime })
    await backup.restore('latest', { to: 'node' })
    expect(Buffer.compare(source.places.get('node')!.get('notes')!, report.saved)).toBe(0)
  })
})

test('a page looks into backups of a database that Node has made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'store.db')
  const store = new DatabaseSync(path)
  store.exec(`CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO products SELECT i, 'Product ' || i FROM n`)
  const place = memoryProvider()
  const secret = 'correct horse battery staple'
  const runtime = { ...nodeRuntime, openState: portableRuntime.openState }
  const backup = createBackup({ source: pageFile(path, { pageBytes: 4096 }), providers: [place], keys: passphrase(secret, { memoryKiB: 8192, passes: 1 }), runtime })
  await backup.init()
  const { id } = await backup.run()
  store.exec(`UPDATE products SET name = 'Spade' WHERE id = 501`)
  store.close()
  await backup.run()

  const wasm = readFileSync(fileURLToPath(import.meta.resolve('@journeyapps/wa-sqlite/dist/wa-sqlite-async.wasm')))
  const page = (await load(`export * from './travel.ts'`)) as { lookInto: typeof lookInto }
  const { tables, rows, changes } = await page.lookInto(place.objects, wasm, secret, id)
  expect(tables.map(({ name }) => name)).toEqual(['products'])
  expect(rows).toEqual([{ id: 500, name: 'Product 500' }, { id: 501, name: 'Spade' }, { id: 502, name: 'Product 502' }])
  expect(changes).toMatchObject([{ change: 'changed', before: { name: 'Product 501' }, after: { name: 'Spade' } }])
})

/** Bundles, and runs the bundle in a world that has what browsers have, and nothing of Node. */
async function load(contents: string, more: object = {}): Promise<unknown> {
  const { outputFiles } = await bundle(contents)
  return runInNewContext(`${outputFiles?.[0]?.text}; bundled`, { ...web, ...more })
}

function bundle(contents: string): Promise<BuildResult> {
  return build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    globalName: 'bundled',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
  })
}
