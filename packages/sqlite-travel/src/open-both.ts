import type { Backup, CallOptions, OpenedStream } from '@backup/core'
import { type Engine, loadEngine, openEngine } from './engine.ts'
import { type OpenSnapshotOptions, checkDatabase } from './open-snapshot.ts'
import { type Row, type SqlValue, collected } from './row.ts'
import { type TableInfo, readTables } from './tables.ts'

/** The earlier snapshot is attached to the later one. */
export type Schema = 'before' | 'main'

/** The same database in two snapshots, side by side in one SQLite. */
export interface Both {
  readonly before: OpenedStream
  readonly after: OpenedStream
  query(sql: string, params: readonly SqlValue[], call: CallOptions): Promise<Row[]>
  rows(sql: string, params: readonly SqlValue[], call: CallOptions): AsyncIterable<Row>
  tablesOf(schema: Schema, call: CallOptions): Promise<readonly TableInfo[]>
  close(): Promise<void>
}

/** @param from, to `latest`, or the beginning of an id */
export async function openBoth(backup: Pick<Backup, 'openStream'>, from: string, to: string, { wasm, ...options }: OpenSnapshotOptions): Promise<Both> {
  const call = options.signal ? { signal: options.signal } : {}
  const loading = loadEngine(wasm)
  const streams: OpenedStream[] = []
  let engine: Engine | undefined
  const close = async (): Promise<void> => {
    for (const stream of streams) stream.close()
    await engine?.close()
  }
  try {
    for (const wanted of [from, to]) {
      const stream = await backup.openStream(wanted, options)
      streams.push(stream)
      await checkDatabase(stream, call)
    }
    const [before, after] = streams as [OpenedStream, OpenedStream]
    const opened = (engine = await openEngine(loading, new Map([['main', after], ['before', before]]), call))
    const tables = new Map<Schema, readonly TableInfo[]>()
    const both: Both = {
      before,
      after,
      rows: (sql, params, of) => opened.rows(sql, params, of),
      query: (sql, params, of) => collected(opened.rows(sql, params, of)),
      async tablesOf(schema, of) {
        const query = (sql: string, params: readonly SqlValue[] = []): Promise<Row[]> => both.query(sql, params, of)
        const found = tables.get(schema) ?? (await readTables({ query }, of, schema))
        tables.set(schema, found)
        return found
      },
      close,
    }
    return both
  } catch (error) {
    await close()
    throw error
  }
}
