import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere, otherwise, verdict } from '../../test/strict-decoder.ts'
import { type Chunking, type Commit, type CommitStream, decodeCommit, encodeCommit } from './commit.ts'
import { fromUtf8, hex, unhex, utf8 } from './text.ts'

const { snapshots } = readVectors().repository
const golden = unhex(snapshots[0]!.record, snapshots[0]!.record.length / 2)
type Json = Record<string, unknown>
const record = JSON.parse(fromUtf8(golden)) as Json & { streams: Json[]; packs: Json[]; counts: Json }

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const name = fc.stringMatching(/^[0-9a-f]{64}$/)
const streams: fc.Arbitrary<CommitStream> = fc
  .record({
    name: fc.string(),
    size: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 45 })),
    chunking: fc.oneof(
      fc.record({ kind: fc.constant('pages'), unitLength: fc.integer({ min: 512, max: 65_536 }) }),
      fc.record({
        kind: fc.constant('gear'),
        minBytes: fc.constant(2048),
        averageBytes: fc.constant(8192),
        maxBytes: fc.constant(65_536),
      }),
    ) as fc.Arbitrary<Chunking>,
    id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  })
  .map(({ id, ...stream }) => {
    const { chunking, size } = stream
    const units = Math.ceil(size / (chunking.kind === 'pages' ? chunking.unitLength : chunking.averageBytes))
    return { ...stream, units, root: size === 0 ? null : { id, level: 8 } }
  })
const packs = fc
  .integer({ min: 97, max: 64 * 1024 * 1024 })
  .chain((size) =>
    fc.record({
      name,
      size: fc.constant(size),
      tail: fc.integer({ min: 17, max: size - 80 }),
      toc: fc.oneof(fc.constant(null), fc.uint8Array()),
    }),
  )
