import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { ManifestEntry } from '../../../packages/files/src/manifest/entry.ts'
import { Damage } from '../../restore.mjs'
import { tarOf } from '../worker/tar.ts'

// What the page writes is taken apart by the tar of this machine.

const scratch = mkdtempSync(join(tmpdir(), 'restore-tar-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const bodies = { plain: Buffer.from('hello\n'), empty: Buffer.alloc(0), block: Buffer.alloc(512, 7), long: Buffer.alloc(70_001, 'x') }
const content = Buffer.concat([Buffer.from('of nobody'), bodies.long, bodies.plain, bodies.block])
const deep = `folder/${'a name that is long '.repeat(9)}end`
const common = { mtime: '1700000000123456789' } as const
const entries: ManifestEntry[] = [
  { path: 'folder', type: 'folder', mode: '750', ...common },
  { path: 'folder/plain', type: 'file', mode: '640', size: 6, offset: 9 + 70_001, sha256: hash(bodies.plain), ...common },
  { path: deep, type: 'file', mode: '644', size: 70_001, offset: 9, sha256: hash(bodies.long), ...common },
  { path: 'folder/grüße €', type: 'file', mode: '600', size: 512, offset: 9 + 70_001 + 6, sha256: hash(bodies.block), ...common },
  { path: 'folder/empty', type: 'file', mode: '400', size: 0, offset: 0, sha256: hash(bodies.empty), ...common },
  { path: 'folder/raw \udcff', type: 'file', mode: '600', size: 0, offset: 0, sha256: hash(bodies.empty), ...common },
  { path: 'folder/link', type: 'link', mode: '777', target: 'plain', ...common },
  { path: 'folder/far', type: 'link', mode: '777', target: `../${'x'.repeat(150)}`, ...common },
]

function* pieces(length: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < content.length; at += length) yield new Uint8Array(content.subarray(at, at + length))
}

test.each([1000, 1 << 20])('tar takes apart what was written from pieces of %d bytes, names, times, rights and links included', (length) => {
  const folder = mkdtempSync(join(scratch, 'apart-'))
  const archive = join(folder, 'tree.tar')
  writeFileSync(archive, Buffer.concat([...tarOf({ roots: [''], entries }, 'tree', pieces(length))]))
  execFileSync('tar', ['--extract', '--preserve-permissions', '--warning=no-unknown-keyword', '--file', archive, '--directory', folder])
  const at = (path: string): string => join(folder, path)
  expect(readFileSync(at('folder/plain'))).toEqual(bodies.plain)
  expect(readFileSync(at(deep)).equals(bodies.long)).toBe(true)
  expect(readFileSync(at('folder/grüße €')).equals(bodies.block)).toBe(true)
  expect(readFileSync(at('folder/empty')).length).toBe(0)
  expect(readlinkSync(at('folder/link'))).toBe('plain')
  expect(readlinkSync(at('folder/far'))).toBe(`../${'x'.repeat(150)}`)
  expect(readdirSync(Buffer.from(at('folder')), { encoding: 'buffer' }).some((name) => name.equals(Buffer.from('raw \xff', 'latin1')))).toBe(true)
  expect(lstatSync(at('folder/plain'), { bigint: true }).mtimeNs).toBe(1_700_000_000_123_456_789n)
  expect(['folder', 'folder/plain', 'folder/empty'].map((path) => (lstatSync(at(path)).mode & 0o777).toString(8))).toEqual(['750', '640', '400'])
})

test('a tree that is a single file has the name that it is given', () => {
  const folder = mkdtempSync(join(scratch, 'single-'))
  const archive = join(folder, 'tree.tar')
  const single: ManifestEntry[] = [{ path: '.', type: 'file', mode: '600', size: 6, offset: 9 + 70_001, sha256: hash(bodies.plain), ...common }]
  writeFileSync(archive, Buffer.concat([...tarOf({ roots: [''], entries: single }, 'settings', pieces(4096))]))
  execFileSync('tar', ['--extract', '--file', archive, '--directory', folder])
  expect(readFileSync(join(folder, 'settings'))).toEqual(bodies.plain)
})

test('a file that is not what its hash says ends the archive', () => {
  const wrong = entries.map((entry) => (entry.path === 'folder/plain' ? { ...entry, sha256: '00'.repeat(32) } : entry)) as ManifestEntry[]
  expect(() => [...tarOf({ roots: [''], entries: wrong }, 'tree', pieces(4096))]).toThrow(Damage)
})

test('a file that reaches beyond its stream ends the archive', () => {
  const far = [{ path: 'far', type: 'file', mode: '600', size: 10, offset: content.length - 5, sha256: '00'.repeat(32), ...common }] as ManifestEntry[]
  expect(() => [...tarOf({ roots: [''], entries: far }, 'tree', pieces(4096))]).toThrow('beyond the end')
})
