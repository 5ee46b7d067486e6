import { BackupError } from '@backup/core'
import { Factory, SQLITE_INTERRUPT, SQLITE_OPEN_READONLY } from '@journeyapps/wa-sqlite'
import createModule from '@journeyapps/wa-sqlite/dist/wa-sqlite-async.mjs'
import { readStatement } from './values.ts'
import type { EngineModule } from './module.ts'
import { asBackupError } from './refusal.ts'
import { type PageFile, streamFiles } from './stream-files.ts'
import { type WasmPlace, wasmBytes } from './wasm.ts'
import type { Row, SqlValue } from './row.ts'

/** A SQLite of its own, that reads files which are somewhere else. Several statements may be under way; they take turns. */
export interface Engine {
  rows(sql: string, params: readonly SqlValue[], call: EngineCall): AsyncGenerator<Row, void, undefined>
  close(): Promise<void>
}

export interface EngineCall {
  readonly signal?: AbortSignal | undefined
}

/** Rows that are fetched before others have their turn, and how long that may take: a host has other things to do. */
const mostRows = 200
const longestMs = 8
/** Operations of SQLite's machine between two looks at the clock: about a millisecond. */
const operations = 20_000
/** Of pages that SQLite keeps, in KiB. */
const cacheKiB = 16 << 10

/** Begins to load SQLite: meanwhile, what it is to read can be looked for. */
export function loadEngine(wasm: WasmPlace | undefined): Promise<EngineModule> {
  // Its bytes are there: nothing is to be looked for beside a module, which has no address of its own when it is bundled for old pages.
  const found = { locateFile: (name: string): string => name }
  const loading = wasmBytes(wasm).then((wasmBinary) => createModule({ ...found, wasmBinary }) as Promise<EngineModule>)
  // Who opens an engine is told.
  loading.catch(() => {})
  return loading
}

/**
 * @param loading by `loadEngine`; good for one engine
 * @param files by name; the first is the database, the others are attached under their names
 * @throws `corrupt` when SQLite cannot make sense of one; whatever reading it throws
 */
export async function openEngine(loading: Promise<EngineModule>, files: ReadonlyMap<string, PageFile>, call: EngineCall): Promise<Engine> {
  const module = await loading
  const sqlite = Factory(module)
  let current: EngineCall = {}
  const vfs = streamFiles(module, files, () => current.signal)
  sqlite.vfs_register(vfs, true)
  const open = new Set<number>()
  let isClosed = false
  let lastPause = performance.now()
  let queue: Promise<unknown> = Promise.resolve()

  /** SQLite inside WebAssembly can do one thing at a time. */
  const exclusive = <Result>(of: EngineCall, work: () => Promise<Result>): Promise<Result> => {
    const turn = queue.then(async () => {
      current = of
      try {
        return await work()
      } catch (error) {
        throw asBackupError(vfs.failure() ?? error, of.signal)
      } finally {
        current = {}
      }
    })
    queue = turn.catch(() => {})
    return turn
  }
  const pauseWhenDue = async (): Promise<void> => {
    if (performance.now() - lastPause < longestMs) return
    await new Promise((resolve) => setTimeout(resolve))
    lastPause = performance.now()
  }
  const checkOpen = (): void => {
    if (isClosed) throw new BackupError('cancelled', 'The snapshot was closed.')
  }
  const prepare = async (sql: string, params: readonly SqlValue[]): Promise<number> => {
    checkOpen()
    const found: number[] = []
    try {
      for await (const statement of sqlite.statements(db, sql, { unscoped: true })) {
        open.add(statement)
        if (found.push(statement) > 1) throw new BackupError('config', 'There are several statements in the SQL; give them one by one.', { key: 'sql' })
      }
      const [statement] = found
      if (statement === undefined) throw new BackupError('config', 'There is no statement in the SQL.', { key: 'sql' })
      for (const [at, value] of params.entries()) sqlite.bind(statement, at + 1, bindable(value))
      return statement
    } catch (error) {
      for (const statement of found) await finish(statement)
      throw error
    }
  }
  const finish = async (statement: number): Promise<void> => {
    if (open.delete(statement)) await sqlite.finalize(statement)
  }

  const db = await exclusive(call, async () => {
    const [main, ...others] = files.keys()
    const opened = await sqlite.open_v2(main!, SQLITE_OPEN_READONLY, vfs.name)
    sqlite.progress_handler(opened, operations, progress, undefined)
    const attach = others.map((name) => `ATTACH '${name}' AS ${name};`)
    await sqlite.exec(opened, `PRAGMA temp_store = 2; ${attach.join(' ')} PRAGMA cache_size = -${cacheKiB};`)
    return opened
  })
  async function progress(): Promise<number> {
    await pauseWhenDue()
    return current.signal?.aborted ? SQLITE_INTERRUPT : 0
  }

  return {
    async *rows(sql, params, of) {
      const statement = await exclusive(of, () => prepare(sql, params))
      try {
        const read = readStatement(sqlite, module, statement)
        for (let isDone = false; !isDone; ) {
          const rows: Row[] = []
          isDone = await exclusive(of, async () => {
            checkOpen()
            await pauseWhenDue()
            const since = performance.now()
            while (rows.length < mostRows && performance.now() - since < longestMs) {
              const row = await read()
              if (!row) return true
              rows.push(row)
            }
            return false
          })
          yield* rows
        }
      } finally {
        await exclusive({}, () => finish(statement))
      }
    },
    close: () =>
      exclusive({}, async () => {
        if (isClosed) return
        isClosed = true
        for (const statement of open) await finish(statement)
        await sqlite.close(db)
      }),
  }
}

/** Numbers beyond 32 bits would become fractions. */
function bindable(value: SqlValue): SqlValue {
  if (typeof value === 'string' && value.includes('\0')) {
    throw new BackupError('unsupported', 'A text with a NUL character cannot be a parameter.', { key: 'params' })
  }
  return typeof value === 'number' && Number.isSafeInteger(value) && value !== (value | 0) ? BigInt(value) : value
}
