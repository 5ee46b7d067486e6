import { execFileSync } from 'node:child_process'
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Log, readLog, stillBegins } from './wal.ts'
import { type LogEnd, readLogEnd } from './wal-index.ts'

const folder = mkdtempSync(join(tmpdir(), 'backup-sqlite-wal-'))
const path = join(folder, 'store.db')
afterAll(() => rmSync(folder, { recursive: true }))

// The files of a database in use, as another process left them: here nobody has them open.
beforeAll(() => {
  execFileSync(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '-e',
    `const { DatabaseSync } = require('node:sqlite')
     const { cpSync } = require('node:fs')
     const db = new DatabaseSync('${path}')
     db.exec(\`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
       CREATE TABLE t (id INTEGER PRIMARY KEY, x);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
         INSERT INTO t SELECT i, hex(zeroblob(500)) FROM n;
       UPDATE t SET x = 'second' WHERE id % 100 = 0\`)
     for (const suffix of ['-wal', '-shm']) cpSync('${path}' + suffix, '${path}.kept' + suffix)`,
  ])
  cpSync(`${path}.kept-wal`, `${path}-wal`)
  cpSync(`${path}.kept-shm`, `${path}-shm`)
})

function end(change: Partial<LogEnd> = {}): LogEnd {
  const file = openSync(`${path}-shm`, 'r')
  const found = readLogEnd(file)
  closeSync(file)
  if (!found) throw new Error('there is no shared memory')
  return { ...found, ...change }
}

function read(bytes: Uint8Array = readFileSync(`${path}-wal`), until: LogEnd = end()): Log | undefined {
  writeFileSync(join(folder, 'read-wal'), bytes)
  return readLog(openSync(join(folder, 'read-wal'), 'r'), until)
}

test('a log ends where the shared memory says, and holds the newest version of each page', () => {
  const { frames, pageCount, pageBytes } = end()
  expect(pageBytes).toBe(4096)
  const bytes = readFileSync(`${path}-wal`)
  expect(frames).toBe((bytes.length - 32) / (24 + 4096))
  const log = read()
  expect(log?.pages.length).toBeLessThan(frames)
  expect(Math.max(...(log?.pages ?? []))).toBe(pageCount - 1)
  expect([...(log?.pages ?? [])]).toEqual([...(log?.pages ?? [])].sort((a, b) => a - b))
  for (const [i, page] of (log?.pages ?? []).entries()) {
    const at = (log as Log).offsets[i] as number
    const frameOf = (offset: number): number => bytes.readUInt32BE(offset - 24) - 1
    expect(frameOf(at)).toBe(page)
    for (let later = at + 24 + 4096; later < bytes.length; later += 24 + 4096)
      expect(frameOf(later)).not.toBe(page)
  }
})

test('sums in the byte order of the other kind of processor are understood', () => {
  const { bytes, sums } = reordered(readFileSync(`${path}-wal`))
  const log = read(bytes, end({ checksum: sums }))
  expect([...(log?.pages ?? [])]).toEqual([...(read()?.pages ?? [])])
})

describe('a log is damaged', () => {
  const flipped = (at: number): Buffer => {
    const bytes = readFileSync(`${path}-wal`)
    bytes[at] = (bytes[at] as number) ^ 1
    return bytes
  }
  const second = 32 + 24 + 4096

  test.each([
    ['in the data of a frame', (): Buffer => flipped(second + 24 + 77), 2],
    ['in the page number of a frame', (): Buffer => flipped(second + 3), 2],
    ['in the salts of a frame', (): Buffer => flipped(second + 9), 2],
    ['in the sums of a frame', (): Buffer => flipped(second + 20), 2],
    ['in the page size of its header', (): Buffer => flipped(10), 1],
  ])('%s', (_, bytes, frame) => {
    expect(() => read(bytes())).toThrow(`damaged at frame ${frame}.`)
  })

  test('at its end', () => {
    const bytes = readFileSync(`${path}-wal`)
    expect(() => read(bytes.subarray(0, bytes.length - 1))).toThrow(`damaged at frame ${end().frames}.`)
    expect(() => read(bytes, end({ checksum: [1, 2] }))).toThrow('damaged')
  })
})

test('a log that began anew is no damage', () => {
  expect(read(readFileSync(`${path}-wal`), end({ salts: new Uint8Array(8) }))).toBeUndefined()
  expect(read(new Uint8Array(0))).toBeUndefined()
})

test('a log is recognised by its header', () => {
  const log = read() as Log
  expect(stillBegins(log)).toBe(true)
  const bytes = readFileSync(`${path}-wal`)
  bytes[19] = (bytes[19] as number) ^ 1
  writeFileSync(join(folder, 'read-wal'), bytes)
  expect(stillBegins(log)).toBe(false)
  writeFileSync(join(folder, 'read-wal'), '')
  expect(stillBegins(log)).toBe(false)
})

test('shared memory that is being written, of another format or too short tells nothing', () => {
  const bytes = readFileSync(`${path}-shm`)
  const told = (change: (copy: Buffer) => Buffer): LogEnd | undefined => {
    writeFileSync(join(folder, 'shm'), change(Buffer.from(bytes)))
    return readLogEnd(openSync(join(folder, 'shm'), 'r'))
  }
  const twice = (at: number): LogEnd | undefined =>
    told((copy) => {
      for (const offset of [at, at + 48]) copy[offset] = (copy[offset] as number) ^ 1
      return copy
    })
  expect(told((copy) => copy)).toEqual(end())
  for (const at of [0, 16, 24, 47, 48, 95]) {
    expect(told((copy) => (copy.writeUInt8((copy[at] as number) ^ 1, at), copy))).toBeUndefined()
  }
  expect(twice(0)).toBeUndefined()
  expect(twice(12)).toBeUndefined()
  expect(told((copy) => copy.subarray(0, 95))).toBeUndefined()
})

/**
 * The same log as a machine of the other byte order would have written it: other magic number, other sums.
 */
function reordered(log: Buffer): { bytes: Buffer; sums: [number, number] } {
  const bytes = Buffer.from(log)
  bytes[3] = (bytes[3] as number) ^ 1
  const word = (at: number): number =>
    (bytes[3] as number) & 1 ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
  const sums: [number, number] = [0, 0]
  const add = (from: number, to: number): void => {
    for (let at = from; at < to; at += 8) {
      sums[0] = (sums[0] + word(at) + sums[1]) >>> 0
      sums[1] = (sums[1] + word(at + 4) + sums[0]) >>> 0
    }
  }
  add(0, 24)
  for (let at = 32; at < bytes.length; at += 24 + 4096) {
    add(at, at + 8)
    add(at + 24, at + 24 + 4096)
    bytes.writeUInt32BE(sums[0], at + 16)
    bytes.writeUInt32BE(sums[1], at + 20)
  }
  return { bytes, sums }
}
