import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupProvider } from '@backup/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { local } from '../src/index.ts'
import { all, scratch, type Scratch } from './scratch.ts'

// What no disk does on demand: the calls to the file system are answered as a bad disk would.

vi.mock('node:fs/promises', { spy: true })

const key = 'packs/0a/there'
const body = new Uint8Array(100_000).map((_, at) => at % 251)
const { open, link, unlink } = await vi.importActual<typeof fs>('node:fs/promises')
let place: Scratch
let provider: BackupProvider

beforeEach(async () => {
  place = await scratch()
  provider = local(place.root)
  await provider.open({ create: true })
  vi.clearAllMocks()
})

afterEach(async () => {
  for (const spy of [fs.open, fs.link, fs.unlink, fs.rename, fs.statfs]) vi.mocked(spy).mockReset()
  await place.clear()
})

const failing = (code: string) => Object.assign(new Error(code), { code })

/** Lets a method of every file that is opened for writing fail, or do something else, once. */
function spoil(
  method: 'write' | 'sync' | 'close' | 'stat',
  instead: (handle: fs.FileHandle, ...rest: never[]) => unknown,
) {
  let happened = 0
  vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
    const handle = await open(path, flags, mode)
    const real = handle[method].bind(handle) as (...rest: unknown[]) => unknown
    if (flags === 'wx') {
      Object.assign(handle, {
        [method]: async (...rest: never[]) => (happened++ === 0 ? instead(handle, ...rest) : real(...rest)),
      })
    }
    return handle
  })
  return () => happened
}

async function nothingIsThere(): Promise<void> {
  expect(await provider.stat(key)).toBeUndefined()
  expect(await fs.readdir(join(place.root, '.tmp'))).toEqual([])
}

describe('a write', () => {
  test('that stores a part and says so is continued', async () => {
    vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
      const handle = await open(path, flags, mode)
      const write = handle.write.bind(handle) as (
        bytes: Uint8Array,
        at: number,
        length: number,
        to: number,
      ) => Promise<unknown>
      Object.assign(handle, {
        write: (bytes: Uint8Array, at: number, length: number, to: number) =>
          write(bytes, at, Math.min(length, 999), to),
      })
      return handle
    })
    const told: number[] = []
    await provider.put(key, body, { onProgress: (sent) => told.push(sent) })
    expect(told.slice(0, 3)).toEqual([999, 1_998, 2_997])
    expect(await provider.get(key)).toEqual(body)
  })

  test.each([
    ['ENOSPC', 'quota'],
    ['EDQUOT', 'quota'],
    ['EIO', 'transient'],
    ['ESTALE', 'transient'],
  ])('that fails with %s is reported as %s and leaves nothing', async (code, kind) => {
    const happened = spoil('write', () => Promise.reject(failing(code)))
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind, key, plugin: 'local' })
    expect(happened()).toBe(1)
    await nothingIsThere()
    await provider.put(key, body)
    expect(await provider.get(key)).toEqual(body)
  })

  test('that stores nothing and gives no reason is not repeated for ever', async () => {
    const happened = spoil('write', () => ({ bytesWritten: 0, buffer: body }))
    const said = { kind: 'transient', message: expect.stringContaining('took 0 of 100000 bytes') }
    await expect(provider.put(key, body)).rejects.toMatchObject(said)
    expect(happened()).toBe(1)
    await nothingIsThere()
  })

  test('that claims more than the file then has is not believed', async () => {
    const happened = spoil('write', (_, bytes: Uint8Array) => ({ bytesWritten: bytes.length, buffer: bytes }))
    await expect(provider.put(key, body)).rejects.toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('took 0 of'),
    })
    expect(happened()).toBe(1)
    await nothingIsThere()
  })
})

describe('fsync', () => {
  test('that fails is reported, and the object gets no name', async () => {
    const happened = spoil('sync', () => Promise.reject(failing('EIO')))
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient', key })
    expect(happened()).toBe(1)
    await nothingIsThere()
  })

  test('that the file system does not have is done without', async () => {
    const happened = spoil('sync', () => Promise.reject(failing('ENOTSUP')))
    await provider.put(key, body)
    expect(happened()).toBe(1)
    expect(await provider.get(key)).toEqual(body)
  })

  test('reaches the file before it has its name, and then the folder with the name', async () => {
    const steps: string[] = []
    vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
      const handle = await open(path, flags, mode)
      const sync = handle.sync.bind(handle)
      Object.assign(handle, { sync: () => (steps.push(`sync ${shortOf(path)}`), sync()) })
      return handle
    })
    vi.mocked(fs.link).mockImplementation((from, to) => (steps.push(`link ${shortOf(to)}`), link(from, to)))
    await provider.put(key, body)
    expect(steps).toEqual(['sync temporary', 'sync target', 'sync packs', `link ${key}`, 'sync packs/0a'])
  })

  test('is left out when that was asked for', async () => {
    const happened = spoil('sync', () => Promise.reject(failing('EIO')))
    await local(place.root, { fsync: false }).open({})
    const quick = local(place.root, { fsync: false })
    await quick.open({})
    await quick.put(key, body)
    expect(happened()).toBe(0)
    expect(await quick.get(key)).toEqual(body)
  })

  const shortOf = (path: unknown): string => {
    const short = String(path).slice(place.root.length + 1)
    return short === '' ? 'target' : short.startsWith('.tmp/') ? 'temporary' : short
  }
})

