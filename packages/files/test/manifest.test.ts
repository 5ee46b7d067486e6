import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StreamTarget } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { type ManifestEntry, files, readManifest, unpack } from '../src/index.ts'
import { freshFolder, layOut, pictureOf, settleTimes } from './trees.ts'

const golden = join(import.meta.dirname, 'golden')
const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const mode = '"mode":"644","mtime":"1700000000000000000"'
const start = '{"type":"files","version":1,"roots":[""]}'
const root = `{"path":".","type":"folder","mode":"755","mtime":"1700000000000000000"}`

const manifestOf = (...lines: string[]): Uint8Array => new TextEncoder().encode(`${[start, root, ...lines, `{"type":"end","entries":${lines.length + 1}}`].join('\n')}\n`)
const fileLine = (path: string, offset = 0, size = 0): string => `{"path":${JSON.stringify(path)},"type":"file",${mode},"size":${size},"offset":${offset},"sha256":"${hash}"}`
const folderLine = (path: string): string => `{"path":${JSON.stringify(path)},"type":"folder",${mode}}`
const linkLine = (path: string, target: string): string => `{"path":${JSON.stringify(path)},"type":"link",${mode},"target":${JSON.stringify(target)}}`

describe('the golden manifest', () => {
  test('is read as it was written', () => {
    const { roots, entries } = readManifest(readFileSync(join(golden, 'manifest')))
    expect(roots).toEqual([''])
    expect(entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
      'folder .', 'file .env', 'folder empty', 'folder folder', 'file folder/a.txt', 'link folder/link', 'file n\u00e4me', 'file odd\udcff',
    ])
    const expected: ManifestEntry = { path: 'folder/a.txt', type: 'file', mode: '640', mtime: '1700000000000000000', uid: 0, gid: 0, size: 6, offset: 4, sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03' }
    expect(entries[4]).toEqual(expected)
  })

  test('is what a tree of today becomes, but for owners', async () => {
    const tree = goldenTree()
    const streams = await streamsOf(tree)
    const withoutOwners = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').replace(/"uid":\d+,"gid":\d+/g, '')
    expect(withoutOwners(streams.manifest!)).toBe(withoutOwners(readFileSync(join(golden, 'manifest'))))
    expect(Buffer.from(streams.content!).equals(readFileSync(join(golden, 'content')))).toBe(true)
  })

  test('becomes the tree again, by a program that knows nothing but the two files', async () => {
    const to = join(freshFolder(), 'unpacked')
    await unpack(golden, to)
    expect(pictureOf(to)).toEqual(pictureOf(goldenTree()))
  })
})

function goldenTree(): string {
  const tree = join(freshFolder(), 'tree')
  mkdirSync(join(tree, 'folder'), { recursive: true })
  mkdirSync(join(tree, 'empty'))
  writeFileSync(join(tree, '.env'), 'A=1\n')
  writeFileSync(join(tree, 'folder/a.txt'), 'hello\n')
  writeFileSync(join(tree, 'n\u00e4me'), '')
  writeFileSync(Buffer.from([...Buffer.from(`${tree}/odd`), 0xff]), 'x')
  symlinkSync('../.env', join(tree, 'folder/link'))
  for (const [path, bits] of [['.', 0o755], ['folder', 0o755], ['empty', 0o700], ['.env', 0o600], ['folder/a.txt', 0o640], ['n\u00e4me', 0o644]] as const) chmodSync(join(tree, path), bits)
  chmodSync(Buffer.from([...Buffer.from(`${tree}/odd`), 0xff]), 0o644)
  settleTimes(tree)
  return tree
}

async function streamsOf(tree: string): Promise<Record<string, Uint8Array>> {
  const snapshot = await files(tree).open({ previousState: async () => undefined, warn: () => {} })
  const found: Record<string, Uint8Array> = {}
  for await (const { name, content } of snapshot.streams()) {
    const parts: Uint8Array[] = []
    if (content.kind === 'bytes') for await (const bytes of content.read()) parts.push(bytes)
    if (content.kind === 'spliced') for await (const part of content.parts()) if (part.kind === 'fresh') parts.push(part.bytes.slice())
    found[name] = Buffer.concat(parts)
  }
  await snapshot.close()
  return found
}

