import { ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readPages, viewOfFile } from './view.ts'

const folder = mkdtempSync(join(tmpdir(), 'backup-sqlite-view-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each([512, 1024, 2048, 4096, 8192, 16384, 32768, 65536])('with pages of %i bytes', (pageBytes) => {
  test('the page of the lock byte is never read, and those beside it are', () => {
    const lock = 0x40000000 / pageBytes
    const file = openSync(join(folder, `${pageBytes}`), 'w+')
    ftruncateSync(file, (lock + 4) * pageBytes)
    for (let page = lock - 2; page < lock + 3; page++) {
      writeSync(file, new Uint8Array(pageBytes).fill(page - lock + 10), 0, pageBytes, page * pageBytes)
    }
    const view = viewOfFile(file, pageBytes, lock + 4)
    const first = (from: number, count: number): number[] => {
      const bytes = new Uint8Array(count * pageBytes).fill(0xee)
      readPages(view, from, count, bytes)
      return Array.from({ length: count }, (_, i) => {
        const page = bytes.subarray(i * pageBytes, (i + 1) * pageBytes)
        return page.every((byte) => byte === page[0]) ? (page[0] as number) : -1
      })
    }
    expect(first(lock - 2, 5)).toEqual([8, 9, 0, 11, 12])
    expect(first(lock - 2, 2)).toEqual([8, 9])
    expect(first(lock - 1, 2)).toEqual([9, 0])
    expect(first(lock, 2)).toEqual([0, 11])
    expect(first(lock, 1)).toEqual([0])
    expect(first(lock + 1, 2)).toEqual([11, 12])
  })
})

test('what lies beyond the end of the file is zero', () => {
  const file = openSync(join(folder, 'short'), 'w+')
  writeSync(file, new Uint8Array(700).fill(5))
  const bytes = new Uint8Array(2048).fill(0xee)
  readPages(viewOfFile(file, 512, 4), 0, 4, bytes)
  expect(bytes.subarray(0, 700).every((byte) => byte === 5)).toBe(true)
  expect(bytes.subarray(700).every((byte) => byte === 0)).toBe(true)
})
