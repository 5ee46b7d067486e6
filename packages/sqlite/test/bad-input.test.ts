import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { growTo, openDatabase, query, rows, takeSnapshot, workspace } from './snapshots.ts'

type Place = ReturnType<typeof workspace>

describe('what cannot be backed up is named, and nothing is left in the scratch folder', () => {
  const cases: Readonly<
    Record<string, readonly [make: (place: Place, path: string) => void, message: RegExp]>
  > = {
    'a database that is not there': [() => {}, /is not there/],
    'a folder': [(_, path) => mkdirSync(path), /is a folder, not a database/],
    'a link that leads nowhere': [(place, path) => symlinkSync(place.file('gone'), path), /is not there/],
    'a text': [
      (_, path) => writeFileSync(path, 'Dear reader, this is no database at all.'),
      /is no SQLite database, or an encrypted one/,
    ],
    'random bytes': [
      (_, path) => writeFileSync(path, Buffer.alloc(8192, 0xa7)),
      /is no SQLite database, or an encrypted one/,
    ],
    'a header with a page size that cannot be': [
      (_, path) => damaged(path, (bytes) => bytes.writeUInt16BE(1000, 16)),
      /header of the database .* is damaged/,
    ],
  }

  test.each(Object.entries(cases))('%s', async (_, [make, message]) => {
    using place = workspace()
    const path = place.file('store.db')
    make(place, path)
    const before = existsSync(path)
    for (const mode of ['direct', 'copy'] as const) {
      await expect(takeSnapshot(sqlite(path, { mode }), place.scratch)).rejects.toMatchObject({
        name: 'BackupError',
        kind: 'source',
        plugin: 'sqlite',
        key: path,
        message: expect.stringMatching(message),
      })
    }
    expect(existsSync(path)).toBe(before)
    expect(readdirSync(place.scratch)).toEqual([])
  })

  test('a path that no file can have', () => {
    for (const path of ['', 'a\0b', ':memory:', 'file:store.db?mode=memory', undefined as never]) {
      expect(() => sqlite(path)).toThrow(expect.objectContaining({ kind: 'config', key: 'path' }))
    }
  })

  test('options that do not exist', () => {
    const wrong = [
      { driver: 'sqlite3' },
      { mode: 'fast' },
      { busyTimeoutMs: -1 },
      { busyTimeoutMs: 0.5 },
      { quickCheckBudgetMs: -1 },
      { check: true },
    ]
    for (const options of wrong) {
      const [key] = Object.keys(options)
      expect(() => sqlite('store.db', options as never)).toThrow(
        expect.objectContaining({ kind: 'config', key }),
      )
    }
  })

  test('a runtime without a scratch folder', async () => {
    using place = workspace()
    openDatabase(place.file('store.db'), rows(5, 50)).close()
    const open = sqlite(place.file('store.db')).open({ previousState: async () => undefined, warn: () => {} })
    await expect(open).rejects.toMatchObject({ kind: 'unsupported' })
  })
})

describe('a database that is locked', () => {
  test.each(['BEGIN EXCLUSIVE', 'PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT'])(
    'by %s is busy after the time-out',
    async (sql) => {
      using place = workspace()
      const path = place.file('store.db')
      const app = openDatabase(path, rows(5, 50))
      app.exec(sql)
      if (sql.includes('locking_mode')) app.exec(rows(1, 50, 100))
      const started = performance.now()
      await expect(takeSnapshot(sqlite(path, { busyTimeoutMs: 300 }), place.scratch)).rejects.toMatchObject({
        kind: 'busy',
        retryable: true,
        message: expect.stringContaining('300 ms'),
      })
      expect(performance.now() - started).toBeGreaterThan(300)
      app.close()
    },
  )

  test('is waited for', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const app = openDatabase(path, `${rows(5, 50)}; BEGIN EXCLUSIVE; DELETE FROM t WHERE id = 3`)
    setTimeout(() => app.exec('COMMIT'), 700)
    const snapshot = await takeSnapshot(sqlite(path), place.scratch)
    expect(query(snapshot.path, 'SELECT count(*) AS n FROM t')).toEqual([{ n: 4 }])
    app.close()
  })
})

