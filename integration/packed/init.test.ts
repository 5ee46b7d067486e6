import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PublishedPackage, type Registry, startRegistry } from './registry.ts'
import { steady } from './recording.ts'
import { openTerminal } from './terminal.ts'

// Somebody who has read nothing: an empty folder with a database, `npm install`, `npx backup init`, and Enter. What they see is
// kept in docs/recordings/init.txt; this says whether it is still so. After a change: vitest run integration/packed/init.test.ts -u

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const recording = join(root, 'docs/recordings/init.txt')
const packed = mkdtempSync(join(tmpdir(), 'backup-registry-'))
const shop = realpathSync(mkdtempSync(join(tmpdir(), 'backup-init-')))
const names = ['cli', 'core', 'local', 'sqlite']
const minute = 60_000
let registry: Registry

beforeAll(async () => {
  const packages = await Promise.all(
    names.map(async (name): Promise<PublishedPackage> => {
      const tarball = join(packed, `${name}.tgz`)
      await run('pnpm', ['pack', '--out', tarball], { cwd: join(root, 'packages', name) })
      const { stdout } = await run('tar', ['-xzOf', tarball, 'package/package.json'])
      return { manifest: JSON.parse(stdout) as PublishedPackage['manifest'], tarball }
    }),
  )
  registry = await startRegistry(packages)
  makeShop()
}, minute)

afterAll(() => {
  registry.close()
  for (const folder of [packed, shop]) rmSync(folder, { recursive: true })
})

test('an empty folder comes to a backup that was restored for a trial, without anything read', { timeout: 2 * minute }, async () => {
  const terminal = openTerminal({ cwd: shop, env: environment(), columns: 100, patienceMs: minute / 2 })
  await terminal.shows('$')
  const command = async (line: string): Promise<void> => {
    terminal.type(`${line}\n`)
    await terminal.shows(line)
  }
  const answer = async (question: string, keys: string): Promise<void> => {
    await terminal.shows(question)
    terminal.type(keys)
  }
  await command('npm install @backup/cli')
  await terminal.shows('$')
  await command('npx backup init')
  await answer('What is to be backed up?', '\r')
  await answer('Where to?', '\r')
  await answer('Which passphrase opens them?', '\r')
  await answer('What is to be kept?', '\r')
  await answer('How often?', '\r')
  await answer('Install what is missing?', '\r')
  await answer('Have you written it down?', '\r')
  await terminal.shows('What you can do next')
  await terminal.shows('$')
  await command('npx backup list')
  await terminal.shows('$')
  await command('npx backup restore --to restored.db')
  await terminal.shows('restored to')
  await terminal.shows('$')
  const text = await terminal.text()
  await terminal.close()

  // Node before 22.18 reads TypeScript only when it is told to: the command starts itself once more.
  const untyped = ['--no-experimental-strip-types', 'node_modules/@backup/cli/dist/bin.js', 'list', '--json']
  const { stdout } = await run(process.execPath, untyped, { cwd: shop, env: environment(), timeout: minute / 2 })
  expect(JSON.parse(stdout).jobs[0].result).toHaveLength(1)

  expect(invoices('restored.db')).toBe(invoices('shop.db'))
  expect(statSync(join(shop, '.backup-passphrase')).mode & 0o777).toBe(0o600)
  const passphrase = readFileSync(join(shop, '.backup-passphrase'), 'utf8').trim()
  expect(text).not.toContain(passphrase)
  expect(readFileSync(join(shop, 'backup.config.ts'), 'utf8')).not.toContain(passphrase)
  expect(existsSync(join(shop, 'backups/restore/1/restore.mjs'))).toBe(true)
  await expect(steady(text.replace(/\n\$$/, ''), shop)).toMatchFileSnapshot(recording)
})

function makeShop(): void {
  const db = new DatabaseSync(join(shop, 'shop.db'))
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE invoice (id INTEGER PRIMARY KEY, total REAL)')
  const invoice = db.prepare('INSERT INTO invoice VALUES (?, ?)')
  const customer = db.prepare('INSERT INTO customer VALUES (?, ?)')
  db.exec('BEGIN')
  for (let id = 1; id <= 5000; id++) invoice.run(id, id * 1.5)
  for (let id = 1; id <= 400; id++) customer.run(id, `Customer ${id}`)
  db.exec('COMMIT')
  db.close()
}

function invoices(name: string): unknown {
  const db = new DatabaseSync(join(shop, name), { readOnly: true })
  try {
    return JSON.stringify(db.prepare('SELECT count(*) AS count, sum(total) AS total FROM invoice').get())
  } finally {
    db.close()
  }
}

/** A project of its own: only npm's cache and registry are those of the machine. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, http_proxy, https_proxy, no_proxy, NODE_EXTRA_CA_CERTS } = process.env
  writeFileSync(join(shop, '.npmrc'), `@backup:registry=${registry.url}\nprefer-offline=true\nupdate-notifier=false\nfund=false\naudit=false\n`)
  return {
    PATH, HOME: homedir(), XDG_CACHE_HOME: join(shop, '.cache'), LANG: 'C.UTF-8',
    ...Object.fromEntries(Object.entries({ http_proxy, https_proxy, no_proxy, NODE_EXTRA_CA_CERTS }).filter(([, value]) => value !== undefined)),
  }
}
