import { join } from 'node:path'
import { type Backup, type BackupSource, createBackup, rawKey, several } from '@backup/core'
import { memoryProvider, memorySource, seededRandom } from '@backup/core/testing'
import { expect, test } from 'vitest'
import { files } from '../src/index.ts'
import { freshFolder, layOut } from './trees.ts'

const photo = seededRandom(5).bytes(6_000_000)
const tree = { '2031/logo.svg': '<svg/>', '2031/deep/a.txt': 'hello\n'.repeat(50), 'empty': '', 'photo.jpg': photo, 'to-logo': { link: '2031/logo.svg' } }

async function stored(source: BackupSource): Promise<{ backup: Backup; fetched: { bytes: number } }> {
  const place = memoryProvider()
  const fetched = { bytes: 0 }
  const get: typeof place.get = async (name, options) => {
    const bytes = await place.get(name, options)
    fetched.bytes += bytes.length
    return bytes
  }
  const backup = createBackup({ source, providers: [{ ...place, get }], keys: rawKey(new Uint8Array(32).fill(3)), state: freshFolder() })
  await backup.init()
  await backup.run()
  return { backup, fetched }
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = []
  for await (const value of values) found.push(value)
  return found
}

const root = (): string => layOut(join(freshFolder(), 'tree'), tree)
const pathsIn = async (backup: Backup, folder?: string): Promise<string[]> =>
  (await all(backup.entries('latest', folder === undefined ? {} : { folder }))).map(({ path }) => path)
const textOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => Buffer.concat(await all(bytes)).toString()

test('a tree is listed as a whole or folder by folder, with what is known of each entry', async () => {
  const { backup } = await stored(files(root()))
  expect(await pathsIn(backup)).toEqual(['2031', '2031/deep', '2031/deep/a.txt', '2031/logo.svg', 'empty', 'photo.jpg', 'to-logo'])
  for (const top of ['', '.', './', '/']) expect(await pathsIn(backup, top)).toEqual(['2031', 'empty', 'photo.jpg', 'to-logo'])
  for (const folder of ['2031', './2031/']) expect(await pathsIn(backup, folder)).toEqual(['2031/deep', '2031/logo.svg'])
  expect(await all(backup.entries('latest', { folder: 'to-logo' }))).toMatchObject([{ type: 'link', target: '2031/logo.svg', sizeBytes: 0 }])
  const [file] = await all(backup.entries('latest', { folder: 'photo.jpg' }))
  expect(file).toMatchObject({ type: 'file', sizeBytes: photo.length, modified: expect.any(Date) as Date, content: { stream: 'content', length: photo.length } })
})

test('one file is read without the others, or a part of it', async () => {
  const { backup, fetched } = await stored(files(root()))
  await pathsIn(backup)
  fetched.bytes = 0
  expect(await textOf(backup.readEntry('latest', '2031/logo.svg'))).toBe('<svg/>')
  expect(fetched.bytes).toBeGreaterThan(100)
  // The list of files and the file itself may each share a unit, of 1 MiB at most, with a piece of the photo.
  expect(fetched.bytes).toBeLessThan(2_200_000)
  expect(await textOf(backup.readEntry('latest', './2031/deep/a.txt', { offset: 294, length: 100 }))).toBe('hello\n')
  expect(await textOf(backup.readEntry('latest', '2031/deep/a.txt', { offset: 400 }))).toBe('')
  expect(await textOf(backup.readEntry('latest', 'empty'))).toBe('')
  const [whole] = [Buffer.concat(await all(backup.readEntry('latest', 'photo.jpg')))]
  expect(whole.equals(photo)).toBe(true)
})

test.each([
  ['2031/lgoo.svg', 'not-found', 'The snapshot has no "2031/lgoo.svg"; "2031" is there. Did you mean "2031/logo.svg"?'],
  ['2013/logo.svg', 'not-found', 'The snapshot has no "2013/logo.svg". Did you mean "2031"?'],
  ['2031', 'config', '"2031" is a folder, and has no bytes of its own.'],
  ['to-logo', 'config', '"to-logo" is a link to "2031/logo.svg", and has no bytes of its own.'],
])('of %s there are no bytes, and the error says why', async (path, kind, message) => {
  const { backup } = await stored(files(root()))
  await expect(textOf(backup.readEntry('latest', path))).rejects.toMatchObject({ kind, message, key: path })
})

test('a folder that is not there is not empty', async () => {
  const { backup } = await stored(files(root()))
  await expect(pathsIn(backup, '2031/deeep')).rejects.toMatchObject({ kind: 'not-found', message: expect.stringContaining('"2031/deep"?') as string })
})

test('of several sources, those with files have a folder each', async () => {
  const two = files({ shop: root(), env: layOut(join(freshFolder(), 'one'), { '.env': 'A=1' }) })
  const { backup } = await stored(several({ database: memorySource({ main: photo }), uploads: files(root()), settings: two }))
  expect(await pathsIn(backup, '.')).toEqual(['uploads', 'settings'])
  expect(await pathsIn(backup, 'uploads/2031')).toEqual(['uploads/2031/deep', 'uploads/2031/logo.svg'])
  expect(await pathsIn(backup, 'settings')).toEqual(['settings/shop', 'settings/env'])
  expect(await textOf(backup.readEntry('latest', 'settings/env/.env'))).toBe('A=1')
})

test('what has no files says so', async () => {
  const { backup } = await stored(memorySource({ main: photo }))
  await expect(pathsIn(backup)).rejects.toMatchObject({ kind: 'unsupported' })
  await expect(textOf(backup.readEntry('latest', 'main'))).rejects.toMatchObject({ kind: 'unsupported' })
})
