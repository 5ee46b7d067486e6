import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freshFolder } from '../../test/fixtures.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import * as directIo from './direct-io.ts'
import { laneFiles } from './lane-files.ts'

// Where the folder for temporary files does not take O_DIRECT, the flag is left out on the way to the system.

vi.mock('node:fs', { spy: true })
vi.mock('./direct-io.ts', { spy: true })

const real = await vi.importActual<typeof fs>('node:fs')
const { directIo: realDirectIo } = await vi.importActual<typeof directIo>('./direct-io.ts')
const MiB = 1024 * 1024
const page = 4_096
const size = 4 * MiB + 3 * page
let path: string
let model: Buffer
let opened: number[]

const noise = (bytes: number, seed: number): Uint8Array => {
  const words = new Uint32Array(Math.ceil(bytes / 4)).map((_, at) => Math.imul(at + seed, 0x9e3779b1))
  return new Uint8Array(words.buffer, 0, bytes)
}
const failing = (code: string): never => {
  throw Object.assign(new Error(code), { code })
}
const openedDirectly = () => opened.filter((flags) => (flags & fs.constants.O_DIRECT) !== 0).length
const content = (): Buffer => real.readFileSync(path)

beforeEach(async () => {
  path = join(await freshFolder(), 'target')
  real.writeFileSync(path, new Uint8Array(size))
  model = Buffer.alloc(size)
  opened = []
  const flag = fs.constants.O_DIRECT
  vi.mocked(directIo.directIo).mockReturnValue({ flag, blockBytes: page })
  const dropped = realDirectIo(path) ? 0 : flag
  vi.mocked(fs.openSync).mockImplementation((file, flags, mode) => {
    opened.push(flags as number)
    return real.openSync(file, (flags as number) & ~dropped, mode)
  })
  vi.clearAllMocks()
})

afterEach(() => {
  const { openSync, writeSync, closeSync } = fs
  for (const spy of [openSync, writeSync, closeSync, directIo.directIo, directIo.alignedMemory]) vi.mocked(spy).mockReset()
})

/** Places bytes in the file and in the model. */
function placing(files: ReturnType<typeof laneFiles>): (offset: number, bytes: Uint8Array) => void {
  return (offset, bytes) => {
    files.place(path, offset, bytes)
    model.set(bytes, offset)
  }
}

describe.runIf(process.platform === 'linux')('pages that are placed', () => {
  test('in any order are written a megabyte at a time', () => {
    const files = laneFiles()
    const place = placing(files)
    const pages = Array.from({ length: (4 * MiB) / page }, (_, at) => at)
    const random = seededRandom(7)
    for (let left = pages.length; left > 0; left--) {
      const [at] = pages.splice(random.below(left), 1)
      place(at! * page, noise(page, at!))
    }
    expect(fs.writeSync).toHaveBeenCalledTimes(4)
    expect(content().equals(model)).toBe(true)
    files.close()
    expect(openedDirectly()).toBe(1)
  })

  test('with gaps, at the end of the file and by sectors are all there in the end', () => {
    const files = laneFiles()
    const place = placing(files)
    place(0, noise(600 * 512, 1))
    place(700 * 512, noise(512, 2))
    place(MiB - page, noise(2 * page, 3))
    place(2 * MiB + 64 * page, noise(64 * page, 4))
    place(4 * MiB, noise(3 * page, 5))
    files.close()
    expect(content().equals(model)).toBe(true)
    // The one stretch that is long enough and begins and ends with a block went past the cache.
    expect(openedDirectly()).toBe(1)
  })

  test('are read from where they wait, or from the file', () => {
    const files = laneFiles()
    const place = placing(files)
    place(0, noise(MiB, 1))
    place(MiB, noise(page, 2))
    place(MiB + 3 * page, noise(page, 3))
    for (const [offset, length] of [
      [0, MiB],
      [MiB, page],
      [MiB + 100, 50],
      [MiB, 4 * page],
      [MiB - page, 2 * page],
      [3 * MiB, page],
    ] as const) {
      const found = new Uint8Array(length)
      files.read(path, offset, found)
      expect(model.subarray(offset, offset + length).equals(found)).toBe(true)
    }
    files.close()
    expect(content().equals(model)).toBe(true)
  })

  test('are right whatever comes, and in whatever order', () => {
    const random = seededRandom(11)
    let wrong = 0
    for (let round = 0; round < 8; round++) {
      const files = laneFiles()
      const place = placing(files)
      for (let step = 0; step < 200; step++) {
        const unit = [512, page, page, page, 7][random.below(5)]!
        const offset = random.below(Math.floor(size / unit) - 80) * unit
        const bytes = noise((1 + random.below(80)) * unit, round * 1000 + step)
        place(offset, bytes)
        const from = random.below(size - 40 * page)
        const found = new Uint8Array(random.below(40 * page))
        if (step % 5 === 4) files.read(path, from, found)
        wrong += step % 5 === 4 && !model.subarray(from, from + found.length).equals(found) ? 1 : 0
      }
      files.close()
      expect(wrong).toBe(0)
      expect(content().equals(model)).toBe(true)
    }
  })

  test('make room for others when there are too many places', () => {
    const many = join(path, '..', 'many')
    real.writeFileSync(many, '')
    const files = laneFiles()
    for (let tile = 0; tile < 60; tile++) files.place(many, tile * MiB, noise(page, tile))
    files.close()
    const found = real.readFileSync(many)
    for (let tile = 0; tile < 60; tile++) expect(found.subarray(tile * MiB, tile * MiB + page).equals(noise(page, tile))).toBe(true)
  })
})

