import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, noise, text } from '../../test/fixtures.ts'
import {
  blockOf,
  headerOf,
  idsOf,
  laneOf,
  objectKey,
  openRequest,
  pagesOf,
  runtimes,
  sealRequest,
  sealed,
  unitKey,
} from '../../test/lanes.ts'
import { gearChunker, gearTable } from '../chunk/gear.ts'
import type { SealedSegment } from '../contract/lane.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { decodeDescriptor, roles } from '../format/descriptor.ts'
import { joinBytes } from '../format/text.ts'
import { nodeLaneTools } from '../node/lane-tools.ts'
import { seededRandom } from '../testing/seeded-random.ts'

const auto = { codec: 'auto' } as const
const store = { codec: 0 } as const
const limits = { minBytes: 64, averageBytes: 256, maxBytes: 1024 }
const canGiveBack = 'transfer' in ArrayBuffer.prototype
const ways = runtimes.flatMap(([writer, write]) =>
  runtimes.map(([reader, read]) => ({ writer, reader, write, read })),
)

describe.each(ways)('what a lane of $writer seals, one of $reader opens', ({ write, read }) => {
  test.each([
    { suite: 1, codec: auto },
    { suite: 2, codec: auto },
    { suite: 1, codec: store },
    { suite: 2, codec: { codec: 1, level: 9 } },
    { suite: 1, codec: { codec: 3 } },
  ] as const)('pages, under suite $suite with codec $codec.codec', async ({ suite, codec }) => {
    const bytes = joinBytes(text(5000), noise(1000, 1))
    const { scanned, segment } = await sealed(laneOf(write(), suite), suite, codec, blockOf(bytes))
    expect(scanned).toMatchObject({
      units: 12,
      changed: Uint32Array.from({ length: 12 }, (_, at) => at),
      ids: idsOf(pagesOf(bytes)),
    })
    expect([...scanned.lengths]).toEqual([...new Array<number>(11).fill(512), 6000 - 11 * 512])
    expect(segment.plainLength).toBe(bytes.length)
    expect(decodeDescriptor(segment.descriptor)).toMatchObject({
      ordinal: 5,
      role: 1,
      plainLength: 6000,
      storedLength: segment.stored.length,
    })
    expect(await laneOf(read(), suite).open(openRequest(suite, segment))).toEqual({
      plain: bytes,
      writtenBytes: 0,
    })
  })

  test('units of given lengths, as parts of lists', async () => {
    const bytes = text(1000)
    const lengths = Uint32Array.of(1, 300, 699)
    const { scanned, segment } = await sealed(
      laneOf(write()),
      1,
      auto,
      blockOf(bytes, { role: 'list', cut: { kind: 'lengths', lengths } }),
    )
    const units = [bytes.slice(0, 1), bytes.slice(1, 301), bytes.slice(301)]
    expect(scanned).toMatchObject({ units: 3, lengths, ids: idsOf(units, roles.list) })
    expect(decodeDescriptor(segment.descriptor).role).toBe(roles.list)
    expect((await laneOf(read()).open(openRequest(1, segment))).plain).toEqual(bytes)
  })

  test.each(['lent', 'given'])('a stream cut by its content, over several blocks that were %s', async (how) => {
    // Memory of less than this is not given back one by one.
    const bytes = noise(800_000, 2)
    const lane = laneOf(write())
    const found: { ids: Uint8Array[]; lengths: number[] } = { ids: [], lengths: [] }
    const pieces = [
      bytes.slice(0, 700),
      bytes.slice(700, 701),
      bytes.slice(701, 600_000),
      bytes.slice(600_000),
    ]
    for (const [at, piece] of pieces.entries()) {
      const block = blockOf(piece, {
        bytes: { kind: 'memory', bytes: piece, ...(how === 'given' && { given: true }) },
        cut: { kind: 'gear', stream: 1, limits, last: at === pieces.length - 1 },
      })
      const scanned = await lane.scan(block)
      lane.take({ block: block.id, segment: 'data', positions: scanned.changed })
      lane.release(block.id)
      found.ids.push(scanned.ids)
      found.lengths.push(...scanned.lengths)
    }
    const whole = gearChunker(gearTable(portableCrypto, unitKey), limits).push(bytes, true)
    expect(found.lengths).toEqual([...whole.lengths])
    let start = 0
    expect(joinBytes(...found.ids)).toEqual(
      idsOf(found.lengths.map((length) => bytes.slice(start, (start += length)))),
    )
    const segment = await lane.seal(sealRequest(1, 'data', auto))
    const { plain } = await laneOf(read()).open(openRequest(1, segment))
    expect(Buffer.compare(plain!, bytes)).toBe(0)
    const kept = pieces.map(({ length }) => length)
    expect(kept).toEqual(how === 'given' && canGiveBack ? [700, 1, 0, 0] : [700, 1, 599_299, 200_000])
  })

  test('chosen units of several blocks, in the order in which they were taken', async () => {
    const [one, other] = [text(2048), noise(2048, 3)]
    const [a, b] = [blockOf(one), blockOf(other)]
    const lane = laneOf(write())
    await lane.scan(a)
    await lane.scan(b)
    lane.take({ block: b.id, segment: 'data', positions: Uint32Array.of(3) })
    lane.take({ block: a.id, segment: 'data', positions: Uint32Array.of(0, 2) })
    lane.take({ block: a.id, segment: 'list', positions: Uint32Array.of(1) })
    const data = await lane.seal(sealRequest(1, 'data', auto))
    const list = await lane.seal(sealRequest(1, 'list', auto))
    const reader = laneOf(read())
    expect((await reader.open(openRequest(1, data))).plain).toEqual(
      joinBytes(other.subarray(1536), one.subarray(0, 512), one.subarray(1024, 1536)),
    )
    expect((await reader.open(openRequest(1, list))).plain).toEqual(one.subarray(512, 1024))
  })
})

