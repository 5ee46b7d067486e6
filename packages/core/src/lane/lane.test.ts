import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, noise, text } from '../../test/fixtures.ts'
import { blockOf, headerOf, objectKey, openRequest, sealRequest, sealed, unitKey } from '../../test/lanes.ts'
import { gearChunker, gearTable } from '../chunk/gear.ts'
import { portableCodecs } from '../codec/table.ts'
import type { CodecTable } from '../contract/codec.ts'
import type { BlockBases, Lane, Lanes } from '../contract/lane.ts'
import type { SuiteId } from '../contract/runtime.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { applyDelta } from '../format/delta.ts'
import { type SegmentRole, decodeDescriptor, roles } from '../format/descriptor.ts'
import { hex, joinBytes } from '../format/text.ts'
import { unitNamer } from '../format/unit-id.ts'
import { nodeLaneTools } from '../node/lane-tools.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { inlineLanes } from './inline-lanes.ts'
import type { LaneTools } from './lane.ts'

const portableTools = (): LaneTools => ({ crypto: portableCrypto, codecs: portableCodecs })
const auto = { codec: 'auto' } as const
const store = { codec: 0 } as const
const limits = { minBytes: 64, averageBytes: 256, maxBytes: 1024 }

function laneOf(tools: LaneTools, suite: SuiteId = 1): Lane {
  return inlineLanes(tools, { suite, unitKey, workers: 0 }).lanes[0]!
}

function idsOf(units: readonly Uint8Array[], role: SegmentRole = roles.data): Uint8Array {
  const ids = new Uint8Array(units.length * 16)
  units.forEach((unit, at) => unitNamer(portableCrypto, unitKey).name(role, unit, ids, at * 16))
  return ids
}

function pagesOf(bytes: Uint8Array, unitLength = 512): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / unitLength) }, (_, at) => bytes.slice(at * unitLength, (at + 1) * unitLength))
}

const runtimes = [
  ['portable', portableTools],
  ['node', nodeLaneTools],
] as const
const ways = runtimes.flatMap(([writer, write]) => runtimes.map(([reader, read]) => ({ writer, reader, write, read })))

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
    expect(scanned).toMatchObject({ units: 12, changed: Uint32Array.from({ length: 12 }, (_, at) => at), ids: idsOf(pagesOf(bytes)) })
    expect([...scanned.lengths]).toEqual([...new Array<number>(11).fill(512), 6000 - 11 * 512])
    expect(segment.plainLength).toBe(bytes.length)
    expect(decodeDescriptor(segment.descriptor)).toMatchObject({ ordinal: 5, role: 1, plainLength: 6000, storedLength: segment.stored.length })
    expect(await laneOf(read(), suite).open(openRequest(suite, segment))).toEqual({ plain: bytes, writtenBytes: 0 })
  })

  test('units of given lengths, as parts of lists', async () => {
    const bytes = text(1000)
    const lengths = Uint32Array.of(1, 300, 699)
    const { scanned, segment } = await sealed(laneOf(write()), 1, auto, blockOf(bytes, { role: 'list', cut: { kind: 'lengths', lengths } }))
    const units = [bytes.slice(0, 1), bytes.slice(1, 301), bytes.slice(301)]
    expect(scanned).toMatchObject({ units: 3, lengths, ids: idsOf(units, roles.list) })
    expect(decodeDescriptor(segment.descriptor).role).toBe(roles.list)
    expect((await laneOf(read()).open(openRequest(1, segment))).plain).toEqual(bytes)
  })

  test('a stream cut by its content, over several blocks', async () => {
    const bytes = noise(20_000, 2)
    const lane = laneOf(write())
    const found: { ids: Uint8Array[]; lengths: number[] } = { ids: [], lengths: [] }
    const pieces = [bytes.subarray(0, 700), bytes.subarray(700, 701), bytes.subarray(701, 15_000), bytes.subarray(15_000)]
    for (const [at, piece] of pieces.entries()) {
      const block = blockOf(piece, { cut: { kind: 'gear', stream: 1, limits, last: at === pieces.length - 1 } })
      const scanned = await lane.scan(block)
      lane.take({ block: block.id, segment: 'data', positions: scanned.changed })
      lane.release(block.id)
      found.ids.push(scanned.ids)
      found.lengths.push(...scanned.lengths)
    }
    const whole = gearChunker(gearTable(portableCrypto, unitKey), limits).push(bytes, true)
    expect(found.lengths).toEqual([...whole.lengths])
    let start = 0
    expect(joinBytes(...found.ids)).toEqual(idsOf(found.lengths.map((length) => bytes.slice(start, (start += length)))))
    const segment = await lane.seal(sealRequest(1, 'data', auto))
    expect((await laneOf(read()).open(openRequest(1, segment))).plain).toEqual(bytes)
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
    expect((await reader.open(openRequest(1, data))).plain).toEqual(joinBytes(other.subarray(1536), one.subarray(0, 512), one.subarray(1024, 1536)))
    expect((await reader.open(openRequest(1, list))).plain).toEqual(one.subarray(512, 1024))
  })
})

