import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BackupEvent } from '@backup/core'
import { seededRandom } from '@backup/core/testing'
import { describe, expect, test } from 'vitest'
import { filesWith } from '../src/files.ts'
import { files } from '../src/index.ts'
import { pathOf } from '../src/names.ts'
import { settingsOf } from '../src/options.ts'
import { freshFolder, layOut, pictureOf, settleTimes, shelf } from './trees.ts'

const random = seededRandom(11)
const sample = {
  'docs/readme.txt': 'hello\n'.repeat(1000),
  'docs/empty.txt': '',
  'docs/deep/er/file.json': '{"a":1}',
  'photo.jpg': random.bytes(300_000),
  'large.bin': random.bytes(3_500_000),
  '.env': 'SECRET=1\n',
  'to-docs': { link: 'docs' },
  'dangling': { link: '../../nowhere' },
  'void': undefined,
}

test('everything in a tree comes back as it was: bytes, names, modes, times, links, empty folders', async () => {
  const root = layOut(join(freshFolder(), 'tree'), sample)
  chmodSync(join(root, 'docs/readme.txt'), 0o640)
  chmodSync(join(root, '.env'), 0o400)
  chmodSync(join(root, 'docs/deep'), 0o555)
  const to = join(freshFolder(), 'restored')
  const { backup } = await shelf(files(root))
  const { proof } = await backup.run()
  const { check, place, requiresRestart } = await backup.restore('latest', { to, check: true })
  expect(pictureOf(to)).toEqual(pictureOf(root))
  expect(check).toEqual({ ok: true, findings: [], counts: { files: 6, folders: 5, links: 2 } })
  expect({ place, requiresRestart }).toEqual({ place: to, requiresRestart: false })
  expect(proof).toMatchObject({ complete: true, files: 6, folders: 5, links: 2, special: 0, changedWhileRead: 0 })
  expect(readdirSync(join(to, '..'))).toEqual(['restored'])
})

test('files are counted while they are read and written, those as well that did not change', async () => {
  const root = layOut(join(freshFolder(), 'tree'), sample)
  const { backup } = await shelf(files(root))
  const counted = async (run: AsyncIterable<BackupEvent>): Promise<unknown[]> => {
    const seen: unknown[] = []
    for await (const event of run) if (event.type === 'progress' && event.items) seen.push(event.items)
    return seen
  }
  expect((await counted(backup.run())).at(-1)).toEqual({ unit: 'files', done: 6, total: 6 })
  writeFileSync(join(root, 'new'), 'new')
  expect((await counted(backup.run())).at(-1)).toEqual({ unit: 'files', done: 7, total: 7 })
  // The empty one needs no bytes.
  expect((await counted(backup.restore('latest', { to: join(freshFolder(), 'restored') }))).at(-1)).toEqual({ unit: 'files', done: 6, total: 6 })
})

test('names are kept byte by byte: composed and decomposed, newlines, quotes, bytes that are no UTF-8', async () => {
  const root = layOut(join(freshFolder(), 'tree'), { 'caf\u00E9': 'composed', 'cafe\u0301': 'decomposed', 'a\nb': 'newline', '"q"\\': 'quotes', ' *[x]': 'glob', '\u{1F600}': 'beyond', ['n'.repeat(255)]: 'long' })
  const odd = Buffer.from([...Buffer.from(`${root}/`), 0xff, 0xfe, 0x61])
  writeFileSync(odd, 'bytes')
  const oddFolder = Buffer.from([...Buffer.from(`${root}/`), 0x80])
  mkdirSync(oddFolder)
  writeFileSync(Buffer.concat([oddFolder, Buffer.from('/inner')]), 'inner')
  const deep = join(root, ...Array.from({ length: 14 }, () => 'd'.repeat(240)))
  mkdirSync(deep, { recursive: true })
  writeFileSync(join(deep, 'f'), 'deep')
  const to = join(freshFolder(), 'restored')
  const { backup } = await shelf(files(root))
  await backup.run()
  await backup.restore('latest', { to })
  const namesIn = (folder: string): string[] => readdirSync(folder, 'latin1').sort()
  expect(namesIn(to)).toEqual(namesIn(root))
  expect(readFileSync(pathOf(`${to}/\udcff\udcfea`), 'utf8')).toBe('bytes')
  expect(readFileSync(pathOf(`${to}/\udc80/inner`), 'utf8')).toBe('inner')
  expect(readFileSync(join(to, deep.slice(root.length), 'f'), 'utf8')).toBe('deep')
})