describe('a file system without hard links', () => {
  test.each(['EPERM', 'ENOTSUP', 'EISDIR'])(
    'that answers %s gets objects by rename, and asks only once',
    async (code) => {
      vi.mocked(fs.link).mockRejectedValue(failing(code))
      await provider.put(key, body)
      await provider.put('packs/0b/more', body)
      expect(fs.link).toHaveBeenCalledTimes(1)
      expect(fs.rename).toHaveBeenCalledTimes(2)
      expect(await provider.get('packs/0b/more')).toEqual(body)
      await expect(provider.put(key, new Uint8Array(1))).rejects.toMatchObject({ kind: 'exists' })
      expect((await all(provider.list(''))).length).toBe(2)
      expect(await fs.readdir(join(place.root, '.tmp'))).toEqual([])
    },
  )

  test('does not replace what came first', async () => {
    vi.mocked(fs.link).mockImplementation(async () => {
      await fs.writeFile(join(place.root, key), new Uint8Array(1))
      throw failing('ENOTSUP')
    })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'exists', key })
    expect(fs.rename).not.toHaveBeenCalled()
    expect((await provider.get(key)).length).toBe(1)
  })
})

describe('a disk that goes away while an object is put', () => {
  test('is missed before the put succeeds, although the mount point took the object', async () => {
    vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
      if (flags === 'wx') {
        await fs.rename(place.root, join(place.folder, 'away'))
        await fs.mkdir(join(place.root, '.tmp'), { recursive: true })
      }
      return open(path, flags, mode)
    })
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'target-missing', retryable: false })
    expect(await fs.readdir(place.folder)).toEqual(['away', 'target'])
  })
})

describe('a temporary file', () => {
  test('that cannot be removed does not spoil a put', async () => {
    vi.mocked(fs.unlink).mockRejectedValueOnce(failing('EBUSY'))
    await provider.put(key, body)
    expect(await provider.get(key)).toEqual(body)
    const [left = ''] = await fs.readdir(join(place.root, '.tmp'))
    await unlink(join(place.root, '.tmp', left))
  })

  test('finds its folder again when somebody removed it', async () => {
    await provider.put('packs/0b/first', body)
    await fs.rm(join(place.root, '.tmp'), { recursive: true })
    await fs.rm(join(place.root, 'packs'), { recursive: true })
    await provider.put(key, body)
    expect(await provider.get(key)).toEqual(body)
  })
})

describe('a read', () => {
  test('of a file that ends early is a range error, never less', async () => {
    await provider.put(key, body)
    vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
      const handle = await open(path, flags, mode)
      const stat = handle.stat.bind(handle)
      Object.assign(handle, { stat: async () => Object.assign(await stat(), { size: body.length + 10 }) })
      return handle
    })
    const said = { kind: 'range', key, message: expect.stringContaining('has 100000 bytes') }
    await expect(provider.get(key)).rejects.toMatchObject(said)
    await expect(provider.get(key, { range: { offset: 99_999, length: 2 } })).rejects.toMatchObject(said)
  })

  test('that fails is reported and closes its file', async () => {
    await provider.put(key, body)
    let closed = 0
    vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
      const handle = await open(path, flags, mode)
      const close = handle.close.bind(handle)
      Object.assign(handle, { read: () => Promise.reject(failing('EIO')), close: () => (closed++, close()) })
      return handle
    })
    await expect(provider.get(key)).rejects.toMatchObject({ kind: 'transient', key })
    expect(closed).toBe(1)
  })
})

describe('usage', () => {
  test('counts what this account may use, not what is free', async () => {
    vi.mocked(fs.statfs).mockResolvedValue({
      type: 0,
      bsize: 4_096,
      blocks: 1_000,
      bfree: 400,
      bavail: 350,
      files: 9,
      ffree: 9,
    } as never)
    expect(await provider.usage?.()).toEqual({
      usedBytes: 600 * 4_096,
      freeBytes: 350 * 4_096,
      totalBytes: 950 * 4_096,
    })
  })

  test('is unknown on a share that tells nothing', async () => {
    vi.mocked(fs.statfs).mockResolvedValue({
      type: 0,
      bsize: 4_096,
      blocks: 0,
      bfree: 0,
      bavail: 0,
      files: 0,
      ffree: 0,
    } as never)
    expect(await provider.usage?.()).toEqual({})
  })
})
