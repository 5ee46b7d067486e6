import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { BackupSource, ConsistencyProof, SourceSnapshot } from '@backup/core'

/**
 * What a test keeps of a snapshot: the database file that the pages make, as an engine would put them
 * together.
 */
export interface Snapshot {
  readonly path: string
  readonly proof: ConsistencyProof
  readonly state: Uint8Array
  readonly incremental: boolean
  /** Pages that were handed out. */
  readonly pages: number
  readonly warnings: readonly string[]
}

export interface SnapshotOptions {
  readonly signal?: AbortSignal
  /** The snapshot before: what is not handed out is taken from there. */
  readonly last?: Snapshot
  /** Called with each batch as it comes. */
  readonly onBatch?: () => void | Promise<void>
}

let made = 0

/** A folder that is removed when the test is over, with a scratch folder inside. */
export function workspace(): Disposable & {
  readonly folder: string
  readonly scratch: string
  file(name: string): string
} {
  const folder = mkdtempSync(join(tmpdir(), 'backup-sqlite-'))
  const scratch = join(folder, 'scratch')
  mkdirSync(scratch)
  return {
    folder,
    scratch,
    file: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export async function takeSnapshot(
  source: BackupSource,
  scratch: string,
  options: SnapshotOptions = {},
): Promise<Snapshot> {
  const { last, signal, onBatch } = options
  const warnings: string[] = []
  const snapshot = await source.open({
    scratch,
    ...(signal ? { signal } : {}),
    previousState: async () => last?.state,
    warn: (message) => void warnings.push(message),
  })
  try {
    const path = join(scratch, `..`, `snapshot-${(made += 1)}.db`)
    const taken = await assemble(snapshot, path, last, onBatch)
    const proof = await snapshot.finish()
    return { ...taken, state: taken.state(), path, proof, warnings }
  } finally {
    await snapshot.close()
  }
}

async function assemble(
  snapshot: SourceSnapshot,
  path: string,
  last: Snapshot | undefined,
  onBatch: SnapshotOptions['onBatch'],
): Promise<Pick<Snapshot, 'incremental' | 'pages'> & { readonly state: () => Uint8Array }> {
  for await (const { content } of snapshot.streams()) {
    if (content.kind !== 'changed') throw new Error(`unexpected content: ${content.kind}`)
    const { pageBytes, size, incremental } = content
    if (incremental && last) copyFileSync(last.path, path)
    const file = openSync(path, incremental ? 'r+' : 'wx')
    ftruncateSync(file, size)
    const [page, zero] = [Buffer.alloc(pageBytes), Buffer.alloc(pageBytes)]
    let pages = 0
    for await (const batch of content.batches()) {
      const spool = openSync(batch.path, 'r')
      for (const [i, number] of batch.pages.entries()) {
        if (readSync(spool, page, 0, pageBytes, batch.offset + i * pageBytes) !== pageBytes)
          throw new Error('the spool is short')
        // In a new file, what is not written is zero.
        if (!incremental && page.equals(zero)) continue
        writeSync(file, page, 0, pageBytes, number * pageBytes)
      }
      closeSync(spool)
      pages += batch.pages.length
      await onBatch?.()
    }
    closeSync(file)
    return { state: () => content.state(), incremental, pages }
  }
  throw new Error('no stream')
}

/** What SQLite says about a file that a test owns: findings of integrity_check, or none. */
export function findingsIn(path: string): string[] {
  // Processes that were killed may be a moment in dying.
  const database = new DatabaseSync(path, { timeout: 5000 })
  try {
    const rows = database
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => String(row.integrity_check))
    return rows.filter((row) => row !== 'ok')
  } finally {
    database.close()
  }
}

export function query(path: string, sql: string): unknown[] {
  // Others may be writing.
  const database = new DatabaseSync(path, { timeout: 20_000 })
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    database.close()
  }
}

/** Makes a database and leaves the connection open. */
export function openDatabase(path: string, sql: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 10_000 })
  database.exec(sql)
  return database
}

/** SQL that fills a table `t` with that many rows of about `bytes` each, the same every time. */
export function rows(count: number, bytes: number, offset = 0): string {
  return `CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO t SELECT i + ${offset},
      substr(replace(hex(zeroblob(${bytes})), '00', printf('%08x', i * 2654435761)), 1, ${bytes}) FROM n;`
}

/** Makes a database larger at no cost: the new pages belong to nothing. */
export function growTo(path: string, pages: number, pageBytes: number): void {
  const file = openSync(path, 'r+')
  const count = new DataView(new ArrayBuffer(4))
  count.setUint32(0, pages)
  writeSync(file, new Uint8Array(count.buffer), 0, 4, 28)
  ftruncateSync(file, pages * pageBytes)
  closeSync(file)
}

/** Runs a script that is expected to kill itself. */
export function crash(script: string): void {
  const { signal, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  if (signal !== 'SIGKILL') throw new Error(`the script did not come to its end: ${stderr}`)
}
