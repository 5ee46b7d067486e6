import fs, { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { openDatabase, query, rows, takeSnapshot, workspace } from './snapshots.ts'
import { restoreOf } from './restores.ts'

// Closing any descriptor of a file drops all locks that the process holds on it. So in the host process,
// where the application's connections are, no file of a database may be opened at all.

const source = resolve(import.meta.dirname, '../src')

describe('what runs in the host process', () => {
  const files = reachableFrom('index.ts')

  test('is the public side, and of the reader only what opens nothing', () => {
    const inReader = files.filter((file) => file.startsWith('reader/'))
    expect(inReader).toEqual(['reader/beside.ts', 'reader/refusal.ts'])
    expect(files.length).toBeGreaterThan(inReader.length + 5)
    const all = globSync('**/*.ts', { cwd: source, exclude: (path) => path.endsWith('.test.ts') })
    expect(all.length).toBeGreaterThan(files.length + 15)
  })

  test('loads no SQLite', () => {
    expect(
      files.filter((file) => /(from|import\() ?'(node:sqlite|better-sqlite3)'/.test(textOf(file))),
    ).toEqual([])
  })

  test('opens files only where it makes new ones', () => {
    const opening =
      /(?<!async )\b(open|readFile|copyFile|appendFile|create(Read|Write)Stream)(Sync)?\([^,)]*/g
    const calls = files.flatMap((file) =>
      [...textOf(file).matchAll(opening)].map(([call]) => `${file}: ${call}`),
    )
    expect(calls).toEqual(['host/snapshot.ts: readFile((await result', 'restore/sink.ts: open(restored'])
  })
})

test("the application's locks are still there after a backup, a check and a restore", async () => {
  using place = workspace()
  const path = place.file('store.db')
  const app = openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(5000, 500)}`)
  const reader = openDatabase(path, 'BEGIN; SELECT count(*) FROM t')
  const before = locksOn(path)
  expect(before.length).toBeGreaterThan(2)
  const database = sqlite(path, { busyTimeoutMs: 5000 })
  const snapshot = await takeSnapshot(database, place.scratch)
  expect(locksOn(path)).toEqual(before)
  await database.check?.({ place: path, requiresRestart: false }, {})
  expect(locksOn(path)).toEqual(before)
  reader.exec('COMMIT')
  await restoreOf(database, snapshot, { overwrite: true })
  reader.exec('BEGIN; SELECT count(*) FROM t')
  expect(locksOn(path).length).toBe(before.length)
  reader.close()
  app.close()
})

test('no call that opens a file names one of the database', async () => {
  using place = workspace()
  const path = place.file('store.db')
  const app = openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(500, 500)}`)
  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  const opened = recordOpening()
  await takeSnapshot(sqlite(path), place.scratch, { last: snapshot })
  await sqlite(path).check?.({ place: path, requiresRestart: false }, {})
  await restoreOf(sqlite(path), snapshot, { overwrite: true })
  await restoreOf(sqlite(path), snapshot, { overwrite: false, to: place.file('other.db') })
  expect(opened.some((name) => name.includes('sqlite-'))).toBe(true)
  expect(opened.some((name) => name.includes('.partial-'))).toBe(true)
  const names = [path, place.file('other.db')].flatMap((name) => [
    name,
    `${name}-wal`,
    `${name}-shm`,
    `${name}-journal`,
  ])
  expect(opened.filter((name) => names.includes(name))).toEqual([])
  expect(query(path, 'SELECT count(*) AS n FROM t')).toEqual([{ n: 500 }])
  app.close()
})

const undo: (() => void)[] = []

afterEach(() => {
  for (const step of undo.splice(0)) step()
  syncBuiltinESMExports()
})

/** From now on, every path that is handed to a function of `fs` that opens it. */
function recordOpening(): string[] {
  const opened: string[] = []
  const opening =
    /^(open|readFile|copyFile|writeFile|appendFile|cp|createReadStream|createWriteStream|truncate)(Sync)?$/
  for (const holder of [fs, fs.promises] as unknown as Record<string, (...args: unknown[]) => unknown>[]) {
    for (const name of Object.keys(holder).filter((key) => opening.test(key))) {
      const original = holder[name] as (...args: unknown[]) => unknown
      holder[name] = function (this: unknown, ...args: unknown[]) {
        opened.push(...args.filter((arg) => typeof arg === 'string'))
        return original.apply(this, args)
      }
      undo.push(() => void (holder[name] = original))
    }
  }
  syncBuiltinESMExports()
  return opened
}

/** The locks of this process on a database and its shared memory, as the kernel tells. */
function locksOn(path: string): string[] {
  const inodes = [path, `${path}-shm`]
    .filter((file) => existsSync(file))
    .map((file) => `:${statSync(file).ino} `)
  // The list comes in pieces: when other processes lock something meanwhile, one reading may repeat or miss a line.
  const readings = Array.from({ length: 5 }, () => readFileSync('/proc/locks', 'utf8').split('\n'))
  const own = readings
    .flat()
    .filter((line) => line.includes(` ${process.pid} `) && inodes.some((inode) => line.includes(inode)))
  return [...new Set(own.map((line) => line.replace(/^\d+: /, '')))].sort()
}

function reachableFrom(entry: string): string[] {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    for (const [, specifier = ''] of textOf(file).matchAll(
      /^(?:import|export) (?!type )[^']*from '(\.[^']*)'/gms,
    ))
      visit(join(dirname(file), specifier))
  }
  visit(entry)
  return [...found].sort()
}

function textOf(file: string): string {
  return readFileSync(join(source, file), 'utf8')
}
