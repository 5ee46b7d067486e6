import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, sep } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { chromiumIsThere, type OpenedChromium, openChromium } from '@backup-internal/fakes/chromium'
import { createBackup, passphrase } from '@backup/core'
import { nodeRuntime, pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Found, Task } from './travel-page.ts'

// A repository that Node made lies on a web server. Chromium looks into it, with a bundle as esbuild makes it.

const hasChromium = chromiumIsThere()
const secret = 'correct horse battery staple'
const wasm = fileURLToPath(import.meta.resolve('@journeyapps/wa-sqlite/dist/wa-sqlite-async.wasm'))
const snapshots: string[] = []
let chromium: OpenedChromium
let folder: string
let server: Server
/** What was asked for, and how many bytes of objects went out. */
let sent = { paths: [] as string[], objectBytes: 0 }
let storedBytes = 0
let databaseBytes = 0

beforeAll(async () => {
  if (!hasChromium) return
  folder = await mkdtemp(join(tmpdir(), 'backup-looking-'))
  await makeRepository()
  await build({
    entryPoints: [join(import.meta.dirname, 'travel-page.ts'), join(import.meta.dirname, 'travel-worker.ts')],
    outdir: join(folder, 'site'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    loader: { '.wasm': 'file' },
    logLevel: 'silent',
  })
  await copyFile(wasm, join(folder, 'site/wa-sqlite-async.wasm'))
  server = createServer((request, response) => {
    answer(request.url!, request.headers.range).then(
      ({ status, headers, body }) => response.writeHead(status, { ...policy, ...headers }).end(request.method === 'HEAD' ? undefined : body),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  chromium = await openChromium()
})
afterAll(async () => {
  await chromium?.close()
  server?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

async function makeRepository(): Promise<void> {
  const path = join(folder, 'store.db')
  const store = new DatabaseSync(path)
  store.exec('CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price INTEGER, picture BLOB); BEGIN')
  const product = store.prepare('INSERT INTO products VALUES (?, ?, ?, ?)')
  for (let id = 1; id <= 20_000; id++) product.run(id, `Product ${id}`, 2 ** 40 + id, randomBytes(1000))
  store.exec('COMMIT')
  const keys = passphrase(secret, { memoryKiB: 8192, passes: 1 })
  const backup = createBackup({ source: pageFile(path, { pageBytes: 4096 }), providers: [local(join(folder, 'objects'))], keys, runtime: nodeRuntime, state: join(folder, 'state') })
  await backup.init()
  snapshots.push((await backup.run()).id)
  store.exec(`UPDATE products SET name = 'Spade' WHERE id = 12345; DELETE FROM products WHERE id = 19999`)
  store.close()
  snapshots.push((await backup.run()).id)
  await backup.close()
  databaseBytes = (await stat(path)).size
  for (const { size } of await listed('')) storedBytes += size
}

/** As strict as WebAssembly can live with. */
const policy = { 'content-security-policy': `default-src 'none'; connect-src 'self'; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'` }

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string | number>
  readonly body: string | Uint8Array
}

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm' }

async function answer(url: string, range: string | undefined): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  sent.paths.push(pathname)
  if (pathname === '/') return { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>a shop</title>' }
  if (pathname === '/list') return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(await listed(searchParams.get('prefix')!)) }
  if (!pathname.startsWith('/objects/')) return { status: 200, headers: { 'content-type': types[extname(pathname)] ?? '' }, body: await readFile(join(folder, 'site', pathname)) }
  const body = await part(join(folder, pathname), range)
  sent.objectBytes += body.length
  return { status: range === undefined ? 200 : 206, headers: { 'content-length': body.length }, body }
}

async function part(path: string, range: string | undefined): Promise<Uint8Array> {
  const [first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '')?.slice(1).map(Number) ?? []
  if (first === undefined || last === undefined) return readFile(path)
  await using file = await open(path)
  const { bytesRead, buffer } = await file.read(Buffer.alloc(last - first + 1), 0, last - first + 1, first)
  return buffer.subarray(0, bytesRead)
}

async function listed(prefix: string): Promise<{ key: string; size: number }[]> {
  const root = join(folder, 'objects')
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const keys = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll(sep, '/'))
  const wanted = keys.filter((key) => key.startsWith(prefix) && !key.startsWith('.'))
  return Promise.all(wanted.map(async (key) => ({ key, size: (await stat(join(root, key))).size })))
}

const inWindow = (task: Task): string => `import('/travel-page.js').then(({ carryOut }) => carryOut(${JSON.stringify(task)}))`
const inWorker = (task: Task): string => `new Promise((resolve, reject) => {
  const worker = new Worker('/travel-worker.js', { type: 'module' })
  worker.onerror = ({ message }) => reject(new Error(message))
  worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.found))
  worker.postMessage(${JSON.stringify(task)})
})`

describe.skipIf(!hasChromium).each([
  ['a window that is told the address of the WebAssembly', inWindow, true],
  ['a worker that is told the address of the WebAssembly', inWorker, true],
  ['a window with the WebAssembly beside its script', inWindow, false],
  ['a worker with the WebAssembly beside its script', inWorker, false],
] as const)('%s', (_, carriedOut, isTold) => {
  const name = isTold ? /^\/wa-sqlite-async-\w+\.wasm$/ : /^\/wa-sqlite-async\.wasm$/
  let ask: (task: Omit<Task, 'secret' | 'isTold'>) => Promise<Found>
  beforeEach(async () => {
    const context = await chromium.browser.newContext()
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    sent = { paths: [], objectBytes: 0 }
    ask = (task) => page.evaluate<Found>(carriedOut({ secret, isTold, ...task }))
    return () => context.close()
  })

  test('finds a row by its key, and fetches little of what is stored', async () => {
    const { rows, isWindow } = await ask({ lookUp: { snapshot: snapshots[0]!, id: 12_345 } })
    expect(rows).toEqual([{ id: 12_345, name: 'Product 12345', price: 2 ** 40 + 12_345, size: 1000 }])
    expect(isWindow).toBe(carriedOut === inWindow)
    expect(storedBytes).toBeGreaterThan(20_000_000)
    expect(databaseBytes).toBeGreaterThan(20_000_000)
    expect(sent.objectBytes).toBeGreaterThan(4096)
    expect(sent.objectBytes).toBeLessThan(2_000_000)
    expect(sent.paths.filter((path) => path.endsWith('.wasm'))).toEqual([expect.stringMatching(name)])
  })

  test('says what is missing where the WebAssembly is not', async () => {
    const file = (await readdir(join(folder, 'site'))).find((path) => name.test(`/${path}`))!
    const [there, away] = [join(folder, 'site', file), join(folder, 'away.wasm')]
    await rename(there, away)
    try {
      await expect(ask({ lookUp: { snapshot: 'latest', id: 1 } })).rejects.toThrow(`/${file} answers with 404`)
    } finally {
      await rename(away, there)
    }
  })

  test('compares two snapshots row by row', async () => {
    const { changes } = await ask({ compare: { from: snapshots[0]!, to: 'latest' } })
    expect(changes).toMatchObject([
      { change: 'changed', columns: ['name'], before: { id: 12_345, name: 'Product 12345' }, after: { name: 'Spade' } },
      { change: 'removed', before: { id: 19_999 } },
    ])
    expect(sent.objectBytes).toBeLessThan(storedBytes / 4)
  })
})