test('what has no bytes is left out and counted; hard links come back as files', async () => {
  const root = layOut(join(freshFolder(), 'tree'), { one: 'same' })
  linkSync(join(root, 'one'), join(root, 'two'))
  const server = createServer().listen(join(root, 'socket'))
  await once(server, 'listening')
  expect(spawnSync('mkfifo', [join(root, 'pipe')]).status).toBe(0)
  const to = join(freshFolder(), 'restored')
  const { backup } = await shelf(files(root))
  const { proof } = await backup.run()
  server.close()
  await backup.restore('latest', { to })
  expect(proof).toMatchObject({ files: 2, special: 2 })
  expect(readdirSync(to)).toEqual(['one', 'two'])
  expect(readFileSync(join(to, 'two'), 'utf8')).toBe('same')
})

test('a file with holes comes back with holes', async () => {
  const root = layOut(join(freshFolder(), 'tree'), { sparse: 'begin' })
  truncateSync(join(root, 'sparse'), 40 << 20)
  expect(statSync(join(root, 'sparse')).blocks).toBeLessThan(1000)
  const to = join(freshFolder(), 'restored')
  const { backup } = await shelf(files(root))
  await backup.run()
  await backup.restore('latest', { to })
  expect(statSync(join(to, 'sparse')).blocks).toBeLessThan(1000)
  expect(readFileSync(join(to, 'sparse')).equals(readFileSync(join(root, 'sparse')))).toBe(true)
})

test.each([0, 1])('a folder of nothing, and a tree of nothing but empty files, come back with %i workers', async (workers) => {
  for (const tree of [{}, { a: '', 'b/c': '' }]) {
    const root = layOut(join(freshFolder(), 'tree'), tree)
    const to = join(freshFolder(), 'restored')
    const { backup } = await shelf(files(root), { workers })
    await backup.run()
    await backup.run()
    await backup.restore('latest', { to })
    expect(pictureOf(to)).toEqual(pictureOf(root))
  }
})

describe('rules', () => {
  const tree = { 'src/a.ts': '1', 'src/a.log': '2', 'node_modules/x/index.js': '3', 'keep.log': '4', '.env': '5' }
  const kept = async (options: Parameters<typeof files>[1]): Promise<string[]> => {
    const root = layOut(join(freshFolder(), 'tree'), tree)
    const to = join(freshFolder(), 'restored')
    const { backup } = await shelf(files(root, options))
    await backup.run()
    await backup.restore('latest', { to })
    return readdirSync(to, { recursive: true, encoding: 'utf8' }).sort()
  }

  test('exclude what they match, as .gitignore does', async () => {
    expect(await kept({ exclude: ['node_modules/', '*.log', '!keep.log'] })).toEqual(['.env', 'keep.log', 'src', 'src/a.ts'])
  })

  test('include only what they match, with the folders that it lies in', async () => {
    expect(await kept({ include: ['/src', '.env'], exclude: ['*.log'] })).toEqual(['.env', 'src', 'src/a.ts'])
  })
})

