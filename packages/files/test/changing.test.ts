import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupSource, ConsistencyProof } from '@backup/core'
import { seededRandom } from '@backup/core/testing'
import { describe, expect, test } from 'vitest'
import { files, readManifest } from '../src/index.ts'
import { freshFolder, layOut, shelf } from './trees.ts'

const random = seededRandom(4)

interface Taken {
  readonly proof: ConsistencyProof
  readonly content: Uint8Array
  readonly entries: ReturnType<typeof readManifest>['entries']
  readonly warnings: readonly string[]
}

/** A snapshot, with something that happens between the walk and the reading, and before each part. */
async function take(source: BackupSource, meanwhile: (part: number) => void): Promise<Taken> {
  const warnings: string[] = []
  const snapshot = await source.open({ previousState: async () => undefined, warn: (message) => warnings.push(message) })
  const found: Record<string, Uint8Array[]> = { content: [], manifest: [] }
  try {
    meanwhile(0)
    let part = 0
    for await (const { name, content } of snapshot.streams()) {
      if (content.kind === 'bytes') for await (const bytes of content.read()) found[name]!.push(bytes)
      if (content.kind !== 'spliced') continue
      for await (const piece of content.parts()) {
        if (piece.kind !== 'fresh') continue
        found[name]!.push(piece.bytes.slice())
        piece.release?.()
        meanwhile(++part)
      }
    }
    const proof = await snapshot.finish()
    return { proof, warnings, content: Buffer.concat(found.content!), entries: readManifest(Buffer.concat(found.manifest!)).entries }
  } finally {
    await snapshot.close()
  }
}

/** What the snapshot says a file holds. */
function bytesOf({ entries, content }: Taken, wanted: string): string {
  const entry = entries.find(({ path }) => path === wanted)
  if (entry?.type !== 'file') throw new Error(`${wanted} is no file`)
  return Buffer.from(content.subarray(entry.offset, entry.offset + entry.size)).toString('latin1')
}

describe('between the walk and the reading', () => {
  test('a file grows beyond its part, or shrinks: what it has then is kept', async () => {
    const root = layOut(join(freshFolder(), 'tree'), { a: 'a', b: 'b'.repeat(1000), c: 'c' })
    const large = 'x'.repeat(2_500_000)
    const taken = await take(files(root), (part) => {
      if (part > 0) return
      writeFileSync(join(root, 'a'), large)
      writeFileSync(join(root, 'b'), '')
    })
    expect([bytesOf(taken, 'a'), bytesOf(taken, 'b'), bytesOf(taken, 'c')]).toEqual([large, '', 'c'])
    expect(taken.proof).toMatchObject({ complete: true, changedWhileRead: 0, vanished: 0 })
  })

  test('a file goes away, or becomes a link or a folder: it is left out and counted', async () => {
    const root = layOut(join(freshFolder(), 'tree'), { a: 'a', b: 'b', c: 'c', d: 'd' })
    const secret = join(layOut(join(freshFolder(), 'else'), { secret: 'secret' }), 'secret')
    const taken = await take(files(root), (part) => {
      if (part > 0) return
      for (const name of ['a', 'b', 'c']) rmSync(join(root, name))
      symlinkSync(secret, join(root, 'b'))
      mkdirSync(join(root, 'c'))
    })
    expect(taken.entries.map(({ path }) => path)).toEqual(['.', 'd'])
    expect(taken.proof).toMatchObject({ complete: true, vanished: 3 })
    expect(Buffer.from(taken.content).toString()).toBe('d')
  })
})

test('a large file that changes each time it is read is kept as it was read last, and named', async () => {
  const bytes = Buffer.from(random.bytes(20_000_000))
  const root = layOut(join(freshFolder(), 'tree'), { 'app.log': bytes, 'quiet.txt': 'quiet' })
  const taken = await take(files(root), () => appendFileSync(join(root, 'app.log'), 'one more line\n'))
  expect(taken.proof).toMatchObject({ complete: true, changedWhileRead: 1, changed: 'app.log' })
  expect(taken.warnings.join()).toContain('app.log')
  expect(taken.entries.find(({ path }) => path === 'app.log')).toMatchObject({ changed: true })
  expect(bytesOf(taken, 'app.log').startsWith(bytes.toString('latin1'))).toBe(true)
  expect(bytesOf(taken, 'quiet.txt')).toBe('quiet')
})

