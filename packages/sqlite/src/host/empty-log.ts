import { realpath, stat } from 'node:fs/promises'
import type { Access } from './protocol.ts'
import { startReader } from './reader.ts'

/**
 * To read a database in WAL mode that nobody has open, SQLite puts a log and its shared memory beside it. A
 * reader removes them again; one that was killed cannot.
 *
 * @returns to be called when the reader is gone: has SQLite remove an empty log that was not there before
 */
export async function emptyLogRemover(access: Access): Promise<() => Promise<void>> {
  const log = `${await realpath(access.path).catch(() => access.path)}-wal`
  if ((await sizeOf(log)) !== undefined) return async () => {}
  return async () => {
    if ((await sizeOf(log)) !== 0) return
    // If somebody has begun to use the database meanwhile, the log is his, and SQLite leaves it to him.
    const settling = startReader('settle', { ...access, busyTimeoutMs: 0 })
    await settling.result.catch(() => {})
    await settling.stop()
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}
