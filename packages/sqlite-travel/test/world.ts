import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Backup, type BackupProvider, type BackupSource, createBackup, rawKey } from '@backup/core'
import { type MemoryProvider, memoryProvider } from '@backup/core/testing'
import { sqlite } from '@backup/sqlite'
import { onTestFinished } from 'vitest'
import type { Row, SqlValue } from '../src/index.ts'

/** A database, its backups in memory, and what was read of them. */
export interface World {
  readonly folder: string
  readonly path: string
  readonly live: DatabaseSync
  readonly place: MemoryProvider
  readonly read: { bytes: number; requests: number }
  readonly backup: Backup
  /** As another process sees it, that knows nothing yet. */
  stranger(change?: (provider: BackupProvider) => BackupProvider): Backup
  /** What a restore brings back. */
  restored(snapshot: string): Promise<DatabaseSync>
}

const keys = rawKey(new Uint8Array(32).fill(7))

export async function world(prepare: string, source: (path: string) => BackupSource = sqlite): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-travel-'))
  const path = join(folder, 'store.db')
  const live = new DatabaseSync(path)
  live.exec(prepare)
  const place = memoryProvider()
  const read = { bytes: 0, requests: 0 }
  const counted: BackupProvider = {
    ...place,
    async get(...call) {
      const bytes = await place.get(...call)
      read.bytes += bytes.length
      read.requests++
      return bytes
    },
  }
  const opened: Backup[] = []
  const open = (provider: BackupProvider, state: string): Backup => {
    const backup = createBackup({ source: source(path), providers: [provider], keys, state: join(folder, state) })
    opened.push(backup)
    return backup
  }
  const backup = open(counted, 'state')
  await backup.init()
  onTestFinished(async () => {
    for (const one of opened) await one.close()
    if (live.isOpen) live.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    folder,
    path,
    live,
    place,
    read,
    backup,
    stranger: (change = (provider) => provider) => open(change(counted), `stranger-${opened.length}`),
    async restored(snapshot) {
      const to = join(folder, `restored-${snapshot.slice(0, 12)}-${opened.length}-${Math.random()}.db`)
      await backup.restore(snapshot, { to })
      const database = new DatabaseSync(to)
      onTestFinished(() => database.close())
      return database
    },
  }
}

/** The same answer, from SQLite in Node. */
export function answer(database: DatabaseSync, sql: string, params: readonly SqlValue[] = []): Row[] {
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  return statement.all(...(params as never[])).map((row) => plain(row as Row))
}

/** Whole numbers as numbers where they fit, as ours come. */
function plain(row: Row): Row {
  const value = (one: SqlValue): SqlValue => (typeof one === 'bigint' && Number.isSafeInteger(Number(one)) ? Number(one) : one instanceof Uint8Array ? Uint8Array.from(one) : one)
  return Object.fromEntries(Object.entries(row).map(([name, one]) => [name, value(one)]))
}

/** Random numbers from 0 to 1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