test('a segment opens only as what it was sealed as', async () => {
  const { segment } = await sealed(laneOf(nodeLaneTools()), 1, auto, blockOf(text(3000)))
  const lane = laneOf(nodeLaneTools())
  const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, each) => (each === at ? byte ^ 1 : byte))
  const open = openRequest(1, segment)
  const otherwise = [
    { ...open, stored: flipped(segment.stored, 0) },
    { ...open, stored: segment.stored.slice(1) },
    { ...open, stored: segment.stored.slice(0, -1) },
    { ...open, stored: new Uint8Array(0) },
    { ...open, descriptor: flipped(segment.descriptor, 0) },
    { ...open, descriptor: flipped(segment.descriptor, 8) },
    { ...open, header: flipped(headerOf(1), 40) },
    { ...open, objectKey: flipped(objectKey, 0) },
  ]
  for (const request of otherwise) await expect(lane.open(request)).rejects.toMatchObject({ kind: 'corrupt' })
  expect((await lane.open(open)).plain).toEqual(text(3000))
})

describe.each(runtimes)(
  'whatever a lane of %s is asked to do, no byte is lost, and none of the caller’s',
  (_, tools) => {
    const codecs = Object.values(tools().codecs).flatMap(({ id, name, encode }) =>
      encode ? [{ id, name }] : [],
    )

    test.each([...codecs, { id: 'auto' as const, name: 'auto' }])('with $name', async ({ id }) => {
      const { files } = tools()
      const random = seededRandom(id === 'auto' ? 9 : id)
      const stream = joinBytes(text(400_000), noise(300_000, 8), new Uint8Array(200_000), text(300_000))
      const path = join(await freshFolder(), 'stream')
      writeFileSync(path, stream)
      const lane = laneOf(tools())
      const expected: Uint8Array[] = []
      const segments: SealedSegment[] = []
      const lent: Uint8Array[] = []

      for (let step = 0; step < 40; step++) {
        const offset = random.below(stream.length - 1)
        const length = 1 + random.below(Math.min(300_000, stream.length - offset))
        const part = stream.slice(offset, offset + length)
        const given = random.below(2) === 0
        if (!given) lent.push(part)
        const bytes =
          files && step % 2 === 0
            ? { kind: 'file' as const, path, offset, length }
            : { kind: 'memory' as const, bytes: part, ...(given && { given: true as const }) }
        const block = blockOf(part, { bytes, cut: { kind: 'pages', unitLength: 4096 } })
        const { changed } = await lane.scan(block)
        // Long stretches are borrowed from their block, short ones copied.
        const positions = random.below(2) === 0 ? changed : changed.filter(() => random.below(10) > 0)
        lane.take({ block: block.id, segment: 'data', positions })
        expected.push(
          ...Array.from(positions, (page) =>
            stream.slice(offset + page * 4096, Math.min(offset + (page + 1) * 4096, offset + length)),
          ),
        )
        if (random.below(3) > 0) {
          lane.release(block.id)
          // Once a later call is answered, the memory is the caller's again.
          await lane.scan(blockOf(new Uint8Array(1)))
          if (!given) part.fill(0)
        }
        if (random.below(2) === 0 && expected.length > 0)
          segments.push(await lane.seal(sealRequest(1, 'data', { codec: id })))
      }
      segments.push(await lane.seal(sealRequest(1, 'data', { codec: id })))
      const plain: Uint8Array[] = []
      for (const segment of segments)
        if (segment.plainLength > 0) plain.push((await lane.open(openRequest(1, segment))).plain!)
      await lane.closeFiles()
      expect(Buffer.compare(joinBytes(...plain), joinBytes(...expected))).toBe(0)
      expect(segments.length).toBeGreaterThan(10)
      expect(lent.filter(({ length }) => length === 0)).toEqual([])
      expect(lent.length).toBeGreaterThan(5)
    })
  },
)