const hostile: Readonly<Record<string, readonly string[]>> = {
  'a path upwards': [fileLine('../x')],
  'a path upwards inside': [folderLine('a'), fileLine('a/../../x')],
  'an absolute path': [fileLine('/tmp/x')],
  'a file in a link': [linkLine('a', '/tmp'), fileLine('a/x')],
  'a file in a file': [fileLine('a'), fileLine('a/x')],
  'a file in a folder that comes later': [fileLine('a/x'), folderLine('a')],
  'the same path twice': [linkLine('a', '/tmp/x'), fileLine('a')],
  'the root twice': [folderLine('.')],
  'a NUL in a path': [fileLine('a\0b')],
  'an empty path': [fileLine('')],
  'a negative size': [fileLine('a', 0, -1)],
  'a size that is no number': [fileLine('a').replace('"size":0', '"size":"0"')],
  'a mode that is none': [fileLine('a').replace('644', '6448')],
  'a line that is no JSON': ['{'],
  'a line that is no object': ['7'],
}

test.each(Object.entries(hostile))('a manifest with %s is refused, and nothing is written', async (_, lines) => {
  expect(() => readManifest(manifestOf(...lines))).toThrow(expect.objectContaining({ kind: 'corrupt' }) as Error)
  const folder = freshFolder()
  const sink = await files(join(folder, 'live')).restore({ to: join(folder, 'to'), overwrite: true, proof: { complete: true }, warn: () => {} })
  const taken = async (): Promise<unknown> => {
    await give(await sink.open({ name: 'manifest', size: 1 }), manifestOf(...lines))
    return sink.open({ name: 'content', size: 0 })
  }
  await expect(taken()).rejects.toMatchObject({ kind: 'corrupt' })
  await sink.abort()
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['cut short', manifestOf(fileLine('a')).slice(0, -20)],
  ['without its end', manifestOf(fileLine('a')).slice(0, -26)],
  ['with a wrong count', Buffer.from(Buffer.from(manifestOf()).toString().replace('"entries":1', '"entries":2'))],
  ['with something after its end', Buffer.concat([manifestOf(), Buffer.from('{}\n')])],
  ['of nothing', new Uint8Array(0)],
])('a manifest %s is refused', (_, bytes) => {
  expect(() => readManifest(bytes)).toThrow(expect.objectContaining({ kind: 'corrupt' }) as Error)
})

test('a later version is named', () => {
  const later = Buffer.from(Buffer.from(manifestOf()).toString().replace('"version":1', '"version":2'))
  expect(() => readManifest(later)).toThrow(expect.objectContaining({ kind: 'unsupported' }) as Error)
})

test.each([
  ['two files share bytes', [fileLine('a', 0, 6), fileLine('b', 4, 4)]],
  ['a file has bytes that the stream has not', [fileLine('a', 2, 7)]],
])('a restore is refused when %s', async (_, lines) => {
  const folder = freshFolder()
  const sink = await files(join(folder, 'live')).restore({ to: join(folder, 'to'), overwrite: true, proof: { complete: true }, warn: () => {} })
  await give(await sink.open({ name: 'manifest', size: 1 }), manifestOf(...lines))
  await expect(sink.open({ name: 'content', size: 8 })).rejects.toMatchObject({ kind: 'corrupt' })
  await sink.abort()
  expect(readdirSync(folder)).toEqual([])
})

test('a restore fails when bytes are missing in the end', async () => {
  const folder = freshFolder()
  const sink = await files(join(folder, 'live')).restore({ to: join(folder, 'to'), overwrite: true, proof: { complete: true }, warn: () => {} })
  await give(await sink.open({ name: 'manifest', size: 1 }), manifestOf(fileLine('a', 0, 8)))
  const target = await sink.open({ name: 'content', size: 8 })
  if (target.kind !== 'scattered') throw new Error('another kind of target')
  await target.write(new Uint8Array(4), [{ offset: 0, start: 0, length: 4 }])
  await expect(target.end()).rejects.toMatchObject({ kind: 'corrupt' })
  await sink.abort()
  expect(readdirSync(folder)).toEqual([])
})

test('a snapshot of another source is refused', async () => {
  const sink = await files('live').restore({ to: join(freshFolder(), 'to'), overwrite: false, proof: { complete: true }, warn: () => {} })
  expect(() => sink.select?.(['database'])).toThrow(expect.objectContaining({ kind: 'unsupported' }) as Error)
  await sink.abort()
})

async function give(target: StreamTarget, bytes: Uint8Array): Promise<void> {
  if (target.kind !== 'bytes') throw new Error('the manifest is taken in another way')
  await target.write(bytes)
  await target.end()
}

test('an empty tree has a manifest too', async () => {
  const { manifest, content } = await streamsOf(layOut(join(freshFolder(), 'tree'), {}))
  expect(readManifest(manifest!).entries.map(({ path }) => path)).toEqual(['.'])
  expect(content!.length).toBe(0)
})