test('a segment opens only as what it was sealed as', async () => {
  const { segment } = await sealed(laneOf(nodeLaneTools()), 1, auto, blockOf(text(3000)))
  const lane = laneOf(nodeLaneTools())
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, each) => (each === at ? byte ^ 1 : byte))
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
    for (const [offset, length] of [[0, 10_240], [10_240, 5120], [15_360, bytes.length - 15_360]] as const) {
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
    await expect(lane.scan(blockOf(bytes, { bytes: { kind: 'file', path, offset: 512, length: bytes.length } }))).rejects.toMatchObject({ kind: 'source', key: path })
    await lane.closeFiles()
  })

  test('that is not there is named', async () => {
    const path = join(await freshFolder(), 'nothing')
    await expect(laneOf(nodeLaneTools()).scan(blockOf(bytes, { bytes: { kind: 'file', path, offset: 0, length: 1 } }))).rejects.toMatchObject({ kind: 'not-found', key: path })
  })

  test('cannot be read where there are no files', async () => {
    await expect(laneOf(portableTools()).scan(blockOf(bytes, { bytes: { kind: 'file', path: 'x', offset: 0, length: 1 } }))).rejects.toMatchObject({ kind: 'unsupported' })
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

describe('with previous versions at hand,', () => {
  const before = joinBytes(text(4096), noise(4096, 4))
  const after = before.slice()
  after.set([1, 2, 3], 100)
  after.set(noise(512, 5), 512 * 9)
  const pages = pagesOf(after)
  const baseIds = idsOf(pagesOf(before))
  const offsets = Float64Array.from({ length: 16 }, (_, at) => at * 512)
  const memory = (bytes: Uint8Array, ids = baseIds): BlockBases => ({ from: { kind: 'memory', bytes }, offsets, ids, update: false })

  describe.each(runtimes)('a lane of %s', (_, tools) => {
    test('stores a change as a delta program, and everything else as it is', async () => {
      const lane = laneOf(tools())
      const block = blockOf(after, { bases: memory(before) })
      const { deltas } = await lane.scan(block)
      expect([...deltas!.keys()].filter((position) => deltas![position]! > 0)).toEqual([0])
      expect(deltas![0]).toBeLessThan(30)

      lane.take({ block: block.id, segment: 'data-delta', positions: Uint32Array.of(0) })
      lane.take({ block: block.id, segment: 'data', positions: Uint32Array.of(9) })
      const program = (await lane.open(openRequest(1, await lane.seal(sealRequest(1, 'data-delta', auto))))).plain!
      const rebuilt = new Uint8Array(512)
      expect(applyDelta(program, 0, before.subarray(0, 512), rebuilt)).toBe(program.length)
      expect(rebuilt).toEqual(pages[0])
      expect((await lane.open(openRequest(1, await lane.seal(sealRequest(1, 'data', auto))))).plain).toEqual(pages[9])
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
      const { deltas } = await lane.scan(blockOf(after, { bases: { from: { kind: 'file', path }, offsets, ids: baseIds, update: false } }))
      await lane.closeFiles()
      expect([...deltas!].every((length) => length === 0)).toBe(true)
    }
  })

  test('in a file that is gone, changes are stored as they are', async () => {
    const path = join(await freshFolder(), 'gone')
    const { deltas } = await laneOf(nodeLaneTools()).scan(blockOf(after, { bases: { from: { kind: 'file', path }, offsets, ids: baseIds, update: false } }))
    expect([...deltas!].every((length) => length === 0)).toBe(true)
  })

  test('a last page that became shorter has no base', async () => {
    const shorter = after.subarray(0, 100)
    const { deltas } = await laneOf(nodeLaneTools()).scan(blockOf(shorter, { bases: memory(before) }))
    expect([...deltas!]).toEqual([0])
  })
})

describe('decode and compare', () => {
  const lying = (codec: Partial<CodecTable[1]>): LaneTools => ({
    crypto: portableCrypto,
    codecs: { ...portableCodecs, 1: { ...portableCodecs[1], encode: (plain) => plain.slice(0, plain.length >> 1), ...codec } },
  })

  test.each<[string, Partial<CodecTable[1]>]>([
    ['loses data without a word', { decode: (_, length) => new Uint8Array(length) }],
    ['returns fewer bytes', { decode: (stored) => stored }],
    ['changes one byte', { encode: (plain) => new Uint8Array(1).fill(plain.length), decode: () => text(3000).map((byte, at) => (at === 2999 ? byte ^ 1 : byte)) }],
    ['makes what it cannot read itself', {}],
  ])('catches a codec that %s: nothing is returned', async (_, codec) => {
    const lane = laneOf(lying(codec))
    await expect(sealed(lane, 1, { codec: 1 }, blockOf(text(3000)))).rejects.toMatchObject({ kind: 'corrupt' })
  })

  test('does not mind the same codec where it is not used', async () => {
    const lane = laneOf(lying({ decode: (_, length) => new Uint8Array(length) }))
    await expect(sealed(lane, 1, { codec: 1 }, blockOf(text(3000)))).rejects.toMatchObject({ kind: 'corrupt' })
    // What failed is not in the next segment.
    const { segment } = await sealed(lane, 1, store, blockOf(text(100)))
    expect((await lane.open(openRequest(1, segment))).plain).toEqual(text(100))
  })

  test('catches a cipher that errs', async () => {
    const crypto = {
      ...portableCrypto,
      aead(suite: SuiteId, key: Uint8Array) {
        const real = portableCrypto.aead(suite, key)
        return { ...real, seal: async (nonce: Uint8Array, plain: Uint8Array, associated: Uint8Array) => (await real.seal(nonce, plain, associated)).map((byte, at) => (at === 0 ? byte ^ 1 : byte)) }
      },
    }
    await expect(sealed(laneOf({ crypto, codecs: portableCodecs }), 1, auto, blockOf(text(3000)))).rejects.toMatchObject({ kind: 'corrupt' })
  })
})

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
    const placements = { path, lengths: 512, units: Uint32Array.of(1, 2, 2, 7), to: Float64Array.of(512, 1024, 2560, 0) }
    expect(await lane.open(openRequest(1, segment, { placements }))).toEqual({ writtenBytes: 4 * 512 })
    await lane.closeFiles()
    expect(content()).toEqual(joinBytes(pages[7]!, pages[1]!, pages[2]!, new Uint8Array(1024), pages[2]!))
  })

  test('of different lengths', async () => {
    const lane = laneOf(nodeLaneTools())
    const lengths = Uint32Array.of(10, 20, 30)
    const { segment } = await sealed(lane, 1, auto, blockOf(bytes.subarray(0, 60), { cut: { kind: 'lengths', lengths } }))
    const { path, content } = await target(50)
    await lane.open(openRequest(1, segment, { placements: { path, lengths, units: Uint32Array.of(1, 2), to: Float64Array.of(0, 20) } }))
    await lane.closeFiles()
    expect(content()).toEqual(bytes.slice(10, 60))
  })

  test('not where there are no files', async () => {
    const lane = laneOf(portableTools())
    const { segment } = await sealed(lane, 1, auto, blockOf(bytes))
    const placements = { path: 'x', lengths: 512, units: Uint32Array.of(1), to: Float64Array.of(0) }
    await expect(lane.open(openRequest(1, segment, { placements }))).rejects.toMatchObject({ kind: 'unsupported' })
  })

  describe('deltas find their base in place, and are compared with their ids', () => {
    const after = bytes.slice()
    for (let page = 0; page < 8; page++) after[page * 512 + 40]! ^= 0xff
    const changed = pagesOf(after)
    const ids = idsOf(changed)

    /** A lane, and a segment with a program for each page. */
    const programs = async (): Promise<{ lane: Lane; segment: Awaited<ReturnType<typeof sealed>>['segment'] }> => {
      const lane = laneOf(nodeLaneTools())
      const bases: BlockBases = { from: { kind: 'memory', bytes }, offsets: Float64Array.from({ length: 8 }, (_, at) => at * 512), ids: idsOf(pages), update: false }
      const { scanned, segment } = await sealed(lane, 1, auto, blockOf(after, { bases }), 'data-delta')
      expect([...scanned.deltas!].every((length) => length > 0)).toBe(true)
      return { lane, segment }
    }
    const flags = new Uint8Array(8).fill(1)

    test('and replace it', async () => {
      const { lane, segment } = await programs()
      const { path, content } = await target(0)
      writeFileSync(path, bytes)
      const placements = { path, lengths: 512, programs: flags, units: Uint32Array.of(2, 5), to: Float64Array.of(1024, 2560), ids: joinBytes(ids.subarray(32, 48), ids.subarray(80, 96)) }
      expect(await lane.open(openRequest(1, segment, { placements }))).toEqual({ writtenBytes: 1024 })
      await lane.closeFiles()
      expect(content()).toEqual(joinBytes(...pages.map((page, at) => (at === 2 || at === 5 ? changed[at]! : page))))
    })

    test('or are refused where another base lies, which stays as it is', async () => {
      const { lane, segment } = await programs()
      const { path, content } = await target(8 * 512)
      const placements = { path, lengths: 512, programs: flags, units: Uint32Array.of(2), to: Float64Array.of(1024), ids: ids.subarray(32, 48) }
      await expect(lane.open(openRequest(1, segment, { placements }))).rejects.toMatchObject({ kind: 'corrupt' })
      await lane.closeFiles()
      expect(content()).toEqual(new Uint8Array(8 * 512))
    })

    test('and can be checked for their form without one', async () => {
      const { lane, segment } = await programs()
      expect(await lane.open(openRequest(1, segment, { check: { role: 1, lengths: 512, ids, programs: flags } }))).toEqual({ writtenBytes: 0 })
      const wrong = { role: 1, lengths: 511, ids, programs: flags }
      await expect(lane.open(openRequest(1, segment, { check: wrong }))).rejects.toMatchObject({ kind: 'corrupt' })
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
      { ...check, ids: joinBytes(scanned.ids, new Uint8Array(16)) },
    ]) {
      await expect(lane.open(openRequest(1, segment, { check: wrong }))).rejects.toMatchObject({ kind: 'corrupt' })
    }
  })
})

