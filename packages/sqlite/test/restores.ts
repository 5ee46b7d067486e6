import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import type { BackupSource, RestoreContext, RestoreSink, RestoredPlace } from '@backup/core'
import { sqlite } from '../src/index.ts'
import { type Snapshot, openDatabase, rows, takeSnapshot, type workspace } from './snapshots.ts'

type Workspace = ReturnType<typeof workspace>

export interface RestoreOptions {
  readonly to?: string
  readonly overwrite: boolean
  readonly signal?: AbortSignal
  readonly onWarning?: (message: string) => void
}

/**
 * Restores a snapshot as an engine would: fills the file that the source asks for, then commits, or aborts.
 */
export async function restoreOf(
  source: BackupSource,
  snapshot: Snapshot,
  options: RestoreOptions,
): Promise<RestoredPlace> {
  const sink = await source.restore(contextOf(snapshot, options))
  try {
    await fill(sink, snapshot)
    return await sink.commit()
  } catch (error) {
    await sink.abort()
    throw error
  }
}

export function contextOf(
  { proof }: Snapshot,
  { to, overwrite, signal, onWarning }: RestoreOptions,
): RestoreContext {
  return {
    overwrite,
    proof,
    ...(to === undefined ? {} : { to }),
    ...(signal ? { signal } : {}),
    warn: (message) => onWarning?.(message),
  }
}

/** Returns the path of the file that was filled. */
export async function fill(sink: RestoreSink, snapshot: Snapshot): Promise<string> {
  const target = await sink.open({
    name: 'database',
    size: Number(snapshot.proof.pageCount) * Number(snapshot.proof.pageBytes),
  })
  if (target.kind !== 'file') throw new Error(`unexpected target: ${target.kind}`)
  writeFileSync(target.path, readFileSync(snapshot.path))
  return target.path
}

/** Selects `{ n }` from the table that `rows` fills. */
export const count = 'SELECT count(*) AS n FROM t'

/** One of each kind: with a write-ahead log, and with a rollback journal. */
export const journals = ['WAL', 'DELETE'] as const

/** A database with 4,000 rows of which a snapshot has 3,000; closed. */
export async function changedStore(place: Workspace, journal: string, pragmas = ''): Promise<Snapshot> {
  const path = place.file('store.db')
  openDatabase(path, `${pragmas}; PRAGMA journal_mode = ${journal}; ${rows(3000, 300)}`).close()
  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  openDatabase(path, `${rows(1000, 300, 9000)}; UPDATE t SET text = 'changed' WHERE id % 10 = 0`).close()
  return snapshot
}

/** Files beside a live database that do not belong there; snapshots of the test aside. */
export function leftIn(place: Workspace): string[] {
  return readdirSync(place.folder).filter(
    (name) => !/^(scratch|store\.db|store\.db-wal|store\.db-shm|snapshot-.*)$/.test(name),
  )
}

/** What a shell script prints. */
export async function inAnotherProcess(script: string, ...args: string[]): Promise<string> {
  const child = spawn('sh', ['-c', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  await once(child, 'close')
  return output
}
