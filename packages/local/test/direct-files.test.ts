import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupProvider } from '@backup/core'
import * as node from '@backup/core/node'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { local } from '../src/index.ts'
import { scratch, type Scratch } from './scratch.ts'

// Where the folder for temporary files does not take O_DIRECT, the flag is left out on the way to the system: what
// is tested is what we do with it.

vi.mock('node:fs/promises', { spy: true })
vi.mock('@backup/core/node', { spy: true })

const { open } = await vi.importActual<typeof fs>('node:fs/promises')
const { directIo } = await vi.importActual<typeof node>('@backup/core/node')
const MiB = 1024 * 1024
const key = 'packs/0a/large'

let place: Scratch
let provider: BackupProvider
let opened: ('read' | 'write')[]

/** Answers what is opened directly; the rest goes to the file system. */
function directly(answer: (handle: fs.FileHandle) => void = () => {}): void {
  const dropped = directIo(place.folder) ? 0 : constants.O_DIRECT
  vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
    if (typeof flags !== 'number') return open(path, flags, mode)
    expect(flags & constants.O_DIRECT).toBe(constants.O_DIRECT)
    opened.push(flags & constants.O_WRONLY ? 'write' : 'read')
    const handle = await open(path, flags & ~dropped, mode)
    try {
      answer(handle)
    } catch (error) {
      // As the kernel does it: the file has been created by now.
      await handle.close()
      throw error
    }
    return handle
  })
}

const body = (bytes: number): Uint8Array => {
  const words = new Uint32Array(Math.ceil(bytes / 4)).map((_, at) => Math.imul(at + 1, 0x9e3779b1))
  return new Uint8Array(words.buffer, 0, bytes)
}
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b)
const failing = (code: string) => Object.assign(new Error(code), { code })
const leftovers = () => fs.readdir(join(place.root, '.tmp'))

beforeEach(async () => {
  opened = []
  place = await scratch()
  provider = local(place.root)
  await provider.open({ create: true })
  vi.mocked(node.directIo).mockReturnValue({ flag: constants.O_DIRECT, blockBytes: 4_096 })
  directly()
})

afterEach(async () => {
  for (const spy of [fs.open, node.directIo, node.alignedMemory]) vi.mocked(spy).mockReset()
  await place.clear()
})

describe.runIf(process.platform === 'linux')('a large object passes the page cache by', () => {
  test.each([MiB, MiB + 1, 2 * MiB - 1, 3 * MiB + 4095, 3 * MiB + 4097])(
    'when it is written and when it is read: %i bytes',
    async (bytes) => {
      const told: number[] = []
      await provider.put(key, body(bytes), { onProgress: (sent) => told.push(sent) })
      expect(told.at(-1)).toBe(bytes)
      expect((await fs.stat(join(place.root, key))).size).toBe(bytes)
      expect(same(await fs.readFile(join(place.root, key)), body(bytes))).toBe(true)
      expect(same(await provider.get(key), body(bytes))).toBe(true)
      expect(opened).toEqual(['write', 'read'])
      expect(await leftovers()).toEqual([])
    },
  )

  test.each([
    [0, 2 * MiB],
    [1, MiB],
    [4095, MiB + 2],
    [4096, 2 * MiB + 1],
    [MiB + 17, 2 * MiB - 12],
    [3 * MiB + 5 - MiB, MiB],
  ])('from %i on, %i bytes of it', async (offset, length) => {
    const whole = body(3 * MiB + 5)
    await provider.put(key, whole)
    const range = await provider.get(key, { range: { offset, length } })
    expect(same(range, whole.subarray(offset, offset + length))).toBe(true)
    expect(opened).toEqual(['write', 'read'])
  })

  test('also when several are written and read at a time', async () => {
    const keys = Array.from({ length: 6 }, (_, at) => `packs/0b/${at}`)
    await Promise.all(keys.map((each, at) => provider.put(each, body(2 * MiB + at))))
    const read = await Promise.all(keys.map((each) => provider.get(each)))
    expect(read.map((bytes, at) => same(bytes, body(2 * MiB + at)))).toEqual(keys.map(() => true))
  })
})