describe.runIf(process.platform === 'linux')('the usual way is taken', () => {
  const placeAll = (): void => {
    const files = laneFiles()
    const place = placing(files)
    place(0, noise(2 * MiB, 1))
    place(2 * MiB, noise(MiB + page, 2))
    files.close()
    expect(content().equals(model)).toBe(true)
  }

  test.each([
    ['refuses it', () => failing('EINVAL')],
    ['takes a part', () => 512],
  ])('from then on when the kernel %s', (_, answer) => {
    vi.mocked(fs.writeSync).mockImplementationOnce(answer)
    placeAll()
    expect(openedDirectly()).toBe(1)
  })

  test('where the file cannot be opened for it', () => {
    vi.mocked(fs.openSync).mockImplementationOnce(() => failing('EINVAL'))
    placeAll()
    expect(openedDirectly()).toBe(0)
  })

  test('where direct I/O is not known to be good', () => {
    vi.mocked(directIo.directIo).mockReturnValue(undefined)
    placeAll()
    expect(openedDirectly()).toBe(0)
  })

  test('where there is no memory for it', () => {
    vi.mocked(directIo.alignedMemory).mockReturnValue(undefined)
    placeAll()
    expect(directIo.alignedMemory).toHaveBeenCalled()
  })

  test('for what is written, and not only placed: it is in the file at once', () => {
    const files = laneFiles()
    files.write(path, 0, noise(MiB, 1))
    expect(content().subarray(0, MiB).equals(noise(MiB, 1))).toBe(true)
    files.close()
    expect(openedDirectly()).toBe(0)
  })
})

describe.runIf(process.platform === 'linux')('a disk that is full', () => {
  const full = (): void => void vi.mocked(fs.writeSync).mockImplementation(() => failing('ENOSPC'))
  const thrownBy = (act: () => void): unknown => {
    try {
      act()
    } catch (error) {
      return error
    }
    return undefined
  }

  test('is told of when pages are written', () => {
    const files = laneFiles()
    full()
    expect(thrownBy(() => files.place(path, MiB, noise(MiB, 1)))).toMatchObject({ kind: 'quota', key: path })
    files.close()
    expect(fs.closeSync).toHaveBeenCalledTimes(2)
  })

  test('is told of when the files are closed, which they are all the same', () => {
    const files = laneFiles()
    files.place(path, 0, noise(page, 1))
    full()
    expect(thrownBy(() => files.close())).toMatchObject({ kind: 'quota', key: path })
    expect(fs.closeSync).toHaveBeenCalledTimes(2)
    // What could not be written is not tried again.
    expect(thrownBy(() => files.close())).toBeUndefined()
  })
})
