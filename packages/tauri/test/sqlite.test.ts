import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Backup, createBackup, passphrase } from '@backup/core'
import { type SourceFixture, sourceSuite } from '@backup/core/testing'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { BaseDirectory } from '@tauri-apps/plugin-fs'
import Database from '@tauri-apps/plugin-sql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tauriFolder, tauriSqlite } from '../src/index.ts'
import { type App, startApp } from './app.ts'

const address = 'sqlite:store.db'
const keys = passphrase('open sesame', { memoryKiB: 8192, passes: 1 })

describe('as a source like any other', () => {
  sourceSuite({ describe, test }, fixture, { timeoutMs: 180_000 })
})

async function fixture(): Promise<SourceFixture> {
  const app = startApp()
  const database = await storeWith(300)
  mkdirSync(join(app.root, 'restored'))
  mkdirSync(app.directory(BaseDirectory.AppCache, 'backup'), { recursive: true })
  let [changes, places] = [0, 0]
  return {
    source: tauriSqlite(database),
    async change() {
      changes += 1
      await database.execute('UPDATE invoice SET text = $1 WHERE id % 90 = $2', [`change ${changes}`, String(changes)])
      await database.execute('INSERT INTO invoice (text) VALUES ($1)', [`new ${changes}`])
    },
    freshPlace: () => join(app.root, `restored/${(places += 1)}.db`),
    contents: async (path) => (existsSync(path) ? { database: new Uint8Array(readFileSync(path)) } : undefined),
    traces: async () => readdirSync(app.root, { recursive: true, encoding: 'utf8' }).filter((name) => !/store\.db-(wal|shm)$/.test(name)),
    dispose: async () => app[Symbol.dispose](),
  }
}

async function storeWith(rows: number): Promise<Database> {
  const database = await Database.load(address)
  await database.select('PRAGMA journal_mode = WAL')
  await database.execute('CREATE TABLE invoice (id INTEGER PRIMARY KEY, text TEXT)')
  await database.execute(`INSERT INTO invoice (text) SELECT hex(randomblob(200)) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i FROM n)`)
  return database
}