describe('a lane in the thread of its caller', () => {
  test('lets others have a turn before each step', async () => {
    const lane = laneOf(portableTools())
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    for (let step = 0; step < 20; step++) await lane.scan(blockOf(noise(100_000, step)))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(5)
  })

  test('fails from there on when something nobody waits for has failed: a segment would lack units', async () => {
    const lane = laneOf(portableTools())
    const block = blockOf(text(1000))
    await lane.scan(block)
    lane.take({ block: block.id + 1000, segment: 'data', positions: Uint32Array.of(0) })
    lane.take({ block: block.id, segment: 'data', positions: Uint32Array.of(0) })
    await expect(lane.seal(sealRequest(1, 'data', auto))).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining(`${block.id + 1000}`) })
    await expect(lane.scan(blockOf(text(10)))).rejects.toMatchObject({ kind: 'permanent' })
  })

  test('is closed all the same', async () => {
    const lanes: Lanes = inlineLanes(nodeLaneTools(), { suite: 1, unitKey, workers: 0 })
    lanes.lanes[0]!.take({ block: 12_345, segment: 'data', positions: Uint32Array.of(0) })
    await expect(lanes.close()).resolves.toBeUndefined()
  })

  test('goes on after a failure that somebody was told of', async () => {
    const lane = laneOf(nodeLaneTools())
    await expect(lane.scan(blockOf(text(10), { bytes: { kind: 'file', path: '/nowhere/at all', offset: 0, length: 1 } }))).rejects.toMatchObject({ kind: 'not-found' })
    expect(hex((await lane.scan(blockOf(text(10)))).ids)).toBe(hex(idsOf([text(10)])))
  })
})

