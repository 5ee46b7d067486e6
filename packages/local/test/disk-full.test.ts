import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askChild, onSmallDisk } from './child.ts'
import { scratch, type Scratch } from './scratch.ts'

interface Filled {
  refused: { kind: string; key: string; message: string }
  isThere: boolean
  stored: number
  listed: number
  intact: boolean
  leftovers: string[]
  freeBytes: number
  totalBytes: number
}

const MiB = 1024 * 1024
let place: Scratch

beforeEach(async () => {
  place = await scratch()
})

afterEach(() => place.clear())

describe.runIf(process.platform === 'linux')('a disk that runs full', () => {
  test('refuses the object as quota, keeps all others, keeps no half one, and takes objects again later', async () => {
    const disk = join(place.folder, 'disk')
    await mkdir(disk)
    const filled = await askChild<Filled>(
      new URL('./fill.child.ts', import.meta.url),
      [join(disk, 'target'), String(3 * MiB)],
      onSmallDisk(disk, '8m'),
    )
    expect(filled).toMatchObject({ stored: 2, listed: 2, intact: true, isThere: false, leftovers: [] })
    expect(filled.refused.kind).toBe('quota')
    expect(filled.refused.message).toMatch(/the disk is full \(ENOSPC\)/)
    expect(filled.totalBytes).toBe(8 * MiB)
    expect(filled.freeBytes).toBeGreaterThan(MiB)
    expect(filled.freeBytes).toBeLessThan(2 * MiB)
  })
})

describe.runIf(process.platform !== 'win32')('a limit on the size of files', () => {
  test('is met in the middle of a write, and reported as quota', async () => {
    // The unit of `ulimit -f` is 512 bytes: files end at 1 MiB.
    const limited = ['sh', '-c', 'ulimit -f 2048; exec "$0" "$@"']
    const filled = await askChild<Filled>(
      new URL('./fill.child.ts', import.meta.url),
      [place.root, String(MiB + 1)],
      limited,
    )
    expect(filled).toMatchObject({ stored: 0, listed: 0, isThere: false, leftovers: [] })
    expect(filled.refused.kind).toBe('quota')
    expect(filled.refused.message).toMatch(/EFBIG/)
  })
})
