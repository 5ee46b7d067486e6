import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadMemory, newMemory, saveMemory } from './memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'backup-sqlite-memory-'))
afterAll(() => rmSync(folder, { recursive: true }))

function saved(): string {
  const path = join(folder, `state-${Math.random()}`)
  const memory = newMemory(8192, 50)
  memory.fingerprints.forEach((_, i) => (memory.fingerprints[i] = i * 7))
  saveMemory(path, memory)
  return path
}

test('what was saved is what is loaded', () => {
  const path = saved()
  const memory = loadMemory(path)
  expect(memory).toMatchObject({ pageBytes: 8192, pageCount: 50 })
  expect(memory?.key).toHaveLength(32)
  expect([...(memory?.fingerprints ?? [])]).toEqual(Array.from({ length: 800 }, (_, i) => (i * 7) % 256))
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('every database has a key of its own, and keeps it', () => {
  const [a, b] = [newMemory(512, 1), newMemory(512, 1)]
  expect(a.key).not.toEqual(b.key)
  expect(newMemory(512, 2, a.key).key).toBe(a.key)
})

test('a single bit that is wrong makes all of it worthless', () => {
  const path = saved()
  const bytes = readFileSync(path)
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] as number) ^ (1 << (at % 8))
    writeFileSync(path, damaged)
    expect(loadMemory(path)).toBeUndefined()
  }
})

test.each([0, 1, 55, 56, 87, 88, 500])('so do only %i bytes of it', (length) => {
  const path = saved()
  writeFileSync(path, readFileSync(path).subarray(0, length))
  expect(loadMemory(path)).toBeUndefined()
})
