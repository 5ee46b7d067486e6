import { describe, expect, test } from 'vitest'
import { noise, text } from '../../test/fixtures.ts'
import { blockOf, idsOf, laneOf, portableTools, sealRequest, unitKey } from '../../test/lanes.ts'
import { hex } from '../format/text.ts'
import { nodeLaneTools } from '../node/lane-tools.ts'
import { inlineLanes } from './inline-lanes.ts'

const auto = { codec: 'auto' } as const

describe('a lane in the thread of its caller', () => {
  test('lets others have a turn before each step', async () => {
    const lane = laneOf(portableTools())
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    for (let step = 0; step < 20; step++) await lane.scan(blockOf(noise(100_000, step)))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(5)
  })

  test('fails from there on when a call without an answer failed: a segment would lack units', async () => {
    const lane = laneOf(portableTools())
    const block = blockOf(text(1000))
    await lane.scan(block)
    lane.take({ block: block.id + 1000, segment: 'data', positions: Uint32Array.of(0) })
    lane.take({ block: block.id, segment: 'data', positions: Uint32Array.of(0) })
    await expect(lane.seal(sealRequest(1, 'data', auto))).rejects.toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining(`${block.id + 1000}`),
    })
    await expect(lane.scan(blockOf(text(10)))).rejects.toMatchObject({ kind: 'permanent' })
  })

  test('is closed all the same', async () => {
    const lanes = inlineLanes(nodeLaneTools(), { suite: 1, unitKey, workers: 0 })
    lanes.lanes[0]!.take({ block: 12_345, segment: 'data', positions: Uint32Array.of(0) })
    await expect(lanes.close()).resolves.toBeUndefined()
  })

  test('goes on after a failure that somebody was told of', async () => {
    const lane = laneOf(nodeLaneTools())
    await expect(
      lane.scan(
        blockOf(text(10), { bytes: { kind: 'file', path: '/nowhere/at all', offset: 0, length: 1 } }),
      ),
    ).rejects.toMatchObject({ kind: 'not-found' })
    expect(hex((await lane.scan(blockOf(text(10)))).ids)).toBe(hex(idsOf([text(10)])))
  })
})
