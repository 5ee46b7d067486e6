import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, noise, text } from '../../test/fixtures.ts'
import { blockOf, idsOf, laneOf, openRequest, pagesOf, runtimes, sealRequest } from '../../test/lanes.ts'
import type { BlockBases } from '../contract/lane.ts'
import { BackupError } from '../errors.ts'
import { applyDelta } from '../format/delta.ts'
import { joinBytes } from '../format/text.ts'
import { nodeLaneTools } from '../node/lane-tools.ts'
import type { LaneFiles } from './tools.ts'

const auto = { codec: 'auto' } as const

describe('with previous versions at hand,', () => {
  const before = joinBytes(text(4096), noise(4096, 4))
  const after = before.slice()
  after.set([1, 2, 3], 100)
  after.set(noise(512, 5), 512 * 9)
  const pages = pagesOf(after)
  const baseIds = idsOf(pagesOf(before))
  const offsets = Float64Array.from({ length: 16 }, (_, at) => at * 512)
  const memory = (bytes: Uint8Array, ids = baseIds): BlockBases => ({
    from: { kind: 'memory', bytes },
    offsets,
    ids,
    update: false,
  })

  describe.each(runtimes)('a lane of %s', (_, tools) => {
    test('stores a change as a delta program, and everything else as it is', async () => {
      const lane = laneOf(tools())
      const block = blockOf(after, { bases: memory(before) })
      const { deltas } = await lane.scan(block)
      expect([...deltas!.keys()].filter((position) => deltas![position]! > 0)).toEqual([0])
      expect(deltas![0]).toBeLessThan(30)

      lane.take({ block: block.id, segment: 'data-delta', positions: Uint32Array.of(0) })
      lane.take({ block: block.id, segment: 'data', positions: Uint32Array.of(9) })
      const program = (await lane.open(openRequest(1, await lane.seal(sealRequest(1, 'data-delta', auto)))))
        .plain!
      const rebuilt = new Uint8Array(512)
      expect(applyDelta(program, 0, before.subarray(0, 512), rebuilt)).toBe(program.length)
      expect(rebuilt).toEqual(pages[0])
      expect((await lane.open(openRequest(1, await lane.seal(sealRequest(1, 'data', auto))))).plain).toEqual(
        pages[9],
      )
    })

    test.each<[string, BlockBases]>([
      ['is not what its id says', memory(before.map((byte, at) => (at === 300 ? byte ^ 1 : byte)))],
      ['is not known', memory(before, new Uint8Array(256))],
      ['is not there', memory(new Uint8Array(0))],
      ['is cut short', memory(before.subarray(0, 511))],
      ['has no id', memory(before, new Uint8Array(0))],
    ])('stores a change as it is when its previous version %s', async (_, bases) => {
      const { deltas, ids } = await laneOf(tools()).scan(blockOf(after, { bases }))
      expect(deltas![0]).toBe(0)
      expect(ids).toEqual(idsOf(pages))
    })
  })

  test('in a file that is brought up to date, the next change finds this one', async () => {
    const path = join(await freshFolder(), 'shadow')
    writeFileSync(path, before)
    const lane = laneOf(nodeLaneTools())
    const bases: BlockBases = { from: { kind: 'file', path }, offsets, ids: baseIds, update: true }
    const { deltas } = await lane.scan(blockOf(after, { bases }))
    expect(deltas![0]).toBeGreaterThan(0)
    await lane.closeFiles()
    expect(new Uint8Array(readFileSync(path))).toEqual(after)
  })

  test('in a file that is too short, or not what it was, changes are stored as they are', async () => {
    for (const content of [before.subarray(0, 100), noise(before.length, 6)]) {
      const path = join(await freshFolder(), 'shadow')
      writeFileSync(path, content)
      const lane = laneOf(nodeLaneTools())
      const { deltas } = await lane.scan(
        blockOf(after, { bases: { from: { kind: 'file', path }, offsets, ids: baseIds, update: false } }),
      )
      await lane.closeFiles()
      expect([...deltas!].every((length) => length === 0)).toBe(true)
    }
  })

  test('in a file on a disk that is full, changes are stored, and what was written until then is right', async () => {
    const path = join(await freshFolder(), 'shadow')
    writeFileSync(path, before)
    const tools = nodeLaneTools()
    let writes = 0
    const write = (...args: Parameters<LaneFiles['write']>): void => {
      if (++writes === 5) throw new BackupError('quota', 'The disk is full.')
      tools.files!.write(...args)
    }
    const lane = laneOf({ ...tools, files: { ...tools.files!, write } })
    const bases: BlockBases = { from: { kind: 'file', path }, offsets, ids: baseIds, update: true }
    const other = text(8192).reverse()
    const { deltas, ids, updateFailed } = await lane.scan(blockOf(other, { bases }))
    await lane.closeFiles()
    expect(updateFailed).toBe('The disk is full.')
    // Not tried again for this block.
    expect(writes).toBe(5)
    expect([deltas!.length, ids.length]).toEqual([16, 256])
    expect(new Uint8Array(readFileSync(path))).toEqual(joinBytes(other.subarray(0, 4 * 512), before.subarray(4 * 512)))
  })

  test.each(['a folder in its place', 'no folder to be in'])('in a file that cannot be opened, there being %s, changes are stored as they are', async (what) => {
    const folder = await freshFolder()
    const path = what.startsWith('a folder') ? folder : join(folder, 'gone', 'shadow')
    const bases: BlockBases = { from: { kind: 'file', path }, offsets, ids: baseIds, update: true }
    const { deltas, updateFailed } = await laneOf(nodeLaneTools()).scan(blockOf(after, { bases }))
    expect([...deltas!].every((length) => length === 0)).toBe(true)
    expect(updateFailed).toContain(path)
  })

  test('in a file that is gone, changes are stored as they are', async () => {
    const path = join(await freshFolder(), 'gone')
    const { deltas } = await laneOf(nodeLaneTools()).scan(
      blockOf(after, { bases: { from: { kind: 'file', path }, offsets, ids: baseIds, update: false } }),
    )
    expect([...deltas!].every((length) => length === 0)).toBe(true)
  })

  test('a last page that became shorter has no base', async () => {
    const shorter = after.subarray(0, 100)
    const { deltas } = await laneOf(nodeLaneTools()).scan(blockOf(shorter, { bases: memory(before) }))
    expect([...deltas!]).toEqual([0])
  })
})
