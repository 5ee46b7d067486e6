import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, noise, text } from '../../test/fixtures.ts'
import { blockOf, idsOf, laneOf, openRequest, pagesOf, portableTools, sealed } from '../../test/lanes.ts'
import type { BlockBases, Lane, SealedSegment } from '../contract/lane.ts'
import { joinBytes } from '../format/text.ts'
import { nodeLaneTools } from '../node/lane-tools.ts'

const auto = { codec: 'auto' } as const

describe('units are put where they belong:', () => {
  const bytes = joinBytes(text(2048), noise(2048, 7))
  const pages = pagesOf(bytes)
  const target = async (size: number): Promise<{ path: string; content(): Uint8Array }> => {
    const path = join(await freshFolder(), 'target')
    writeFileSync(path, new Uint8Array(size))
    return { path, content: () => new Uint8Array(readFileSync(path)) }
  }

  test('some, one of them twice, neighbours together', async () => {
    const lane = laneOf(nodeLaneTools())
    const { segment } = await sealed(lane, 1, auto, blockOf(bytes))
    const { path, content } = await target(6 * 512)
    const placements = {
      path,
      lengths: 512,
      units: Uint32Array.of(1, 2, 2, 7),
      to: Float64Array.of(512, 1024, 2560, 0),
    }
    expect(await lane.open(openRequest(1, segment, { placements }))).toEqual({ writtenBytes: 4 * 512 })
    await lane.closeFiles()
    expect(content()).toEqual(joinBytes(pages[7]!, pages[1]!, pages[2]!, new Uint8Array(1024), pages[2]!))
  })

  test('of different lengths', async () => {
    const lane = laneOf(nodeLaneTools())
    const lengths = Uint32Array.of(10, 20, 30)
    const { segment } = await sealed(
      lane,
      1,
      auto,
      blockOf(bytes.subarray(0, 60), { cut: { kind: 'lengths', lengths } }),
    )
    const { path, content } = await target(50)
    await lane.open(
      openRequest(1, segment, {
        placements: { path, lengths, units: Uint32Array.of(1, 2), to: Float64Array.of(0, 20) },
      }),
    )
    await lane.closeFiles()
    expect(content()).toEqual(bytes.slice(10, 60))
  })

  test('not where there are no files', async () => {
    const lane = laneOf(portableTools())
    const { segment } = await sealed(lane, 1, auto, blockOf(bytes))
    const placements = { path: 'x', lengths: 512, units: Uint32Array.of(1), to: Float64Array.of(0) }
    await expect(lane.open(openRequest(1, segment, { placements }))).rejects.toMatchObject({
      kind: 'unsupported',
    })
  })

  describe('deltas find their base in place, and are compared with their ids', () => {
    const after = bytes.slice()
    for (let page = 0; page < 8; page++) after[page * 512 + 40]! ^= 0xff
    const changed = pagesOf(after)
    const ids = idsOf(changed)

    /** A lane, and a segment with a program for each page. */
    const programs = async (): Promise<{ lane: Lane; segment: SealedSegment }> => {
      const lane = laneOf(nodeLaneTools())
      const bases: BlockBases = {
        from: { kind: 'memory', bytes },
        offsets: Float64Array.from({ length: 8 }, (_, at) => at * 512),
        ids: idsOf(pages),
        update: false,
      }
      const { scanned, segment } = await sealed(lane, 1, auto, blockOf(after, { bases }), 'data-delta')
      expect([...scanned.deltas!].every((length) => length > 0)).toBe(true)
      return { lane, segment }
    }
    const flags = new Uint8Array(8).fill(1)

    test('and replace it', async () => {
      const { lane, segment } = await programs()
      const { path, content } = await target(0)
      writeFileSync(path, bytes)
      const placements = {
        path,
        lengths: 512,
        programs: flags,
        units: Uint32Array.of(2, 5),
        to: Float64Array.of(1024, 2560),
        ids: joinBytes(ids.subarray(32, 48), ids.subarray(80, 96)),
      }
      expect(await lane.open(openRequest(1, segment, { placements }))).toEqual({ writtenBytes: 1024 })
      await lane.closeFiles()
      expect(content()).toEqual(
        joinBytes(...pages.map((page, at) => (at === 2 || at === 5 ? changed[at]! : page))),
      )
    })

    test('or are refused where another base lies, which stays as it is', async () => {
      const { lane, segment } = await programs()
      const { path, content } = await target(8 * 512)
      const placements = {
        path,
        lengths: 512,
        programs: flags,
        units: Uint32Array.of(2),
        to: Float64Array.of(1024),
        ids: ids.subarray(32, 48),
      }
      await expect(lane.open(openRequest(1, segment, { placements }))).rejects.toMatchObject({
        kind: 'corrupt',
      })
      await lane.closeFiles()
      expect(content()).toEqual(new Uint8Array(8 * 512))
    })

    test('and can be checked for their form without one', async () => {
      const { lane, segment } = await programs()
      expect(
        await lane.open(openRequest(1, segment, { check: { role: 1, lengths: 512, ids, programs: flags } })),
      ).toEqual({ writtenBytes: 0 })
      const wrong = { role: 1, lengths: 511, ids, programs: flags }
      await expect(lane.open(openRequest(1, segment, { check: wrong }))).rejects.toMatchObject({
        kind: 'corrupt',
      })
    })
  })

  test('units can be compared with their ids without being put anywhere', async () => {
    const lane = laneOf(portableTools())
    const { segment, scanned } = await sealed(lane, 1, auto, blockOf(bytes))
    const check = { role: 1, lengths: 512, ids: scanned.ids }
    expect(await lane.open(openRequest(1, segment, { check }))).toEqual({ writtenBytes: 0 })
    for (const wrong of [
      { ...check, ids: scanned.ids.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) },
      { ...check, role: 2 },
      { ...check, lengths: 511 },
      { ...check, ids: scanned.ids.subarray(16) },
      { ...check, ids: scanned.ids.subarray(0, -16) },
      { ...check, ids: joinBytes(scanned.ids, new Uint8Array(16)) },
    ]) {
      await expect(lane.open(openRequest(1, segment, { check: wrong }))).rejects.toMatchObject({
        kind: 'corrupt',
      })
    }
  })
})
