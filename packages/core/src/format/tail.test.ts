import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere, verdict } from '../../test/strict-decoder.ts'
import { portableCodecs } from '../codec/table.ts'
import type { CodecTable } from '../contract/codec.ts'
import type { Crypto } from '../contract/runtime.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { BackupError } from '../errors.ts'
import { nodeCodecs } from '../node/codecs.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { type SegmentRole, descriptorLength, encodeDescriptor, roles, tailOrdinal } from './descriptor.ts'
import { type ObjectKind, encodeHeader, headerLength, segmentNonce } from './header.ts'
import { maxPayloadLength, padme } from './padding.ts'
import { type TailContext, openTail, sealTail, tailOf } from './tail.ts'
import { hex, joinBytes, unhex, utf8, viewOf } from './text.ts'

const key = new Uint8Array(32).fill(7)
const node = context(nodeCrypto, nodeCodecs)
const portable = context(portableCrypto, portableCodecs)
const record = utf8(
  JSON.stringify({ type: 'thing', text: 'text that is long enough to be worth compressing, '.repeat(4) }),
)

const directions = [
  ['portable', portable, 'node', node],
  ['node', node, 'portable', portable],
  ['node', node, 'node', node],
] as const

describe.each(directions)('sealed by %s and opened by %s', (_, writer, __, reader) => {
  test.each([1, 2] as const)('every payload comes back, under suite %i', async (suite) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.nat({ max: 5000 }),
        async (payload, dataLength) => {
          const header = headerOf('pack', suite)
          const end = await sealTail(writer, header, roles.toc, payload, dataLength)
          const size = headerLength + dataLength + end.length
          expect(padme(size)).toBe(size)
          expect(tailOf(end.subarray(-descriptorLength), size).offset).toBe(headerLength + dataLength)
          expect(await openTail(reader, header, end, roles.toc)).toEqual(payload)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('what compresses is compressed', async () => {
    const header = headerOf('commit', 1)
    const end = await sealTail(writer, header, roles.record, record, 0)
    expect(end.length).toBeLessThan(record.length)
    expect(await openTail(reader, header, end, roles.record)).toEqual(record)
  })
})

test.each([
  ['portable', portableCrypto],
  ['node', nodeCrypto],
])('tails are those of the vectors, made by %s', async (_, crypto) => {
  for (const { header, key: own, role, payload, end } of readVectors().tails.cases) {
    const bytes = unhex(payload, payload.length / 2)
    const tails = { crypto, codecs: withoutGzip, keyFor: () => unhex(own, 32) }
    expect(hex(await sealTail(tails, unhex(header, headerLength), role, bytes, 0))).toBe(end)
    expect(await openTail(tails, unhex(header, headerLength), unhex(end, end.length / 2), role)).toEqual(
      bytes,
    )
  }
})

describe('a tail opens', () => {
  const header = headerOf('commit', 1)

  test('with nothing changed in header, tail or footer: every flipped bit is refused', async () => {
    const end = await sealTail(node, header, roles.record, record, 0)
    const object = joinBytes(header, end)
    const { taken } = await damageEverywhere(wholeObject, object)
    expect(taken).toBe(0)
  })

  test('only as what it was sealed as', async () => {
    const end = await sealTail(node, header, roles.record, record, 0)
    await expect(openTail(node, header, end, roles.toc)).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(openTail(node, headerOf('pack', 1), end, roles.record)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('"pack"'),
    })
    await expect(openTail(node, headerOf('session', 1), end, roles.record)).rejects.toMatchObject({
      kind: 'corrupt',
    })
  })

  test.each([
    ['a payload of 64 MiB and a byte', { decoded: maxPayloadLength + 1 }],
    ['a payload of nothing', { decoded: 0 }],
    ['a stored payload that is shorter than the decoded one, with codec 0', { decoded: 6 }],
    ['a stored payload that is longer than the decoded one, with codec 0', { decoded: 4 }],
    ['padding that is not zero', { padding: 1 }],
    ['bytes that are no gzip', { codec: 1 }],
  ] as const)('but not with %s, though it authenticates', async (_, change) => {
    expect(await verdict(wholeObject, await forged(change))).toBe('corrupt')
    expect(await verdict(wholeObject, await forged({}))).toBe('taken')
  })

  test('but not with an epoch that the keys do not reach', async () => {
    const tails = {
      ...node,
      keyFor: (): never => {
        throw new BackupError('key', 'no such epoch')
      },
    }
    await expect(
      openTail(tails, header, await sealTail(node, header, roles.record, record, 0), roles.record),
    ).rejects.toMatchObject({ kind: 'key' })
  })

  test('but not where the runtime cannot read its codec, which is named', async () => {
    const [codecs, bytes] = [{ ...nodeCodecs, 0: { ...nodeCodecs[0] } }, utf8('short')]
    delete codecs[0].decode
    const end = await sealTail(node, header, roles.record, bytes, 0)
    await expect(openTail({ ...node, codecs }, header, end, roles.record)).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('store'),
    })
  })
})