describe('a file that is exchanged while it is read makes no snapshot', () => {
  const acts: Readonly<
    Record<string, readonly [act: (path: string, other: string) => void, message: RegExp]>
  > = {
    replaced: [(path, other) => renameSync(other, path), /was replaced by another file/],
    deleted: [(path) => rmSync(path), /was deleted/],
    'written over': [
      (path, other) => writeFileSync(path, readFileSync(other), { flag: 'r+' }),
      /behind SQLite's back/,
    ],
  }

  test.each(Object.entries(acts))('%s', async (_, [act, message]) => {
    using place = workspace()
    const path = place.file('store.db')
    slowDatabase(path)
    openDatabase(place.file('other.db'), rows(5000, 1000)).close()
    let acted = false
    const taken = takeSnapshot(sqlite(path), place.scratch, {
      onBatch() {
        if (!acted) act(path, place.file('other.db'))
        acted = true
      },
    })
    await expect(taken).rejects.toMatchObject({ kind: 'source', message: expect.stringMatching(message) })
    expect(readdirSync(place.scratch)).toEqual([])
  })
})

test('a log with a flipped bit makes no snapshot', async () => {
  using place = workspace()
  const path = place.file('store.db')
  const app = openDatabase(
    path,
    `PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${rows(500, 300)}`,
  )
  const log = readFileSync(`${path}-wal`)
  log[32 + 24 + 4096 * 3 + 500] = (log[32 + 24 + 4096 * 3 + 500] as number) ^ 4
  // Written by another process: closing the file in this one would drop the locks of `app`.
  const writer = spawn('sh', ['-c', 'cat > "$0"', `${path}-wal`], { stdio: ['pipe', 'inherit', 'inherit'] })
  writer.stdin.end(log)
  await once(writer, 'exit')
  await expect(takeSnapshot(sqlite(path), place.scratch)).rejects.toMatchObject({
    kind: 'source',
    message: expect.stringContaining('log of the database is damaged at frame 4'),
  })
  app.close()
})

test.each([
  ['SIGKILL', 'Run again'],
  ['SIGBUS', 'Look at the disk'],
])('a reader process that is ended by %s makes no snapshot', async (signal, hint) => {
  using place = workspace()
  const path = place.file('store.db')
  slowDatabase(path)
  let killed = 0
  const taken = takeSnapshot(sqlite(path), place.scratch, {
    onBatch() {
      for (const pid of killed ? [] : readersOfThisProcess()) {
        process.kill(pid, signal)
        killed++
      }
    },
  })
  await expect(taken).rejects.toMatchObject({
    kind: 'source',
    message: expect.stringContaining(signal),
    hint: expect.stringContaining(hint),
  })
  expect(killed).toBe(1)
  expect(readdirSync(place.scratch)).toEqual([])
})

test('cancelling ends the reader at once and leaves nothing', async () => {
  using place = workspace()
  const path = place.file('store.db')
  slowDatabase(path)
  const app = openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(100, 1000, 5000)}`)
  for (const when of ['before', 'while opening', 'while reading'] as const) {
    const cancel = new AbortController()
    if (when === 'before') cancel.abort()
    if (when === 'while opening') setTimeout(() => cancel.abort(), 20)
    const taken = takeSnapshot(sqlite(path), place.scratch, {
      signal: cancel.signal,
      onBatch: () => cancel.abort(),
    })
    await expect(taken).rejects.toMatchObject({ kind: 'cancelled' })
    expect(readersOfThisProcess()).toEqual([])
    expect(readdirSync(place.scratch)).toEqual([])
  }
  app.close()
})

test.each(['a backup', 'a check'])('%s that is cancelled leaves a closed database as it was', async (what) => {
  using place = workspace()
  const path = place.file('store.db')
  slowDatabase(path)
  openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(100, 1000, 5000)}`).close()
  const beside = (): string[] => readdirSync(place.folder).filter((name) => name.startsWith('store.db-'))
  expect(beside()).toEqual([])
  const cancel = new AbortController()
  const { signal } = cancel
  const timer = setInterval(() => existsSync(`${path}-wal`) && cancel.abort(), 1)
  const work =
    what === 'a backup'
      ? takeSnapshot(sqlite(path), place.scratch, { signal })
      : sqlite(path).check?.({ place: path, requiresRestart: false }, { signal })
  await expect(work).rejects.toMatchObject({ kind: 'cancelled' })
  clearInterval(timer)
  expect(beside()).toEqual([])
  expect(readersOfThisProcess()).toEqual([])
})

