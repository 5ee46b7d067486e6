import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { freshFolder, noise, text } from '../../test/fixtures.ts'
import { blockOf, openRequest, sealRequest, sealed, unitKey } from '../../test/lanes.ts'
import type { Lanes, SealedSegment } from '../contract/lane.ts'
import { BackupError } from '../errors.ts'
import { joinBytes } from '../format/text.ts'
import { inlineLanes } from '../lane/inline-lanes.ts'
import { laneFiles } from './lane-files.ts'
import { nodeLaneTools } from './lane-tools.ts'
import { workerLanes } from './worker-lanes.ts'

const auto = { codec: 'auto' } as const
const opened: Lanes[] = []

function threads(workers: number, suite: 1 | 2 = 1): Lanes {
  const lanes = workerLanes({ suite, unitKey, workers })
  opened.push(lanes)
  return lanes
}

afterEach(async () => {
  for (const lanes of opened.splice(0)) await lanes.close()
})

test('lanes in threads do what a lane in the caller’s thread does', async () => {
  const bytes = joinBytes(text(100_000), noise(20_000, 1))
  for (const suite of [1, 2] as const) {
    const [here] = inlineLanes(nodeLaneTools(), { suite, unitKey, workers: 0 }).lanes
    const expected = await sealed(here!, suite, auto, blockOf(bytes, { remember: true }))
    for (const lane of threads(2, suite).lanes) {
      const found = await sealed(lane, suite, auto, blockOf(bytes, { remember: true }))
      expect(found.scanned).toEqual(expected.scanned)
      expect(found.segment).toEqual(expected.segment)
      expect(await lane.open(openRequest(suite, found.segment))).toEqual({ plain: bytes, writtenBytes: 0 })
      expect(await here!.open(openRequest(suite, found.segment))).toEqual({ plain: bytes, writtenBytes: 0 })
    }
  }
})

test('calls to one lane are carried out in their order, also when nobody waits between', async () => {
  const [lane] = threads(1).lanes
  const parts = Array.from({ length: 20 }, (_, at) => noise(1000, at))
  const blocks = parts.map((part) => blockOf(part, { cut: { kind: 'pages', unitLength: 1000 } }))
  const segments: Promise<SealedSegment>[] = []
  for (const block of blocks) {
    void lane!.scan(block)
    lane!.take({ block: block.id, segment: 'data', positions: Uint32Array.of(0) })
    lane!.release(block.id)
    if (block.id % 5 === 0) segments.push(lane!.seal(sealRequest(1, 'data', auto)))
  }
  segments.push(lane!.seal(sealRequest(1, 'data', { codec: 0 })))
  const plain: Uint8Array[] = []
  for (const segment of await Promise.all(segments))
    if (segment.plainLength > 0) plain.push((await lane!.open(openRequest(1, segment))).plain!)
  expect(joinBytes(...plain)).toEqual(joinBytes(...parts))
})

test('what was handed over still belongs to the caller', async () => {
  const [lane] = threads(1).lanes
  const { segment } = await sealed(lane!, 1, auto, blockOf(text(5000)))
  const object = Buffer.concat([Buffer.alloc(100), segment.stored, Buffer.alloc(100)])
  const part = object.subarray(100, 100 + segment.stored.length)
  const pooled = Buffer.from('in the pool of all small buffers')
  for (const stored of [segment.stored, part, new Uint8Array(part)]) {
    expect((await lane!.open(openRequest(1, { ...segment, stored }))).plain).toEqual(text(5000))
    expect(stored.length).toBeGreaterThan(0)
  }
  expect(object.length).toBe(segment.stored.length + 200)
  expect(pooled.toString()).toBe('in the pool of all small buffers')
})

