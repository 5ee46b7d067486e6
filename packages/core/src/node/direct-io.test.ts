import * as fs from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { alignedMemory, directIo } from './direct-io.ts'

vi.mock('node:fs', { spy: true })

const ext4 = 0xef53
const xfs = 0x58465342
const nfs = 0x6969
const tmpfs = 0x01021994

/** A machine with one disk. */
function machine(type: number, device: number, settings: Readonly<Record<string, string>>): void {
  vi.mocked(fs.statfsSync).mockReturnValue({ type } as never)
  vi.mocked(fs.statSync).mockReturnValue({ dev: device } as never)
  vi.mocked(fs.readFileSync).mockImplementation((path) => {
    const found = settings[String(path)]
    if (found === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    return `${found}\n`
  })
}

afterEach(() => {
  for (const spy of [fs.statfsSync, fs.statSync, fs.readFileSync]) vi.mocked(spy).mockReset()
  vi.unstubAllGlobals()
})

describe.runIf(process.platform === 'linux')('direct I/O', () => {
  const disk = (write_cache: string, rotational: string) => ({
    '/sys/dev/block/8:0/queue/write_cache': write_cache,
    '/sys/dev/block/8:0/queue/rotational': rotational,
  })

  test.each([
    ['ext4 on a disk that keeps writes in memory', ext4, 'write back', '1', true],
    ['XFS on a disk that does not turn', xfs, 'write through', '0', true],
    ['a disk that turns, and writes at once', ext4, 'write through', '1', false],
    ['a network share', nfs, 'write back', '0', false],
    ['a folder in memory', tmpfs, 'write back', '0', false],
  ])('on %s', (_, type, cache, rotational, suits) => {
    machine(type, 0x800, disk(cache, rotational))
    expect(directIo('/somewhere')).toEqual(suits ? { flag: fs.constants.O_DIRECT, blockBytes: 4_096 } : undefined)
  })

  test('on a partition, which has the queue of its disk', () => {
    // 259:1027 (makedev(3)): the number of the partition has more than eight bits.
    machine(ext4, 0x410303, { '/sys/dev/block/259:1027/../queue/write_cache': 'write back' })
    expect(directIo('/somewhere')).toBeDefined()
  })

  test('nowhere that the system tells nothing about', () => {
    machine(ext4, 0x20, {})
    expect(directIo('/somewhere')).toBeUndefined()
    vi.mocked(fs.statfsSync).mockImplementation(() => {
      throw new Error('ENOENT')
    })
    expect(directIo('/nowhere')).toBeUndefined()
  })
})

describe('memory that begins at a page', () => {
  test('has the size that was asked for', () => {
    expect(alignedMemory(65_536)).toHaveLength(65_536)
    expect(alignedMemory(100_000)).toHaveLength(100_000)
  })

  test.each([
    ['has no WebAssembly', undefined],
    [
      'has no room for addresses',
      {
        Memory: class {
          constructor() {
            throw new RangeError('could not allocate memory')
          }
        },
      },
    ],
  ])('is missed in a process that %s', (_, stub) => {
    vi.stubGlobal('WebAssembly', stub)
    expect(alignedMemory(4_096)).toBeUndefined()
  })
})
