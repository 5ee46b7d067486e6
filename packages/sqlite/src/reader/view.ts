import { openSync, readSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Pin } from './pin.ts'
import { refuse } from './refusal.ts'
import { type Log, readLog, stillBegins } from './wal.ts'
import { readLogEnd } from './wal-index.ts'

/** One committed state of a database, readable page by page; every thread of the process may read it. */
export interface View {
  readonly file: number
  readonly pageBytes: number
  readonly pageCount: number
  readonly log?: Log
  /** Frames in the log up to this state. */
  readonly logFrames: number
  /** First word 1: the log began anew, and the file alone holds this state. */
  readonly logIsGone: Int32Array<SharedArrayBuffer>
}

/** A copy that nobody else knows. */
export function viewOfFile(file: number, pageBytes: number, pageCount: number): View {
  return { file, pageBytes, pageCount, logFrames: 0, logIsGone: new Int32Array(new SharedArrayBuffer(4)) }
}

/**
 * The last committed state, under a read transaction. It is the transaction's own, or a later one: what keeps
 * the former keeps every later one as well.
 *
 * - In a rollback mode nobody writes to the file as long as the transaction lasts.
 * - In WAL mode a checkpoint writes pages from the log to the file, but none that is newer than the oldest
 *   reader's state, and pages in the log are taken from there. The log begins anew only when no reader needs
 *   it.
 * - A reader who found all of the log in the file does not need it, and then it may begin anew under his
 *   eyes. But he keeps everybody from writing to the file, which is his state as it is.
 *
 * @throws `unsupported` when there is no shared memory to see the state in
 */
export async function viewOf(pin: Pin): Promise<View> {
  const plain = viewOfFile(pin.file, pin.pageBytes, pin.pageCount)
  if (pin.journalMode !== 'wal') return plain
  const log = openBeside(pin, '-wal')
  const memory = openBeside(pin, '-shm')
  for (let attempt = 0; attempt < 1000; attempt++) {
    const end = readLogEnd(memory)
    if (end?.frames === 0) return plain
    if (end && end.pageBytes !== pin.pageBytes) break
    const read = end && readLog(log, end)
    if (read) return { ...plain, pageCount: end.pageCount, log: read, logFrames: end.frames }
    await pause(1)
  }
  throw unreadable(pin, 'it has a format that is not known')
}

/**
 * Reads pages into `into`. What lies beyond the end of the file is zero, as it is for SQLite: pages that were
 * allocated and never written.
 */
export function readPages(view: View, first: number, count: number, into: Uint8Array): void {
  readPlain(view, first, count, into)
  const { log, logIsGone } = view
  if (!log || Atomics.load(logIsGone, 0) === 1) return
  const from = lowerBound(log.pages, first)
  const to = lowerBound(log.pages, first + count)
  if (from === to) return
  for (let i = from; i < to; i++) {
    const at = ((log.pages[i] as number) - first) * view.pageBytes
    readFully(log.file, into.subarray(at, at + view.pageBytes), log.offsets[i] as number)
  }
  // The log's header is written before the first frame, so this tells whether one of those reads was too
  // late.
  if (stillBegins(log)) return
  Atomics.store(logIsGone, 0, 1)
  readPlain(view, first, count, into)
}

function readPlain({ file, pageBytes }: View, first: number, count: number, into: Uint8Array): void {
  const part = (page: number, end: number): void =>
    readFully(file, into.subarray((page - first) * pageBytes, (end - first) * pageBytes), page * pageBytes)
  const end = first + count
  const lock = lockByte / pageBytes
  if (lock < first || lock >= end) return part(first, end)
  // Locks are ranges of bytes in this page, so no data is in it, and on Windows it cannot be read.
  part(first, lock)
  into.fill(0, (lock - first) * pageBytes, (lock + 1 - first) * pageBytes)
  part(lock + 1, end)
}

function readFully(file: number, into: Uint8Array, offset: number): void {
  let done = 0
  while (done < into.length) {
    const got = readSync(file, into, done, into.length - done, offset + done)
    if (got === 0) break
    done += got
  }
  into.fill(0, done)
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

function openBeside(pin: Pin, suffix: string): number {
  try {
    return openSync(pin.place.path + suffix, 'r')
  } catch (error) {
    throw unreadable(pin, (error as Error).message)
  }
}

function unreadable({ place }: Pin, why: string): Error {
  return refuse(
    'unsupported',
    `The write-ahead log of ${place.path} cannot be read directly: ${why}.`,
    "Set mode: 'copy', which leaves the reading to SQLite.",
  )
}

/** https://sqlite.org/fileformat2.html#the_lock_byte_page */
export const lockByte = 0x40000000