describe('an error crosses the thread', () => {
  test('with kind, key, hint and message', async () => {
    const [lane] = threads(1).lanes
    const path = join(await freshFolder(), 'nothing')
    const error: unknown = await lane!
      .scan(blockOf(text(1), { bytes: { kind: 'file', path, offset: 0, length: 1 } }))
      .catch((caught: unknown) => caught)
    expect(BackupError.is(error, 'not-found')).toBe(true)
    expect(error).toMatchObject({
      key: path,
      message: expect.stringContaining('ENOENT'),
      retryable: false,
      hint: expect.stringMatching(/./),
    })
  })

  test('for a file that became shorter', async () => {
    const [lane] = threads(1).lanes
    const path = join(await freshFolder(), 'short')
    writeFileSync(path, text(100))
    const error: unknown = await lane!
      .scan(blockOf(text(1), { bytes: { kind: 'file', path, offset: 0, length: 200 } }))
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      kind: 'source',
      hint: expect.stringContaining('changed while it was read'),
    })
  })

  test('for a segment that was damaged, and the lane goes on', async () => {
    const [lane] = threads(1).lanes
    const { segment } = await sealed(lane!, 1, auto, blockOf(text(5000)))
    const damaged = { ...segment, stored: segment.stored.map((byte, at) => (at === 7 ? byte ^ 1 : byte)) }
    await expect(lane!.open(openRequest(1, damaged))).rejects.toMatchObject({ kind: 'corrupt' })
    expect((await lane!.open(openRequest(1, segment))).plain).toEqual(text(5000))
  })

  test('for what only a config can mend', async () => {
    const [lane] = threads(1).lanes
    await expect(sealed(lane!, 1, { codec: 1, level: 99 }, blockOf(text(5000)))).rejects.toMatchObject({
      kind: 'config',
    })
  })

  test('of a call without an answer: everything from there on fails with it, and the program lives', async () => {
    const uncaught: unknown[] = []
    const listen = (error: unknown): void => void uncaught.push(error)
    process.on('uncaughtException', listen)
    const [lane] = threads(1).lanes
    const before = lane!.scan(blockOf(text(5000)))
    lane!.take({ block: 999_999, segment: 'data', positions: Uint32Array.of(0) })
    const after = [lane!.scan(blockOf(text(5000))), lane!.seal(sealRequest(1, 'data', auto))]
    expect((await before).units).toBe(10)
    for (const call of after)
      await expect(call).rejects.toMatchObject({
        kind: 'permanent',
        message: expect.stringContaining('999999'),
      })
    await expect(lane!.scan(blockOf(text(10)))).rejects.toMatchObject({ kind: 'permanent' })
    // Answers to what was under way still come.
    await new Promise((resolve) => setTimeout(resolve, 100))
    process.off('uncaughtException', listen)
    expect(uncaught).toEqual([])
  })
})

test('lanes that are closed end what is under way with kind cancelled', async () => {
  const lanes = threads(2)
  const underWay = lanes.lanes.map((lane) =>
    lane.scan(blockOf(noise(2 << 20, 1))).catch((caught: unknown) => caught),
  )
  await lanes.close()
  for (const error of await Promise.all(underWay)) expect(error).toMatchObject({ kind: 'cancelled' })
  await expect(lanes.lanes[0]!.scan(blockOf(text(10)))).rejects.toMatchObject({ kind: 'cancelled' })
})

test('what cannot be posted is an error for whoever waits, and for those who ask later', async () => {
  const [lane] = threads(1).lanes
  const block = { ...blockOf(noise(1000, 1)), never: () => {} }
  await expect(lane!.scan(block)).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('given its work') as string })
  await expect(lane!.closeFiles()).rejects.toMatchObject({ kind: 'permanent' })
})

test('a thread that is gone and never gave its turn to write back delays others, and stops nobody', async () => {
  const path = join(await freshFolder(), 'restored')
  const turn = new Int32Array(new SharedArrayBuffer(4))
  turn[0] = 1
  const files = laneFiles(turn)
  const bytes = noise(1000, 1)
  const before = performance.now()
  files.write(path, 0, bytes)
  expect(performance.now() - before).toBeGreaterThan(900)
  files.close()
  expect(readFileSync(path).equals(bytes)).toBe(true)
})
