import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, text } from '../../test/fixtures.ts'
import { blockOf, idsOf, laneOf, pagesOf, portableTools } from '../../test/lanes.ts'
import { joinBytes } from '../format/text.ts'
import { nodeLaneTools } from '../node/lane-tools.ts'

describe('a file', () => {
  const bytes = text(512 * 40 + 100)
  const cut = { kind: 'pages', unitLength: 512 } as const
  const file = async (content: Uint8Array): Promise<string> => {
    const path = join(await freshFolder(), 'pages')
    writeFileSync(path, content)
    return path
  }

  test('is read block by block, also where buffers are used again', async () => {
    const path = await file(bytes)
    const lane = laneOf(nodeLaneTools())
    const found: Uint8Array[] = []
    for (const [offset, length] of [
      [0, 10_240],
      [10_240, 5120],
      [15_360, bytes.length - 15_360],
    ] as const) {
      const block = blockOf(bytes, { bytes: { kind: 'file', path, offset, length } })
      found.push((await lane.scan(block)).ids)
      lane.release(block.id)
    }
    await lane.closeFiles()
    expect(joinBytes(...found)).toEqual(idsOf(pagesOf(bytes)))
  })

  test('that is shorter than it was is an error of the source', async () => {
    const path = await file(bytes)
    const lane = laneOf(nodeLaneTools())
    await expect(
      lane.scan(blockOf(bytes, { bytes: { kind: 'file', path, offset: 512, length: bytes.length } })),
    ).rejects.toMatchObject({ kind: 'source', key: path })
    await lane.closeFiles()
  })

  test('that is not there is named', async () => {
    const path = join(await freshFolder(), 'nothing')
    await expect(
      laneOf(nodeLaneTools()).scan(blockOf(bytes, { bytes: { kind: 'file', path, offset: 0, length: 1 } })),
    ).rejects.toMatchObject({ kind: 'not-found', key: path })
  })

  test('cannot be read where there are no files', async () => {
    await expect(
      laneOf(portableTools()).scan(
        blockOf(bytes, { bytes: { kind: 'file', path: 'x', offset: 0, length: 1 } }),
      ),
    ).rejects.toMatchObject({ kind: 'unsupported' })
  })

  test('whose fast hashes are known is only named where it changed', async () => {
    const lane = laneOf(nodeLaneTools())
    const first = await lane.scan(blockOf(bytes, { cut, remember: true }))
    expect([first.changed.length, first.hashes?.length]).toEqual([41, 41 * 16])
    const later = bytes.slice()
    for (const at of [0, 512 * 7 + 511, bytes.length - 1]) later[at]! ^= 1

    const second = await lane.scan(blockOf(later, { cut, remember: true, known: first.hashes! }))
    expect([...second.changed]).toEqual([0, 7, 40])
    expect(second.ids).toEqual(idsOf([0, 7, 40].map((page) => pagesOf(later)[page]!)))
    expect([...second.lengths]).toEqual([512, 512, 100])

    const third = await lane.scan(blockOf(later, { cut, remember: false, known: second.hashes! }))
    expect(third.changed.length).toBe(0)
    expect(third).not.toHaveProperty('hashes')
  })

  test('that grew has changed from where its hashes end', async () => {
    const lane = laneOf(nodeLaneTools())
    const { hashes } = await lane.scan(blockOf(bytes.subarray(0, 512 * 10), { cut, remember: true }))
    // Not at the beginning of its buffer, as it is when it comes from local state.
    const known = joinBytes(new Uint8Array(3), hashes!).subarray(3)
    const grown = await lane.scan(blockOf(bytes.subarray(0, 512 * 12), { cut, remember: true, known }))
    expect([...grown.changed]).toEqual([10, 11])
  })
})