describe.runIf(process.platform === 'linux')('the usual way is taken', () => {
  const usual = async (): Promise<void> => {
    await provider.put(key, body(3 * MiB + 1))
    expect(same(await provider.get(key), body(3 * MiB + 1))).toBe(true)
    expect(await leftovers()).toEqual([])
  }

  test('for small objects', async () => {
    await provider.put(key, body(MiB - 1))
    await provider.get(key)
    expect(opened).toEqual([])
  })

  test('where direct I/O is not known to be good', async () => {
    vi.mocked(node.directIo).mockReturnValue(undefined)
    await usual()
    expect(opened).toEqual([])
  })

  test('where the file system refuses the flag, which is asked only once', async () => {
    directly(() => {
      throw failing('EINVAL')
    })
    await usual()
    expect(opened).toEqual(['write'])
  })

  test('where the kernel refuses the first write', async () => {
    directly((handle) => Object.assign(handle, { write: () => Promise.reject(failing('EINVAL')) }))
    await usual()
    expect(opened).toEqual(['write'])
  })

  test('where the kernel refuses a read', async () => {
    await provider.put(key, body(2 * MiB))
    directly((handle) => Object.assign(handle, { read: () => Promise.reject(failing('EINVAL')) }))
    expect(same(await provider.get(key), body(2 * MiB))).toBe(true)
    expect(opened).toEqual(['write', 'read'])
  })

  test('when a disk takes a part of a piece', async () => {
    let written = 0
    directly((handle) => {
      Object.assign(handle, { write: async () => ({ bytesWritten: (written++, 8_192) }) })
    })
    await usual()
    expect(written).toBe(1)
  })

  test('when there is no memory that begins at a page', async () => {
    // All that were made before are in use.
    const pieces = Array.from({ length: 12 }, (_, at) => provider.put(`packs/0b/${at}`, body(2 * MiB)))
    vi.mocked(node.alignedMemory).mockReturnValue(undefined)
    await Promise.all(pieces)
    expect(node.alignedMemory).toHaveBeenCalled()
    for (let at = 0; at < pieces.length; at++) {
      expect(same(await provider.get(`packs/0b/${at}`), body(2 * MiB))).toBe(true)
    }
    expect(await leftovers()).toEqual([])
  })
})

describe.runIf(process.platform === 'linux')('a write past the page cache', () => {
  test.each([
    ['ENOSPC', 'quota'],
    ['EIO', 'transient'],
  ])('that fails with %s in the middle is reported as %s and leaves nothing', async (code, kind) => {
    let writes = 0
    let closed = 0
    directly((handle) => {
      const [write, close] = [handle.write.bind(handle) as (...all: unknown[]) => unknown, handle.close.bind(handle)]
      Object.assign(handle, {
        write: async (...all: unknown[]) => (++writes === 2 ? Promise.reject(failing(code)) : write(...all)),
        close: () => (closed++, close()),
      })
    })
    await expect(provider.put(key, body(3 * MiB))).rejects.toMatchObject({ kind, key, plugin: 'local' })
    expect([writes, closed]).toEqual([2, 1])
    expect(await provider.stat(key)).toBeUndefined()
    expect(await leftovers()).toEqual([])
  })

  test('ends between two pieces when it is cancelled', async () => {
    const cancel = new AbortController()
    const told: number[] = []
    const put = provider.put(key, body(3 * MiB), {
      signal: cancel.signal,
      onProgress: (sent) => (told.push(sent), cancel.abort()),
    })
    await expect(put).rejects.toMatchObject({ kind: 'cancelled' })
    expect(told).toEqual([MiB])
    expect(await provider.stat(key)).toBeUndefined()
    expect(await leftovers()).toEqual([])
  })

  test('of a file that ends early is a range error, never less', async () => {
    await provider.put(key, body(2 * MiB))
    await fs.chmod(join(place.root, key), 0o600)
    vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
      const handle = await open(path, flags, mode)
      const stat = handle.stat.bind(handle)
      Object.assign(handle, { stat: async () => Object.assign(await stat(), { size: 3 * MiB }) })
      return handle
    })
    await expect(provider.get(key)).rejects.toMatchObject({ kind: 'range', key })
  })
})