describe('the next run', () => {
  test('reads only what changed, and the snapshot is the same as if all had been read', async () => {
    const root = layOut(join(freshFolder(), 'tree'), sample)
    const settings = { ...settingsOf(root, {}), youngMs: -1000 }
    const { backup, with: other } = await shelf(filesWith(settings))
    const first = await backup.run()
    const unchanged = await backup.run()
    expect(first.freshBytes).toBeGreaterThan(3_500_000)
    expect(unchanged.freshBytes).toBe(0)

    writeFileSync(join(root, 'docs/new.txt'), 'new')
    writeFileSync(join(root, 'docs/readme.txt'), 'other')
    rmSync(join(root, 'photo.jpg'))
    settleTimes(root)
    const changed = await backup.run()
    expect(changed.freshBytes).toBeLessThan(5000)
    const whole = await other(filesWith(settings), { state: freshFolder() }).run()
    expect(changed.streams).toEqual(whole.streams)
    const restored = async (id: string): Promise<string> => {
      const to = join(freshFolder(), 'restored')
      await backup.restore(id, { to })
      return to
    }
    expect(pictureOf(await restored(changed.id))).toEqual(pictureOf(root))
    expect(pictureOf(await restored(whole.id))).toEqual(pictureOf(root))
    expect(readFileSync(join(await restored(first.id), 'docs/readme.txt'), 'utf8')).toBe(sample['docs/readme.txt'])
  })

  test('reads a file again that is as young as the last run', async () => {
    const root = layOut(join(freshFolder(), 'tree'), { young: 'one' })
    const { backup } = await shelf(files(root))
    await backup.run()
    const facts = lstatSync(join(root, 'young'))
    writeFileSync(join(root, 'young'), 'two')
    settleTimes(root)
    expect(lstatSync(join(root, 'young'))).toMatchObject({ size: facts.size, mtimeMs: facts.mtimeMs, ino: facts.ino })
    await backup.run()
    const to = join(freshFolder(), 'restored')
    await backup.restore('latest', { to })
    expect(readFileSync(join(to, 'young'), 'utf8')).toBe('two')
  })
})