const commits: fc.Arbitrary<Commit> = fc.record({
  repository: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  writer: fc.stringMatching(/^[0-9a-f]{16}$/),
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  previous: fc.oneof(fc.constant(null), name),
  time: fc.date({
    min: new Date('0000-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  zone: fc.string(),
  durationMs: count,
  kind: fc.constantFrom('manual', 'scheduled', 'emergency', 'safety'),
  tags: fc.array(fc.string()),
  note: fc.oneof(fc.constant(null), fc.string({ unit: 'binary' })),
  generation: count,
  source: fc.record({ name: fc.string(), label: fc.string() }),
  streams: fc.uniqueArray(streams, { selector: (stream) => stream.name, maxLength: 5 }),
  proof: fc.record({ complete: fc.constant(true as const), pages: count, note: fc.string() }),
  packs: fc.array(packs, { maxLength: 5 }),
  counts: fc.record({ bytes: count, units: count, freshBytes: count, freshUnits: count, storedBytes: count }),
  software: fc.string(),
})

test('every commit comes back', () => {
  fc.assert(
    fc.property(commits, (commit) => {
      expect(decodeCommit(encodeCommit(commit))).toEqual(commit)
    }),
  )
})

test.each(snapshots)('commit $commit is that of the vectors', ({ record: bytes }) => {
  expect(hex(encodeCommit(decodeCommit(unhex(bytes, bytes.length / 2))))).toBe(bytes)
})

test('fields that this version does not know are ignored', () => {
  const known = decodeCommit(golden)
  expect(
    decodeCommit(
      json({
        ...record,
        later: { more: 1 },
        streams: record.streams.map((stream) => ({ ...stream, later: 1 })),
      }),
    ),
  ).toEqual(known)
})

describe('a commit is refused with', () => {
  const [stream] = record.streams
  const withStream = (change: Json): Json => ({ ...record, streams: [{ ...stream, ...change }] })
  const withPack = (change: Json): Json => ({ ...record, packs: [{ ...record.packs[0], ...change }] })
  const gear = { kind: 'gear', minBytes: 1, averageBytes: 2, maxBytes: 3 }

  test.each<[string, Json, string]>([
    ['another type', { ...record, type: 'session' }, 'type'],
    ['a proof that is not complete', { ...record, proof: { complete: false } }, 'proof'],
    ['a proof that is complete in another way', { ...record, proof: { complete: 'true' } }, 'proof'],
    ['no proof', { ...record, proof: null }, 'proof'],
    ['a repository id in capitals', { ...record, repository: 'AA'.repeat(16) }, 'hex'],
    ['a writer that is too long', { ...record, writer: '0'.repeat(17) }, 'writer'],
    ['sequence 0', { ...record, sequence: 0 }, 'sequence'],
    ['a predecessor without a name', { ...record, previous: '' }, 'previous'],
    ['a time that is no time', { ...record, time: 'yesterday' }, 'time'],
    ['a time on a day that is not', { ...record, time: '2031-02-30T00:00:00.000Z' }, 'time'],
    ['a time in a zone', { ...record, time: '2031-04-05T06:07:08.090+02:00' }, 'time'],
    ['a time without milliseconds', { ...record, time: '2031-04-05T06:07:08Z' }, 'time'],
    ['a time in year 12031', { ...record, time: '+012031-04-05T06:07:08.090Z' }, 'time'],
    ['a kind that nobody knows', { ...record, kind: 'weekly' }, 'kind'],
    ['tags that are no texts', { ...record, tags: [1] }, 'tags'],
    ['negative counts', { ...record, counts: { ...record.counts, bytes: -1 } }, 'bytes'],
    ['two streams of one name', { ...record, streams: [stream, stream] }, 'streams'],
    ['bytes without a list', withStream({ root: null }), 'root'],
    ['a list without bytes', withStream({ size: 0 }), 'root'],
    ['a list of level 9', withStream({ root: { id: '00'.repeat(16), level: 9 } }), 'level'],
    ['a short id of a list', withStream({ root: { id: '00'.repeat(15), level: 0 } }), 'hex'],
    ['fewer pages than the size needs', withStream({ units: 4 }), 'units'],
    ['more pages than the size needs', withStream({ units: 6 }), 'units'],
    ['more pages than the list can hold', withStream({ size: 64 * 257, units: 257 }), 'units'],
    ['more chunks than bytes', withStream({ chunking: gear, size: 5, units: 6 }), 'units'],
    ['fewer chunks than bytes need', withStream({ chunking: gear, size: 2 ** 24 + 1, units: 1 }), 'units'],
    ['units without bytes', withStream({ size: 0, root: null, units: 1 }), 'units'],
    ['pages of no bytes', withStream({ chunking: { kind: 'pages', unitLength: 0 } }), 'unitLength'],
    [
      'pages of more than 16 MiB',
      withStream({ chunking: { kind: 'pages', unitLength: 2 ** 24 + 1 } }),
      'unitLength',
    ],
    ['a pack without a name', withPack({ name: 'a'.repeat(63) }), 'name'],
    ['a pack of more than 64 MiB', withPack({ size: 2 ** 26 + 1 }), 'size'],
    ['a pack that is all tail', withPack({ size: 1000, tail: 1000 - 64 - 16 + 1 }), 'tail'],
    ['a tail of a tag and nothing', withPack({ tail: 16 }), 'tail'],
    ['a table of contents that is not base64', withPack({ toc: 'AA' }), 'base64'],
  ])('%s', (_, changed, message) => {
    expect(() => decodeCommit(json(changed))).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test.each<[string, Json, string]>([
    ['a newer version', { ...record, version: 2 }, 'version 2'],
    ['a way of cutting that nobody knows', withStream({ chunking: { kind: 'rolling' } }), '"rolling"'],
  ])('%s, which is named', (_, changed, message) => {
    expect(() => decodeCommit(json(changed))).toThrow(
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining(message) }),
    )
  })
})

test('damage is refused or read as something else, and nothing worse', async () => {
  const { taken, refused } = await damageEverywhere({ decode: decodeCommit }, golden)
  expect(taken).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(1000)
})

test('whatever stands in place of a part, the commit is taken or refused', async () => {
  let refused = 0
  for (const other of otherwise(record))
    if ((await verdict({ decode: decodeCommit }, json(other))) !== 'taken') refused++
  expect(refused).toBeGreaterThan(500)
})

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value))
}