test('what somebody else put beside a database while it was read is left to him', async () => {
  using place = workspace()
  const path = place.file('store.db')
  slowDatabase(path)
  openDatabase(path, 'PRAGMA journal_mode = WAL').close()
  const cancel = new AbortController()
  const apps: DatabaseSync[] = []
  const taken = takeSnapshot(sqlite(path), place.scratch, {
    signal: cancel.signal,
    onBatch() {
      apps.push(openDatabase(path, 'SELECT count(*) FROM t'))
      cancel.abort()
    },
  })
  await expect(taken).rejects.toMatchObject({ kind: 'cancelled' })
  const [app] = apps
  expect(existsSync(`${path}-shm`)).toBe(true)
  app?.exec(rows(1, 10, 100_000))
  expect(query(path, 'SELECT id FROM t WHERE id > 100000')).toEqual([{ id: 100_001 }])
  app?.close()
})

test('a disk that becomes full is a matter of space', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, rows(10_000, 1000)).close()
  // A limit on the size of files: writing fails as it does on a full disk.
  const { code, output } = await inShell('ulimit -f 4000; exec "$0" "$@"', [
    take,
    path,
    place.scratch,
    'direct',
  ])
  expect(output).toMatch(/"kind":"quota"/)
  expect(code).toBe(1)
  expect(readdirSync(place.scratch)).toEqual([])
})

test('a disk that is too small for a first snapshot is seen before anything is written', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, rows(10, 100)).close()
  // A terabyte, all of it a hole.
  growTo(path, 2 ** 40 / 4096, 4096)
  for (const mode of ['direct', 'copy'] as const) {
    await expect(takeSnapshot(sqlite(path, { mode }), place.scratch)).rejects.toMatchObject({
      kind: 'quota',
      message: expect.stringContaining(`${2 ** 40} bytes`),
    })
  }
})

test('a user without rights is told so', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(10, 100)}`).close()
  const taken = async (): Promise<string> =>
    (await inShell(`exec ${mortal} "$0" "$@"`, [take, path, place.scratch, 'direct'])).output

  chmodSync(path, 0o000)
  expect(await taken()).toMatch(/"kind":"source".*cannot be read/)
  // The file may be read, but the shared memory cannot be made beside it.
  chmodSync(path, 0o444)
  chmodSync(place.folder, 0o555)
  expect(await taken()).toMatch(/"kind":"source".*it must be able to write/)
  chmodSync(place.folder, 0o755)
  expect(await taken()).toMatch(/"complete":true/)
})

/** 330 MB, nearly all of it a hole: reading takes a hundred times as long as acting upon the first batch. */
function slowDatabase(path: string): void {
  openDatabase(path, rows(1000, 1000)).close()
  growTo(path, 80_000, 4096)
}

function damaged(path: string, change: (bytes: Buffer) => void): void {
  openDatabase(path, rows(200, 500)).close()
  const bytes = readFileSync(path)
  change(bytes)
  writeFileSync(path, bytes)
}

function readersOfThisProcess(): number[] {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '),
  )
  return children
    .filter((pid) => pid !== '')
    .map(Number)
    .filter((pid) => commandOf(pid).includes('reader/child'))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

const take = fileURLToPath(new URL('./take.ts', import.meta.url))

/** Rights do not bind root, unless he gives up what makes him root. */
const mortal = process.getuid?.() === 0 ? 'setpriv --bounding-set=-dac_override,-dac_read_search' : ''

async function inShell(script: string, args: string[]): Promise<{ code: number | null; output: string }> {
  const flags = ['--disable-warning=ExperimentalWarning']
  const child = spawn('sh', ['-c', script, process.execPath, ...flags, ...args])
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}