describe('over the live tree', () => {
  test('a restore keeps what was there, and what is no part of the backup', async () => {
    const folder = freshFolder()
    const root = layOut(join(folder, 'tree'), { ...sample, 'cache/a': 'left out', 'docs/x.tmp': 'left out too' })
    const { backup } = await shelf(files(root, { exclude: ['cache/', '*.tmp'] }))
    await backup.run()
    writeFileSync(join(root, 'docs/readme.txt'), 'broken')
    writeFileSync(join(root, 'added'), 'added')
    await expect(backup.restore('latest')).rejects.toMatchObject({ kind: 'exists' })
    const { safetyCopy, requiresRestart } = await backup.restore('latest', { overwrite: true, check: true })
    expect(requiresRestart).toBe(true)
    expect(readFileSync(join(root, 'docs/readme.txt'), 'utf8')).toBe(sample['docs/readme.txt'])
    expect(existsSync(join(root, 'added'))).toBe(false)
    expect(readFileSync(join(root, 'cache/a'), 'utf8')).toBe('left out')
    expect(readFileSync(join(root, 'docs/x.tmp'), 'utf8')).toBe('left out too')
    expect(readFileSync(join(safetyCopy!, 'docs/readme.txt'), 'utf8')).toBe('broken')
    expect(readFileSync(join(safetyCopy!, 'added'), 'utf8')).toBe('added')
    expect(readdirSync(folder).length).toBe(2)
  })

  test('single files come back into it, and nothing else is touched', async () => {
    const folder = freshFolder()
    const root = layOut(join(folder, 'tree'), sample)
    const { backup } = await shelf(files(root))
    await backup.run()
    rmSync(join(root, 'docs'), { recursive: true })
    writeFileSync(join(root, 'photo.jpg'), 'mine')
    writeFileSync(join(root, '.env'), 'newer')
    const { safetyCopy } = await backup.restore('latest', { only: ['docs/**/*.json', '/.env'], overwrite: true })
    expect(readFileSync(join(root, 'docs/deep/er/file.json'), 'utf8')).toBe('{"a":1}')
    expect(existsSync(join(root, 'docs/readme.txt'))).toBe(false)
    expect(readFileSync(join(root, 'photo.jpg'), 'utf8')).toBe('mine')
    expect(readFileSync(join(root, '.env'), 'utf8')).toBe(sample['.env'])
    expect(readFileSync(join(safetyCopy!, '.env'), 'utf8')).toBe('newer')
    await expect(backup.restore('latest', { only: ['/.env'] })).rejects.toMatchObject({ kind: 'exists' })
    await expect(backup.restore('latest', { only: ['no-such'] })).rejects.toMatchObject({ kind: 'not-found', key: 'only' })
  })

  test('nothing is written through a folder that has become a link', async () => {
    const folder = freshFolder()
    const root = layOut(join(folder, 'tree'), sample)
    const elsewhere = layOut(join(folder, 'elsewhere'), {})
    const { backup } = await shelf(files(root))
    await backup.run()
    rmSync(join(root, 'docs'), { recursive: true })
    symlinkSync(elsewhere, join(root, 'docs'))
    await expect(backup.restore('latest', { only: ['docs/readme.txt'], overwrite: true })).rejects.toMatchObject({ kind: 'exists', key: join(root, 'docs') })
    expect(readdirSync(elsewhere)).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['elsewhere', 'tree'])
  })

  test('several trees come back each to its place, a file among them', async () => {
    const folder = freshFolder()
    const roots = { uploads: layOut(join(folder, 'uploads'), sample), settings: join(folder, '.env') }
    writeFileSync(roots.settings, 'A=1')
    const { backup } = await shelf(files(roots))
    await backup.run()
    writeFileSync(roots.settings, 'A=2')
    rmSync(roots.uploads, { recursive: true })
    await backup.restore('latest', { overwrite: true, check: true })
    expect(readFileSync(roots.settings, 'utf8')).toBe('A=1')
    expect(existsSync(join(roots.uploads, 'large.bin'))).toBe(true)
    const to = join(folder, 'both')
    const report = await backup.restore('latest', { to, check: true })
    expect(report.check?.ok).toBe(true)
    expect(readdirSync(to).sort()).toEqual(['settings', 'uploads'])
  })

  test('a step that fails takes back those before it', async () => {
    const folder = freshFolder()
    const roots = { one: layOut(join(folder, 'one'), { a: '1' }), two: layOut(join(folder, 'locked/two'), { b: '1' }) }
    const { backup } = await shelf(files(roots))
    await backup.run()
    writeFileSync(join(roots.one, 'a'), '2')
    const source = files(roots)
    const sink = await source.restore({ overwrite: true, proof: { complete: true }, warn: () => {} })
    for (const name of ['manifest', 'content']) {
      const bytes = await streamOf(roots, name)
      const target = await sink.open({ name, size: bytes.length })
      if (target.kind === 'scattered') await target.write(bytes, [{ offset: 0, start: 0, length: bytes.length }])
      if (target.kind === 'bytes') await target.write(bytes)
      if (target.kind !== 'file') await target.end()
    }
    await sink.prepare?.()
    // What was put together for the second tree is gone: its step cannot succeed.
    const staged = readdirSync(join(folder, 'locked')).find((name) => name.includes('.partial-'))!
    renameSync(join(folder, 'locked', staged), join(folder, 'moved'))
    await expect(sink.commit()).rejects.toThrow(/ENOENT/)
    await sink.abort()
    expect(readFileSync(join(roots.one, 'a'), 'utf8')).toBe('2')
    expect(readFileSync(join(roots.two, 'b'), 'utf8')).toBe('1')
    expect(readdirSync(folder).sort()).toEqual(['locked', 'moved', 'one'])
  })
})

async function streamOf(roots: Readonly<Record<string, string>>, wanted: string): Promise<Uint8Array> {
  const snapshot = await files(roots).open({ previousState: async () => undefined, warn: () => {} })
  const found: Record<string, Uint8Array[]> = {}
  for await (const { name, content } of snapshot.streams()) {
    const parts = (found[name] = [] as Uint8Array[])
    if (content.kind === 'bytes') for await (const bytes of content.read()) parts.push(bytes)
    if (content.kind === 'spliced') for await (const part of content.parts()) if (part.kind === 'fresh') parts.push(part.bytes.slice())
  }
  await snapshot.close()
  return new Uint8Array(Buffer.concat(found[wanted]!))
}
