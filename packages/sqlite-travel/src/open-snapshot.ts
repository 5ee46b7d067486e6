import { type Backup, BackupError, type CallOptions, type OpenedStream, type SnapshotInfo } from '@backup/core'
import { loadEngine, openEngine } from './engine.ts'
import { type Row, type SqlValue, collected } from './row.ts'
import { type TableInfo, readTables } from './tables.ts'
import type { WasmPlace } from './wasm.ts'

/** A database as it was, open for reading. */
export interface SnapshotDatabase {
  readonly snapshot: SnapshotInfo
  /** Tables and views, by name. */
  tables(call?: CallOptions): Promise<readonly TableInfo[]>
  /**
   * All rows of one statement. Only the pages it touches are fetched.
   *
   * @throws `config` when SQLite does not understand it; `unsupported` when it would change something; `corrupt`, naming what is damaged
   */
  query(sql: string, params?: readonly SqlValue[], call?: CallOptions): Promise<Row[]>
  /** The same, row by row, for what is too much to hold. */
  rows(sql: string, params?: readonly SqlValue[], call?: CallOptions): AsyncIterable<Row>
  close(): Promise<void>
}

export interface OpenSnapshotOptions extends CallOptions {
  /** Name of the stream, where a snapshot has several. @default the only one */
  readonly stream?: string
  /** Of decoded pages, kept in memory. @default 33,554,432 */
  readonly cacheBytes?: number
  /** Where the WebAssembly of SQLite is. Node finds it, and a module in a browser beside itself; bundlers have to bring it along. */
  readonly wasm?: WasmPlace
}

/**
 * Opens the database of a snapshot without restoring it.
 *
 * @param snapshot `latest`, or the beginning of an id
 * @throws `unsupported` when it is encrypted or no database; `not-found`; whatever reading throws
 *
 * @example
 * const yesterday = await openSnapshot(backup, '98dc46c3d06c')
 * const [customer] = await yesterday.query('SELECT * FROM customers WHERE id = ?', [42])
 * await yesterday.close()
 */
export async function openSnapshot(backup: Pick<Backup, 'openStream'>, snapshot: string, options: OpenSnapshotOptions = {}): Promise<SnapshotDatabase> {
  const { wasm, ...opening } = options
  const loading = loadEngine(wasm)
  const stream = await backup.openStream(snapshot, opening)
  const call = options.signal ? { signal: options.signal } : {}
  try {
    await checkDatabase(stream, call)
    const engine = await openEngine(loading, new Map([['main', stream]]), call)
    const rows = (sql: string, params: readonly SqlValue[] = [], of: CallOptions = {}): AsyncGenerator<Row, void, undefined> => engine.rows(sql, params, of)
    const database: SnapshotDatabase = {
      snapshot: stream.snapshot,
      tables: (of = {}) => readTables(database, of),
      rows,
      query: (sql, params, of) => collected(rows(sql, params, of)),
      async close() {
        stream.close()
        await engine.close()
      },
    }
    return database
  } catch (error) {
    stream.close()
    throw error
  }
}

const magic = new TextEncoder().encode('SQLite format 3\0')

/** @throws `unsupported` */
export async function checkDatabase(stream: OpenedStream, call: CallOptions): Promise<void> {
  const head = await stream.read(0, 100, call)
  // An empty file is an empty database.
  if (stream.size === 0 || (head.length === 100 && magic.every((byte, at) => head[at] === byte))) return
  throw new BackupError('unsupported', `Stream "${stream.name}" of snapshot ${stream.snapshot.id.slice(0, 12)} does not begin as a SQLite database does.`, {
    plugin: 'sqlite-travel',
    key: stream.name,
    hint: 'It is encrypted, or no database. Restore it, and open it with what wrote it.',
  })
}