describe('with changing: fail there is no snapshot', () => {
  const root = (): string => layOut(join(freshFolder(), 'tree'), { a: 'a', 'b/c': 'c', large: random.bytes(2_000_000) })

  test.each([
    ['a file changed before it was read', (tree: string) => writeFileSync(join(tree, 'a'), 'A')],
    ['a file came', (tree: string) => writeFileSync(join(tree, 'b/d'), 'd')],
    ['a file went', (tree: string) => rmSync(join(tree, 'a'))],
    ['the mode of a folder changed', (tree: string) => chmodSync(join(tree, 'b'), 0o700)],
  ])('when %s', async (_, change) => {
    const tree = root()
    await expect(take(files(tree, { changing: 'fail' }), (part) => part === 0 && change(tree))).rejects.toMatchObject({ kind: 'source' })
  })

  test('when a file changed after it was read', async () => {
    const tree = root()
    const touch = (part: number): void => {
      if (part === 2) utimesSync(join(tree, 'a'), 1, 1)
    }
    await expect(take(files(tree, { changing: 'fail' }), touch)).rejects.toMatchObject({ kind: 'source', key: 'a' })
  })

  test('but when nothing did, the proof says that it is one state', async () => {
    expect((await take(files(root(), { changing: 'fail' }), () => {})).proof).toMatchObject({ complete: true, oneState: true })
  })
})

// Root may read everything.
describe.skipIf(process.getuid?.() === 0)('what may not be read', () => {
  test('fails the run, with its path', async () => {
    const root = layOut(join(freshFolder(), 'tree'), { a: 'a', secret: 's' })
    chmodSync(join(root, 'secret'), 0)
    await expect(take(files(root), () => {})).rejects.toMatchObject({ kind: 'source', key: 'secret' })
  })

  test('is left out, told and counted if that is wanted', async () => {
    const root = layOut(join(freshFolder(), 'tree'), { a: 'a', secret: 's', 'locked/x': 'x' })
    chmodSync(join(root, 'secret'), 0)
    chmodSync(join(root, 'locked'), 0)
    const { entries, proof, warnings } = await take(files(root, { unreadable: 'skip' }), () => {})
    expect(entries.map(({ path }) => path)).toEqual(['.', 'a', 'locked'])
    expect(proof).toMatchObject({ complete: true, unreadable: 2 })
    expect(warnings.join()).toContain('secret')
  })
})

test('a root that is not there is an error with its path', async () => {
  const missing = join(freshFolder(), 'nowhere')
  await expect(files(missing).open({ previousState: async () => undefined, warn: () => {} })).rejects.toMatchObject({ kind: 'source', key: missing })
})

test.each([
  [{ changing: 'never' }, 'changing'],
  [{ unreadable: true }, 'unreadable'],
  [{ include: [] }, 'include'],
  [{ exclude: 'x' }, 'exclude'],
  [{ exclude: [''] }, 'exclude'],
])('options %j are refused', (options, key) => {
  expect(() => files('x', options as never)).toThrow(expect.objectContaining({ kind: 'config', key }) as Error)
})

test.each([[''], ['a\0b'], [{}], [null], [{ 'a/b': 'x' }], [{ '..': 'x' }], [{ one: 'x', two: 'x/y' }], [{ one: 'x', two: 'x' }]])('roots %j are refused', (roots) => {
  expect(() => files(roots as never)).toThrow(expect.objectContaining({ kind: 'config' }) as Error)
})

test('damage after a restore is found by a check: bytes, size, kind, absence, where a link leads', async () => {
  const root = layOut(join(freshFolder(), 'tree'), { a: 'aaa', b: 'bbb', c: 'ccc', d: 'ddd', l: { link: 'a' } })
  const to = join(freshFolder(), 'restored')
  const source = files(root)
  const { backup } = await shelf(source)
  await backup.run()
  const { place } = await backup.restore('latest', { to })
  const restored = { place, requiresRestart: false }
  expect(await source.check!(restored, {})).toMatchObject({ ok: true, findings: [] })
  writeFileSync(join(to, 'a'), 'aab')
  writeFileSync(join(to, 'b'), 'bb')
  rmSync(join(to, 'c'))
  rmSync(join(to, 'd'))
  mkdirSync(join(to, 'd'))
  rmSync(join(to, 'l'))
  symlinkSync('b', join(to, 'l'))
  const { ok, findings } = await source.check!(restored, {})
  expect(ok).toBe(false)
  expect(findings.map((finding) => finding.replace(`${to}/`, '')).sort()).toEqual([
    '"a" has other bytes', '"b" has 2 bytes, not 3', '"c" is not there', '"d" is a folder, not a file', '"l" leads elsewhere',
  ])
  expect(await files(root).check!(restored, {})).toMatchObject({ ok: false })
  expect(readFileSync(join(root, 'a'), 'utf8')).toBe('aaa')
})
