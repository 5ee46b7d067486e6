import { access, mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { local, type LocalPlace } from '../src/index.ts'
import { all, scratch, type Scratch } from './scratch.ts'

const key = 'packs/0a/there'
const body = new Uint8Array([1, 2, 3])
let place: Scratch

beforeEach(async () => {
  place = await scratch()
})

afterEach(() => place.clear())

/** Keys that a second client finds after a first one created the target and stored one object. */
async function keysAfterUseOf(root: string): Promise<string[]> {
  const provider = local(root)
  await provider.open({ create: true })
  await provider.put(key, body)
  const again = local(root)
  await again.open({})
  expect(await again.get(key)).toEqual(body)
  return (await all(again.list(''))).map((object) => object.key)
}

describe('opening', () => {
  test('creates a missing folder and marks it, when asked to', async () => {
    await local(place.root).open({ create: true })
    const text = await readFile(join(place.root, '.backup-target'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      magic: 'backup-target',
      version: 1,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })

  test('leaves the mark of a target alone when it is created again', async () => {
    await local(place.root).open({ create: true })
    const before = await readFile(join(place.root, '.backup-target'), 'utf8')
    await local(place.root).open({ create: true })
    expect(await readFile(join(place.root, '.backup-target'), 'utf8')).toBe(before)
  })

  test('takes an existing folder with files of others', async () => {
    await mkdir(join(place.root, 'lost+found'), { recursive: true })
    await writeFile(join(place.root, 'readme.txt'), 'mine')
    expect(await keysAfterUseOf(place.root)).toEqual([key])
    expect(await readFile(join(place.root, 'readme.txt'), 'utf8')).toBe('mine')
  })

  test('never creates more than the last folder of the path', async () => {
    const deep = join(place.folder, 'not-mounted', 'shop')
    await expect(local(deep).open({ create: true })).rejects.toMatchObject({
      kind: 'target-missing',
      key: deep,
      hint: expect.stringContaining('Mount the disk'),
    })
    expect(await readdir(place.folder)).toEqual([])
  })

  test('writes nothing when it was not asked to create', async () => {
    await mkdir(place.root)
    await expect(local(place.root).open({})).rejects.toMatchObject({ kind: 'target-missing' })
    expect(await readdir(place.root)).toEqual([])
  })

  test('refuses a root that is a file as config', async () => {
    await writeFile(place.root, 'a file')
    await expect(local(place.root).open({})).rejects.toMatchObject({ kind: 'config', key: place.root })
    await expect(local(place.root).open({ create: true })).rejects.toMatchObject({
      kind: 'config',
      key: place.root,
    })
    await expect(local(join(place.root, 'deeper')).open({ create: true })).rejects.toMatchObject({
      kind: 'config',
    })
    expect(await readFile(place.root, 'utf8')).toBe('a file')
  })

  test('removes what crashed puts left more than a day ago, and nothing younger', async () => {
    await local(place.root).open({ create: true })
    const [old, young] = [join(place.root, '.tmp/1-old'), join(place.root, '.tmp/2-young')]
    await writeFile(old, 'half an object')
    await writeFile(young, 'half an object')
    const dayAgo = Date.now() / 1000 - 24 * 60 * 60
    await utimes(old, dayAgo - 60, dayAgo - 60)
    await utimes(young, dayAgo + 60, dayAgo + 60)
    await local(place.root).open({})
    expect(await readdir(join(place.root, '.tmp'))).toEqual(['2-young'])
  })
})

describe('a path', () => {
  test.each(['with space', 'Sicherung äöü', 'バックアップ', "quote'd $HOME;#&", 'trailing.', '~'])(
    '%j works',
    async (name) => {
      expect(await keysAfterUseOf(join(place.folder, name))).toEqual([key])
    },
  )

  test('may lead over symbolic links', async () => {
    await mkdir(join(place.folder, 'disk'))
    await symlink(join(place.folder, 'disk'), join(place.folder, 'link'))
    expect(await keysAfterUseOf(join(place.folder, 'link'))).toEqual([key])
    expect(await keysAfterUseOf(join(place.folder, 'link', 'deeper'))).toEqual([key])
    await access(join(place.folder, 'disk', key))
  })

  test('that leads over a link to nowhere is missing, not created', async () => {
    await symlink(join(place.folder, 'nowhere'), place.root)
    await expect(local(place.root).open({})).rejects.toMatchObject({ kind: 'target-missing' })
    await expect(local(place.root).open({ create: true })).rejects.toMatchObject({ kind: 'target-missing' })
    expect(await readdir(place.folder)).toEqual(['target'])
  })

  test('may be relative, and keeps its meaning', async () => {
    expect(await keysAfterUseOf(relative(process.cwd(), place.root))).toEqual([key])
    expect(local(relative(process.cwd(), place.root)).location).toBe(`local:${place.root}`)
  })

  test('that is too long is refused as config', async () => {
    const provider = local(join(place.folder, 'n'.repeat(300)))
    await expect(provider.open({ create: true })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('ENAMETOOLONG'),
    })
  })

  test.each([[''], ['a\0b'], [undefined], [7], [{ root: '' }], [{ root: 'x', fsync: 'yes' }], [{}]])(
    '%j is refused at once',
    (root) => {
      expect(() => local(root as string)).toThrow(
        expect.objectContaining({ kind: 'config', plugin: 'local' }),
      )
    },
  )

  test('may come in one object with the options', async () => {
    const options: LocalPlace = { root: place.root, fsync: false }
    expect(local(options).location).toBe(local(place.root).location)
  })
})

describe('an object', () => {
  test('is written without the right to change it', async () => {
    const provider = local(place.root)
    await provider.open({ create: true })
    await provider.put(key, body)
    const { mode } = await stat(join(place.root, key))
    expect(mode & 0o222).toBe(0)
    await provider.delete(key)
    expect(await provider.stat(key)).toBeUndefined()
  })

  test('that was damaged is reported when its bytes are put again, and stays as evidence', async () => {
    const provider = local(place.root)
    await provider.open({ create: true })
    await provider.put(key, body)
    await rename(join(place.root, key), join(place.root, 'away'))
    await writeFile(join(place.root, key), new Uint8Array([1, 2, 4]))
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'corrupt', key, plugin: 'local' })
    expect(await provider.get(key)).toEqual(new Uint8Array([1, 2, 4]))
  })

  test('whose place is taken by a folder is refused as exists, and is not there to read', async () => {
    const provider = local(place.root)
    await provider.open({ create: true })
    await mkdir(join(place.root, key), { recursive: true })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'exists', key })
    await expect(provider.get(key)).rejects.toMatchObject({ kind: 'not-found', key })
    expect(await provider.stat(key)).toBeUndefined()
    await provider.delete(key)
  })

  test('whose class is a file of others is refused as config', async () => {
    const provider = local(place.root)
    await provider.open({ create: true })
    await writeFile(join(place.root, 'packs'), 'mine')
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'config', key })
    expect(await provider.stat(key)).toBeUndefined()
    expect(await all(provider.list(''))).toEqual([])
  })
})