describe('in an application', () => {
  let app: App
  let store: Database
  let backup: Backup
  beforeEach(async () => {
    app = startApp()
    store = await storeWith(2000)
    backup = createBackup({ source: tauriSqlite(address), providers: [tauriFolder('backups', { baseDir: BaseDirectory.AppData })], keys, state: app.root })
    await backup.init()
  })
  afterEach(async () => {
    await backup.close()
    app[Symbol.dispose]()
  })
  const count = async (database = store): Promise<number> => (await database.select<{ n: number }[]>('SELECT count(*) AS n FROM invoice'))[0]!.n
  const storeFile = (suffix = ''): string => app.directory(BaseDirectory.AppConfig, `store.db${suffix}`)

  test('the live database is restored over itself: a copy is kept, and the application goes on with what it has', async () => {
    const { id } = await backup.run()
    await store.execute('DELETE FROM invoice WHERE id > 10')
    const { safetyCopy, requiresRestart } = await backup.restore(id, { overwrite: true, check: true })
    expect(requiresRestart).toBe(false)
    expect(await count()).toBe(2000)
    const kept = new DatabaseSync(safetyCopy!, { readOnly: true })
    expect(kept.prepare('SELECT count(*) AS n FROM invoice').get()).toEqual({ n: 10 })
    kept.close()
    await store.execute('INSERT INTO invoice (text) VALUES ($1)', ['on we go'])
    expect(await count()).toBe(2001)
  })

  test('a snapshot is one committed state while others write, and little is stored of what did not change', async () => {
    const first = await backup.run()
    await store.execute(`INSERT INTO invoice (text) VALUES ('one more')`)
    const second = await backup.run()
    expect(second.storedBytes).toBeLessThan(first.storedBytes / 4)
    expect((await backup.verify({ depth: 'data' })).problems).toEqual([])
    const cache = app.directory(BaseDirectory.AppCache, 'backup')
    expect(readdirSync(cache)).toEqual([])
  })

  test('Node restores what the application stored, with the sources and providers of Node', async () => {
    const { id } = await backup.run()
    const onNode = createBackup({ source: sqlite(join(app.root, 'unused.db')), providers: [local(app.directory(BaseDirectory.AppData, 'backups'))], keys, state: join(app.root, 'state') })
    const to = join(app.root, 'on-node.db')
    await onNode.restore(id, { to, check: true })
    await onNode.close()
    const restored = new DatabaseSync(to, { readOnly: true })
    expect(restored.prepare('SELECT count(*) AS n FROM invoice').get()).toEqual({ n: 2000 })
    restored.close()
  })

  test('the application restores what Node stored', async () => {
    const folder = app.directory(BaseDirectory.AppData, 'from-node')
    const onNode = createBackup({ source: sqlite(storeFile()), providers: [local(folder)], keys, state: join(app.root, 'state') })
    await onNode.init()
    const { id } = await onNode.run()
    await onNode.close()
    await store.execute('DELETE FROM invoice')
    const inApp = createBackup({ source: tauriSqlite(address), providers: [tauriFolder(folder)], keys, state: app.root })
    await inApp.restore(id, { overwrite: true })
    await inApp.close()
    expect(await count()).toBe(2000)
  })

  test('what SQLite finds damaged never takes the place of the live database', async () => {
    const copy = join(app.root, 'copy.db')
    await store.execute('VACUUM INTO $1', [copy])
    const source = tauriSqlite(address)
    const sink = await source.restore({ overwrite: true, proof: { complete: true }, warn: () => {} })
    const damaged = new Uint8Array(readFileSync(copy))
    damaged.fill(0xff, 4096, 6000)
    const target = await sink.open({ name: 'database', size: damaged.length })
    if (target.kind !== 'bytes') throw new Error(`It takes ${target.kind}.`)
    await target.write(damaged)
    await expect(sink.commit()).rejects.toMatchObject({ kind: expect.stringMatching(/corrupt|source/) as string })
    await sink.abort()
    expect(readdirSync(app.directory(BaseDirectory.AppConfig)).filter((name) => /restor/.test(name))).toEqual([])
    expect(await count()).toBe(2000)
  })

  test('a database that another program holds is not replaced, and stays open', async () => {
    const { id } = await backup.run()
    const other = new DatabaseSync(storeFile())
    other.exec(`PRAGMA journal_mode = WAL; INSERT INTO invoice (text) VALUES ('by the other')`)
    await expect(backup.restore(id, { overwrite: true })).rejects.toMatchObject({ kind: 'busy', message: expect.stringContaining('Another program') })
    expect(await count()).toBe(2001)
    other.close()
    await backup.restore(id, { overwrite: true })
    expect(await count()).toBe(2000)
  })

  /** What the application can do in between. */
  const restoring = async (id: string, step: (command: string) => Promise<void> | void): Promise<unknown> => {
    app.between(step)
    const done = await backup.restore(id, { overwrite: true }).catch((error: unknown) => error)
    app.between(undefined)
    return done
  }
  const setJournal = async (mode: string): Promise<void> => {
    await store.close(address)
    const alone = new DatabaseSync(storeFile())
    expect(alone.prepare(`PRAGMA journal_mode = ${mode}`).get()).toEqual({ journal_mode: mode.toLowerCase() })
    alone.close()
    await Database.load(address)
  }
  const textsIn = (path: string): string[] => {
    const database = new DatabaseSync(path)
    const rows = database.prepare('SELECT text FROM invoice').all()
    database.close()
    return rows.map(({ text }) => String(text))
  }

  test.each(['WAL', 'DELETE'])('everything that was written during a restore is in the safety copy, and what can no longer be is refused (%s)', async (mode) => {
    const { id } = await backup.run()
    await setJournal(mode)
    const written: string[] = []
    const refused: string[] = []
    const done = await restoring(id, async (command) => {
      const text = `during ${command} ${written.length + refused.length}`
      await store.execute('INSERT INTO invoice (text) VALUES ($1)', [text]).then(
        () => written.push(text),
        () => refused.push(text),
      )
    })
    expect(done).toMatchObject({ safetyCopy: expect.any(String) })
    expect(refused.some((text) => text.includes('copy_file'))).toBe(true)
    expect(refused.some((text) => text.includes('rename'))).toBe(true)
    expect(written.length).toBeGreaterThan(5)
    const kept = textsIn((done as { safetyCopy: string }).safetyCopy)
    const now = textsIn(storeFile())
    // What came after it is in the new one.
    expect(written.filter((text) => !kept.includes(text) && !now.includes(text))).toEqual([])
    expect(kept).toHaveLength(2000 + written.length - (now.length - 2000))
  })

  test('a part of the application that opens the database in between keeps what it writes', async () => {
    const { id } = await backup.run()
    let came = 0
    const done = await restoring(id, async (command) => {
      if (command !== 'plugin:fs|copy_file') return
      const own = await Database.load(address)
      await own.execute(`INSERT INTO invoice (text) VALUES ('in between')`)
      came++
    })
    expect(came).toBe(1)
    expect(done).toMatchObject({ kind: 'busy', message: expect.stringContaining('Another program') })
    expect(await count()).toBe(2001)
    expect(readdirSync(app.directory(BaseDirectory.AppConfig)).filter((name) => /restor/.test(name))).toEqual([])
  })

  test.each(['WAL', 'DELETE'])('wherever the application ends, the old database or the new one is whole and in its place (%s)', async (mode) => {
    const { id } = await backup.run()
    await setJournal(mode)
    await store.execute('DELETE FROM invoice WHERE id > 10')
    const ends: string[] = []
    const end = (command: string): void => {
      const to = join(app.root, `ended-${ends.length}`)
      cpSync(app.directory(BaseDirectory.AppConfig), to, { recursive: true })
      ends.push(`${to} ${command}`)
    }
    const done = await restoring(id, end)
    end('after it')
    expect(done).toMatchObject({ requiresRestart: false })
    const seen = ends.map((one) => {
      const folder = one.split(' ')[0]!
      const rows = textsIn(join(folder, 'store.db')).length
      // A copy that has its name is whole.
      for (const name of readdirSync(folder).filter((file) => file.includes('.before-restore-'))) expect(textsIn(join(folder, name))).toHaveLength(10)
      const hasCopy = readdirSync(folder).some((file) => file.includes('.before-restore-'))
      return rows === 2000 ? (hasCopy ? 'new, old kept' : 'new') : rows === 10 ? 'old' : `${rows} rows at ${one}`
    })
    expect(new Set(seen)).toEqual(new Set(['old', 'new, old kept']))
    expect(seen.lastIndexOf('old')).toBeLessThan(seen.indexOf('new, old kept'))
    expect(ends.map((one) => one.split(' ')[1])).toContain('plugin:fs|copy_file')
  })

  test('a live database that is damaged is replaced, and kept as it is', async () => {
    const { id } = await backup.run()
    await store.close(address)
    writeFileSync(storeFile(), 'nothing that SQLite knows, but long enough to look like something; '.repeat(100))
    const { safetyCopy } = await backup.restore(id, { overwrite: true, check: true })
    expect(readFileSync(safetyCopy!, 'utf8')).toMatch(/^nothing that SQLite knows/)
    expect(await count()).toBe(2000)
  })

  test('what a crash left half done is finished before the database is kept', async () => {
    const { id } = await backup.run()
    await setJournal('DELETE')
    await store.execute(`UPDATE invoice SET text = 'before'`)
    await store.close(address)
    const crashed = join(app.root, 'crashed.db')
    const other = new DatabaseSync(storeFile())
    // So small a cache that pages are written before the transaction is over.
    other.exec(`PRAGMA cache_size = 5; BEGIN; UPDATE invoice SET text = 'half done' || hex(randomblob(200))`)
    copyFileSync(storeFile(), crashed)
    expect(readFileSync(crashed).includes('half done')).toBe(true)
    copyFileSync(storeFile('-journal'), `${crashed}-journal`)
    other.exec('ROLLBACK')
    other.close()
    copyFileSync(crashed, storeFile())
    copyFileSync(`${crashed}-journal`, storeFile('-journal'))
    const { safetyCopy } = await backup.restore(id, { overwrite: true, check: true })
    expect(new Set(textsIn(safetyCopy!))).toEqual(new Set(['before']))
    expect(new Set(textsIn(storeFile())).size).toBe(2000)
  })

  test('a database that cannot be opened again is told to need a restart, and is restored', async () => {
    const { id } = await backup.run()
    await store.execute('DELETE FROM invoice WHERE id > 10')
    let isCopied = false
    const done = await restoring(id, (command) => {
      isCopied ||= command === 'plugin:fs|copy_file'
      if (isCopied && command === 'plugin:fs|rename') app.fail('plugin:sql|load', 'too many open files (os error 24)', 1)
    })
    expect(app.failures()).toBe(1)
    expect(done).toMatchObject({ requiresRestart: true })
    expect(textsIn(storeFile())).toHaveLength(2000)
  })

  test.each([0, 1])('a rename that fails leaves the old database, open, and nothing beside it: %i', async (which) => {
    const { id } = await backup.run()
    await store.execute('DELETE FROM invoice WHERE id > 10')
    let renames = 0
    let isCopied = false
    const done = await restoring(id, (command) => {
      isCopied ||= command === 'plugin:fs|copy_file'
      // Those before it are of objects of the repository; the first after it is that of the safety copy.
      if (isCopied && command === 'plugin:fs|rename' && renames++ === which) app.fail('plugin:fs|rename', 'Permission denied (os error 13)', 1)
    })
    expect(done).toMatchObject({ kind: 'auth' })
    expect(app.failures()).toBe(1)
    expect(await count()).toBe(10)
    expect(readdirSync(app.directory(BaseDirectory.AppConfig)).filter((name) => /restor/.test(name))).toEqual([])
  })

  test.each([
    ['busy', 'error returned from database: (code: 5) database is locked'],
    ['quota', 'error returned from database: (code: 13) database or disk is full'],
    ['source', 'error returned from database: (code: 11) database disk image is malformed'],
    ['source', 'error returned from database: (code: 1) something else'],
    ['auth', 'sql.execute not allowed. Permissions associated with this command: sql:allow-execute'],
  ] as const)('%s: %s, and nothing is left behind', async (kind, words) => {
    app.fail('plugin:sql|execute', words)
    await expect(backup.run()).rejects.toMatchObject({ kind, message: expect.stringContaining(words) })
    expect(app.failures()).toBeGreaterThan(0)
    expect(readdirSync(app.directory(BaseDirectory.AppCache, 'backup'))).toEqual([])
  })

  test('a database that is not loaded yet is opened', async () => {
    await store.close(address)
    await backup.run()
    expect(app.commands).toContain('plugin:sql|load')
  })

  test('a file that is no database is no place to check', async () => {
    writeFileSync(join(app.root, 'none.db'), 'not a database at all, but long enough to look like something')
    const found = await tauriSqlite(address).check!({ place: join(app.root, 'none.db'), requiresRestart: false }, {})
    expect(found).toMatchObject({ ok: false, findings: [expect.stringContaining('not a database')] })
  })
})

test.each([
  [() => tauriSqlite('store.db'), 'database'],
  [() => tauriSqlite('sqlite::memory:'), 'database'],
  [() => tauriSqlite('postgres://x'), 'database'],
  [() => tauriSqlite(address, { scratch: 'relative' }), 'scratch'],
  [() => tauriSqlite(address, { path: 7 as never }), 'path'],
])('an option that cannot be is refused: %#', (make, option) => {
  expect(make).toThrow(expect.objectContaining({ kind: 'config', key: option }) as Error)
})
