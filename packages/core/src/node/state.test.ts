import { link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { freshFolder } from '../../test/fixtures.ts'
import type { StateStore } from '../contract/runtime.ts'
import { openFileState } from './state.ts'

vi.mock('node:os', { spy: true })
vi.mock('node:fs/promises', { spy: true })

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function opened(): Promise<{ state: StateStore; folder: string; root: string; items: string }> {
  const folder = await freshFolder()
  const root = join(folder, 'repository')
  return { state: await openFileState('repository', folder), folder, root, items: join(root, 'items') }
}

describe('local state in files', () => {
  test('gives back what was written last', async () => {
    const { state } = await opened()
    await state.write('one', bytes('old'))
    await state.write('one', bytes('new'))
    expect(await state.read('one')).toEqual(bytes('new'))
    expect(await state.list()).toEqual(['one'])
    await state.remove('one')
    await state.remove('one')
    expect(await state.read('one')).toBeUndefined()
    expect(await state.list()).toEqual([])
  })

  test('can only be read by its owner', async () => {
    const { state, root } = await opened()
    await state.write('one', bytes('secret'))
    const folder = await state.temporaryFolder!()
    const modes = await Promise.all([root, folder.path, state.path!('one')].map(async (path) => (await stat(path)).mode & 0o777))
    expect(modes).toEqual([0o700, 0o700, 0o600])
  })

  test('that is removed while it is open is empty, and begins anew', async () => {
    const { state, root } = await opened()
    await state.write('one', bytes('1'))
    await rm(root, { recursive: true })
    expect(await state.list()).toEqual([])
    expect(await state.read('one')).toBeUndefined()
    await state.remove('one')
    await state.write('two', bytes('2'))
    expect(await state.list()).toEqual(['two'])
    expect(await state.read('two')).toEqual(bytes('2'))
    expect((await stat(root)).mode & 0o077).toBe(0)
    await rm(root, { recursive: true })
    await writeFile(join((await state.temporaryFolder!()).path, 'file'), '')
  })

  test('may be written by two at the same time, in one process too', async () => {
    const folder = await freshFolder()
    const states = await Promise.all([openFileState('repository', folder), openFileState('repository', folder)])
    const contents = ['a', 'b'].map((letter) => bytes(letter.repeat(300_000)))
    for (let round = 0; round < 20; round++) {
      await Promise.all(states.map((state, at) => state.write('one', contents[at]!)))
      const found = await states[0]!.read('one')
      expect(contents.some((content) => Buffer.compare(content, found!) === 0)).toBe(true)
    }
    expect(await readdir(join(folder, 'repository', 'items'))).toEqual(['one'])
  })

  test.each([
    ['with hard links', undefined],
    ['without', 'ENOTSUP'],
  ])('has an item made by one of several that try, on a file system %s', async (_, code) => {
    if (code) vi.mocked(link).mockRejectedValue(Object.assign(new Error('no links'), { code }))
    const folder = await freshFolder()
    const states = await Promise.all(Array.from({ length: 4 }, () => openFileState('repository', folder)))
    for (let round = 0; round < 20; round++) {
      const made = await Promise.all(states.map((state, at) => state.create(`item ${round}`, bytes(`by ${at}`))))
      expect(made.filter(Boolean)).toHaveLength(1)
      expect(await states[0]!.read(`item ${round}`)).toEqual(bytes(`by ${made.indexOf(true)}`))
      expect(await states[1]!.create(`item ${round}`, bytes('late'))).toBe(false)
    }
    expect(await readdir(join(folder, 'repository', 'items'))).toHaveLength(20)
    vi.mocked(link).mockRestore()
  })

  test('leaves nothing behind when it cannot be written', async () => {
    const { state, items } = await opened()
    await mkdir(join(items, 'taken', 'by a folder'), { recursive: true })
    await expect(state.write('taken', bytes('1'))).rejects.toMatchObject({ kind: 'permanent', key: join(items, 'taken') })
    expect(await readdir(items)).toEqual(['taken'])
  })

  test('reports every failure as a BackupError', async () => {
    const { state, root, items } = await opened()
    await mkdir(join(items, 'folder', 'inner'), { recursive: true })
    await expect(state.remove('folder')).rejects.toMatchObject({ name: 'BackupError', key: join(items, 'folder') })
    await expect(state.read('folder')).rejects.toMatchObject({ name: 'BackupError' })
    await rm(root, { recursive: true })
    await writeFile(root, 'A file, where a folder is expected.')
    for (const call of [() => state.list(), () => state.write('one', bytes('1')), () => state.remove('one'), () => state.temporaryFolder!()]) {
      await expect(call()).rejects.toMatchObject({ name: 'BackupError', message: expect.stringContaining('ENOTDIR') as string })
    }
  })

  test('tidies up after processes that were killed, and leaves alone what may be under way', async () => {
    const { state, folder, items } = await opened()
    await state.write('one', bytes('1'))
    await writeFile(join(items, 'two.4711-abc.tmp'), 'old')
    const twoHoursAgo = new Date(Date.now() - 7_200_000)
    await utimes(join(items, 'two.4711-abc.tmp'), twoHoursAgo, twoHoursAgo)
    await utimes(join(items, 'one'), twoHoursAgo, twoHoursAgo)
    await writeFile(join(items, 'two.4712-def.tmp'), 'new')
    expect(await state.list()).toEqual(['one'])
    await openFileState('repository', folder)
    expect((await readdir(items)).sort()).toEqual(['one', 'two.4712-def.tmp'])
  })

  test('gives every piece of work a folder of its own, which goes with all that is in it', async () => {
    const { state } = await opened()
    const [one, other] = await Promise.all([state.temporaryFolder!(), state.temporaryFolder!()])
    expect(one.path).not.toBe(other.path)
    await mkdir(join(one.path, 'inner'))
    await writeFile(join(one.path, 'inner', 'file'), 'data')
    await writeFile(join(other.path, 'file'), 'data')
    await one.remove()
    await one.remove()
    await expect(stat(one.path)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readFile(join(other.path, 'file'), 'utf8')).toBe('data')
  })
})

test('a state folder that cannot be made is told with its path', async () => {
  const file = join(await freshFolder(), 'file')
  await writeFile(file, '')
  await expect(openFileState('repository', file)).rejects.toMatchObject({ kind: 'permanent', key: join(file, 'repository') })
})

test('an account without a home is told', async () => {
  vi.stubEnv('XDG_CACHE_HOME', undefined)
  vi.stubEnv('LOCALAPPDATA', undefined)
  vi.mocked(homedir).mockImplementationOnce(() => {
    throw Object.assign(new Error('no such user'), { code: 'ENOENT' })
  })
  await expect(openFileState('repository')).rejects.toMatchObject({ name: 'BackupError', message: expect.stringContaining('home') as string })
  vi.unstubAllEnvs()
})
