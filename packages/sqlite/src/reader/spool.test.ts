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

const all = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7)

test('places of batches that were taken are used again, and no other', async () => {
  const path = join(folder, 'reused')
  const waiting: SpooledPages[] = []
  const spool = createSpool(path, pageBytes, (batch) => waiting.push(batch))
  const found: number[] = []
  const takeOne = (): void => {
    const batch = waiting.shift()!
    const bytes = readFileSync(path)
    for (const [i, page] of numbers(batch).entries()) {
      const at = batch.offset + i * pageBytes
      if (bytes.subarray(at, at + pageBytes).every((byte) => byte === page)) found.push(page)
    }
    spool.release(batch.offset)
  }
  for (let first = 0; first < 240; first += 8) {
    // Whole blocks and parts take turns, so that places of different sizes come free.
    spool.add(block(first, 8), first, first % 24 === 8 ? Uint32Array.of(1, 6) : all)
    if (waiting.length > 3) takeOne()
  }
  spool.flush()
  while (waiting.length > 0) takeOne()
  const expected = Array.from({ length: 240 }, (_, page) => page).filter(
    (page) => Math.floor(page / 8) % 3 !== 1 || page % 8 === 1 || page % 8 === 6,
  )
  expect(found).toEqual(expected)
  expect(statSync(path).size).toBeLessThanOrEqual(6 * 8 * pageBytes)
})

test('who adds waits while a lot was not taken, until it is', async () => {
  const told: SpooledPages[] = []
  const limits = { backlogBytes: 8 * pageBytes, patienceMs: 60_000 }
  const spool = createSpool(join(folder, 'patient'), pageBytes, (batch) => told.push(batch), limits)
  spool.add(block(0, 8), 0, all)
  await spool.room()
  spool.add(block(8, 8), 8, all)
  let passed = false
  const waiting = spool.room().then(() => (passed = true))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(passed).toBe(false)
  spool.release(told[1]!.offset)
  await waiting
  // Of what was given back already, nothing is heard again.
  spool.release(told[1]!.offset)
  spool.add(block(16, 8), 16, all)
  expect(told.map(({ offset }) => offset)).toEqual([0, 8 * pageBytes, 8 * pageBytes])
})

test('nobody waits for longer than the read transaction may last, all waits together', async () => {
  const limits = { backlogBytes: 0, patienceMs: 1000 }
  const spool = createSpool(join(folder, 'impatient'), pageBytes, () => {}, limits)
  const since = performance.now()
  for (let first = 0; first < 80; first += 8) {
    spool.add(block(first, 8), first, all)
    await spool.room()
  }
  const waitedMs = performance.now() - since
  expect(waitedMs).toBeGreaterThanOrEqual(999)
  // Each of the ten by itself would make ten seconds.
  expect(waitedMs).toBeLessThan(8000)
})
