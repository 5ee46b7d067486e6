import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freshFolder } from '../../test/fixtures.ts'
import * as directIo from './direct-io.ts'
import { laneFiles } from './lane-files.ts'

// Where the folder for temporary files does not take O_DIRECT, the flag is left out on the way to the system.

vi.mock('node:fs', { spy: true })
vi.mock('./direct-io.ts', { spy: true })

const real = await vi.importActual<typeof fs>('node:fs')
const { directIo: realDirectIo } = await vi.importActual<typeof directIo>('./direct-io.ts')
const block = 4_096
const size = 4 * 1024 * 1024
let path: string
let opened: number[]

const noise = (bytes: number, seed: number): Uint8Array => {
  const words = new Uint32Array(Math.ceil(bytes / 4)).map((_, at) => Math.imul(at + seed, 0x9e3779b1))
  return new Uint8Array(words.buffer, 0, bytes)
}
const failing = (code: string): never => {
  throw Object.assign(new Error(code), { code })
}
const openedDirectly = () => opened.filter((flags) => (flags & fs.constants.O_DIRECT) !== 0).length

beforeEach(async () => {
  path = join(await freshFolder(), 'target')
  real.writeFileSync(path, new Uint8Array(size))
  opened = []
  const flag = fs.constants.O_DIRECT
  vi.mocked(directIo.directIo).mockReturnValue({ flag, blockBytes: block })
  const dropped = realDirectIo(path) ? 0 : flag
  vi.mocked(fs.openSync).mockImplementation((file, flags, mode) => {
    opened.push(flags as number)
    return real.openSync(file, (flags as number) & ~dropped, mode)
  })
  vi.clearAllMocks()
})

afterEach(() => {
  for (const spy of [fs.openSync, fs.writeSync, fs.closeSync, directIo.directIo]) vi.mocked(spy).mockReset()
})

describe.runIf(process.platform === 'linux')('a large stretch of a file', () => {
  test.each([
    ['of whole blocks passes the page cache by', 3 * block, 2 * 1024 * 1024 + 5 * block, true],
    ['that begins within a block is written the usual way', 512, 1024 * 1024, false],
    ['that ends within a block is written the usual way', 0, 1024 * 1024 + 512, false],
    ['that is not that large is written the usual way', 0, 128 * 1024 - block, false],
  ])('%s', (_, offset, bytes, directly) => {
    const files = laneFiles()
    files.write(path, offset, noise(bytes, 1))
    files.close()
    const expected = Buffer.alloc(size)
    expected.set(noise(bytes, 1), offset)
    expect(expected.equals(real.readFileSync(path))).toBe(true)
    // Through a piece of memory of one megabyte, or at once.
    expect(fs.writeSync).toHaveBeenCalledTimes(directly ? 3 : 1)
  })

  test('is read as it is now by whoever wrote it, whichever way each part went', () => {
    const files = laneFiles()
    files.write(path, 0, noise(1024 * 1024, 1))
    files.write(path, 100, noise(50, 2))
    files.write(path, 1024 * 1024, noise(block, 3))
    const found = new Uint8Array(1024 * 1024 + block)
    files.read(path, 0, found)
    files.write(path, 0, noise(1024 * 1024, 4))
    const later = new Uint8Array(block)
    files.read(path, 1024 * 1024 - block, later)
    files.close()
    const expected = Buffer.concat([noise(1024 * 1024, 1), noise(block, 3)])
    expected.set(noise(50, 2), 100)
    expect(expected.equals(found)).toBe(true)
    expect(Buffer.from(noise(1024 * 1024, 4)).subarray(-block).equals(later)).toBe(true)
    expect(openedDirectly()).toBe(1)
  })

  test.each([
    ['refuses it', () => failing('EINVAL')],
    ['takes a part', () => 512],
  ])('is written the usual way, and all that follow, when the kernel %s', (_, answer) => {
    vi.mocked(fs.writeSync).mockImplementationOnce(answer)
    const files = laneFiles()
    files.write(path, block, noise(1024 * 1024, 1))
    files.write(path, 2 * 1024 * 1024, noise(1024 * 1024, 2))
    files.close()
    const expected = Buffer.alloc(size)
    expected.set(noise(1024 * 1024, 1), block)
    expected.set(noise(1024 * 1024, 2), 2 * 1024 * 1024)
    expect(expected.equals(real.readFileSync(path))).toBe(true)
    expect(fs.writeSync).toHaveBeenCalledTimes(3)
  })

  test('is written the usual way where the file cannot be opened for it', () => {
    vi.mocked(fs.openSync).mockImplementationOnce(() => failing('EINVAL'))
    const files = laneFiles()
    files.write(path, 0, noise(1024 * 1024, 1))
    files.write(path, 1024 * 1024, noise(1024 * 1024, 2))
    files.close()
    expect(fs.openSync).toHaveBeenCalledTimes(2)
    expect(real.readFileSync(path).subarray(0, 1024 * 1024).equals(noise(1024 * 1024, 1))).toBe(true)
  })

  test('that does not fit is the error of the usual way', () => {
    vi.mocked(fs.writeSync).mockImplementation(() => failing('ENOSPC'))
    const files = laneFiles()
    let thrown: unknown
    try {
      files.write(path, 0, noise(1024 * 1024, 1))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ kind: 'quota', key: path })
    expect(fs.writeSync).toHaveBeenCalledTimes(2)
    files.close()
  })

  test('leaves no file open', () => {
    const files = laneFiles()
    files.write(path, 0, noise(1024 * 1024, 1))
    files.write(path, 512, noise(512, 1))
    files.read(path, 0, new Uint8Array(512))
    expect(opened).toHaveLength(2)
    files.close()
    expect(fs.closeSync).toHaveBeenCalledTimes(2)
  })
})