describe('the place of a tail', () => {
  const footer = (storedLength: number, role: SegmentRole): Uint8Array =>
    encodeDescriptor({
      ordinal: tailOrdinal,
      role,
      codec: 0,
      padded: true,
      uniform: false,
      deltas: false,
      plainLength: 0,
      storedLength,
    })

  test('follows from the size of the object', () => {
    expect(tailOf(footer(100, roles.toc), 1000).offset).toBe(884)
  })

  test.each([
    ['reaches into the header', footer(100, roles.toc), 179],
    ['would begin before the object', footer(4_000_000_000, roles.toc), 1000],
    ['leaves a gap behind the header of a record', footer(100, roles.record), 181],
    ['is cut short', footer(100, roles.toc).slice(1), 1000],
  ])('is refused when it %s', (_, bytes, size) => {
    expect(() => tailOf(bytes, size)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  test('is refused when the object ends with something else', () => {
    const data = {
      ordinal: 0,
      role: roles.data,
      codec: 0,
      padded: false,
      uniform: false,
      deltas: false,
      plainLength: 1,
      storedLength: 17,
    } as const
    expect(() => tailOf(encodeDescriptor(data), 1000)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })
})

test.each([0, maxPayloadLength + 1])(
  'a payload of %i bytes is not sealed: nobody could open it',
  async (length) => {
    const sealing = sealTail(node, headerOf('pack', 1), roles.toc, new Uint8Array(length), 0)
    await expect(sealing).rejects.toMatchObject({ kind: 'permanent' })
  },
)

/** As readers go about it: from the footer to the payload. */
const wholeObject = {
  kinds: ['corrupt', 'unsupported'] as const,
  decode(bytes: Uint8Array): Promise<Uint8Array> {
    const { offset } = tailOf(bytes.subarray(Math.max(0, bytes.length - descriptorLength)), bytes.length)
    return openTail(node, bytes.subarray(0, headerLength), bytes.subarray(offset), roles.record)
  },
}

/** What somebody with the keys could make. */
async function forged({
  decoded = 5,
  padding = 0,
  codec = 0,
}: {
  decoded?: number
  padding?: number
  codec?: 0 | 1
}): Promise<Uint8Array> {
  const header = headerOf('commit', 1)
  const padded = joinBytes(new Uint8Array(8), utf8('hello'), Uint8Array.of(0, padding))
  viewOf(padded).setUint32(0, 5, true)
  viewOf(padded).setUint32(4, decoded, true)
  const footer = encodeDescriptor({
    ordinal: tailOrdinal,
    role: roles.record,
    codec,
    padded: true,
    uniform: false,
    deltas: false,
    plainLength: 0,
    storedLength: padded.length + 16,
  })
  const sealed = await nodeCrypto
    .aead(1, key)
    .seal(segmentNonce(12, tailOrdinal), padded, joinBytes(header, footer))
  return joinBytes(header, sealed, footer)
}

function context(crypto: Crypto, codecs: CodecTable): TailContext {
  return { crypto, codecs, keyFor: () => key }
}

function headerOf(kind: ObjectKind, suite: 1 | 2): Uint8Array {
  return encodeHeader({
    kind,
    suite,
    epoch: 1,
    repository: new Uint8Array(16).fill(1),
    salt: new Uint8Array(32).fill(2),
  })
}

const withoutGzip: CodecTable = { ...portableCodecs, 1: { ...portableCodecs[1], encode: (plain) => plain } }
