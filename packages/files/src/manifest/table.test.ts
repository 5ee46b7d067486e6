import { expect, test } from 'vitest'
import type { ManifestEntry } from './entry.ts'
import { pathIndex } from './path-index.ts'
import { manifestReader, readManifest } from './read.ts'

const common = { mode: '750', mtime: '-12345678901234567', uid: 4_294_967_294, gid: 7 } as const
const entries: ManifestEntry[] = [
  { path: '.', type: 'folder', mode: '7777', mtime: '9223372036854775807' },
  { path: 'odd \udcff\n€', type: 'folder', ...common },
  { path: 'odd \udcff\n€/link', type: 'link', ...common, target: '../\udc80' },
  { path: 'odd \udcff\n€/holes', type: 'file', ...common, size: 2 ** 40, offset: 2 ** 50, sha256: 'ab'.repeat(32), sparse: true },
  { path: 'changed', type: 'file', mode: '0', mtime: '0', size: 0, offset: 0, sha256: '00'.repeat(32), changed: true },
  ...Array.from({ length: 5000 }, (_, at): ManifestEntry => ({ path: `file ${at}`, type: 'file', ...common, size: at, offset: at * 10, sha256: at.toString(16).padStart(64, '0') })),
]
const lines = [{ type: 'files', version: 1, roots: [''] }, ...entries, { type: 'end', entries: entries.length }]
const manifest = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))

test('every entry comes back as it was written, and is found by its path', () => {
  expect(readManifest(manifest)).toEqual({ roots: [''], entries })
  const reader = manifestReader()
  reader.write(manifest)
  const table = reader.end()
  entries.forEach(({ path, type }, number) => expect([table.find(path), table.path(number), table.type(number)]).toEqual([number, path, type]))
  expect(['', 'odd', 'file 5000', 'odd \udcfe\n€'].map((path) => table.find(path))).toEqual([-1, -1, -1, -1])
})

test.each([1, 7, 100, 65_536])('a manifest that arrives in pieces of %d bytes is the same, though their memory is used again', (length) => {
  const reader = manifestReader()
  const piece = new Uint8Array(length)
  for (let at = 0; at < manifest.length; at += length) {
    const part = manifest.subarray(at, at + length)
    piece.set(part)
    reader.write(piece.subarray(0, part.length))
  }
  const table = reader.end()
  expect(Array.from({ length: table.count }, (_, number) => table.at(number))).toEqual(entries)
})

test.each(['9223372036854775808', '-9223372036854775809'])('a time of %s, which no system can have, is refused', (mtime) => {
  const text = manifest.toString().replace('9223372036854775807', mtime)
  expect(() => readManifest(Buffer.from(text))).toThrow(expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining('mtime') as string }) as Error)
})

test('paths that begin to be looked for at the same place are told apart', () => {
  const paths = Array.from({ length: 3000 }, (_, at) => String(at))
  const asked = new Set<number>()
  const index = pathIndex((number) => (asked.add(number), paths[number]!))
  paths.forEach((path, number) => {
    expect(index.find(path)).toBe(-1)
    index.add(path)
    expect(index.find(path)).toBe(number)
  })
  // Some were in the way of others.
  expect(asked.size).toBeGreaterThan(1000)
  expect(paths.map((path) => index.find(path))).toEqual(paths.map((_, number) => number))
})