describe.each(runtimes)('whatever a lane of %s is asked to do, no byte is lost, and none of the caller’s', (_, tools) => {
  const codecs = Object.values(tools().codecs).flatMap(({ id, name, encode }) => (encode ? [{ id, name }] : []))

  test.each([...codecs, { id: 'auto' as const, name: 'auto' }])('with $name', async ({ id }) => {
    const { files } = tools()
    const random = seededRandom(id === 'auto' ? 9 : id)
    const stream = joinBytes(text(400_000), noise(300_000, 8), new Uint8Array(200_000), text(300_000))
    const path = join(await freshFolder(), 'stream')
    writeFileSync(path, stream)
    const lane = laneOf(tools())
    const expected: Uint8Array[] = []
    const segments: Awaited<ReturnType<Lane['seal']>>[] = []
    const owned: Uint8Array[] = []

    for (let step = 0; step < 40; step++) {
      const offset = random.below(stream.length - 1)
      const length = 1 + random.below(Math.min(300_000, stream.length - offset))
      const part = stream.slice(offset, offset + length)
      const bytes = files && step % 2 === 0 ? { kind: 'file' as const, path, offset, length } : { kind: 'memory' as const, bytes: part }
      const block = blockOf(part, { bytes, cut: { kind: 'pages', unitLength: 4096 } })
      owned.push(part)
      const { changed } = await lane.scan(block)
      const positions = changed.filter(() => random.below(10) > 0)
      lane.take({ block: block.id, segment: 'data', positions })
      expected.push(...Array.from(positions, (page) => stream.slice(offset + page * 4096, Math.min(offset + (page + 1) * 4096, offset + length))))
      if (random.below(3) > 0) lane.release(block.id)
      if (random.below(2) === 0 && expected.length > 0) segments.push(await lane.seal(sealRequest(1, 'data', { codec: id })))
    }
    segments.push(await lane.seal(sealRequest(1, 'data', { codec: id })))
    const plain: Uint8Array[] = []
    for (const segment of segments) if (segment.plainLength > 0) plain.push((await lane.open(openRequest(1, segment))).plain!)
    await lane.closeFiles()
    expect(Buffer.compare(joinBytes(...plain), joinBytes(...expected))).toBe(0)
    expect(owned.every(({ length }) => length > 0)).toBe(true)
    expect(segments.length).toBeGreaterThan(10)
  })
})
