import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { SpooledPages } from '../host/protocol.ts'
import { createSpool } from './spool.ts'

const folder = mkdtempSync(join(tmpdir(), 'backup-sqlite-spool-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pageBytes = 65536

function block(first: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count * pageBytes }, (_, i) => first + Math.floor(i / pageBytes))
}

function numbers({ pages }: SpooledPages): number[] {
  return pages instanceof Uint32Array
    ? [...pages]
    : Array.from({ length: pages.count }, (_, i) => pages.first + i)
}

test('pages are told of when they are in the file, each where its batch says, in ascending order', () => {
  const path = join(folder, 'spool')
  const told: SpooledPages[] = []
  const spool = createSpool(path, pageBytes, (batch) => {
    told.push(batch)
    expect(statSync(path).size).toBe(batch.offset + numbers(batch).length * pageBytes)
  })
  spool.add(block(0, 8), 0, Uint32Array.of(1, 5))
  expect(told).toEqual([])
  spool.add(block(8, 8), 8, Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7))
  for (let first = 16; first < 96; first += 8) spool.add(block(first, 8), first, Uint32Array.of(2, 3, 4, 6))
  spool.flush()
  spool.flush()

  const expected = [1, 5, 8, 9, 10, 11, 12, 13, 14, 15]
  for (let first = 16; first < 96; first += 8) expected.push(first + 2, first + 3, first + 4, first + 6)
  expect(told.flatMap(numbers)).toEqual(expected)
  expect(Math.max(...told.map((batch) => numbers(batch).length))).toBeLessThanOrEqual(32)
  const bytes = readFileSync(path)
  expect(bytes.length).toBe(expected.length * pageBytes)
  for (const batch of told) {
    for (const [i, page] of numbers(batch).entries()) {
      const at = batch.offset + i * pageBytes
      expect(bytes.subarray(at, at + pageBytes).every((byte) => byte === page)).toBe(true)
    }
  }
  expect(statSync(path).mode & 0o777).toBe(0o600)
})
