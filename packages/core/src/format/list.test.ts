import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere } from '../../test/strict-decoder.ts'
import {
  type ListNode,
  decodeListNode,
  encodeListNode,
  maxLevel,
  uniformEntries,
  uniformFanOut,
} from './list.ts'
import { hex, joinBytes, unhex, viewOf } from './text.ts'

const { cases } = readVectors().lists
const idsOf = (count: number): Uint8Array => new Uint8Array(count * 16).fill(1)

const uniform: fc.Arbitrary<ListNode> = fc.record({
  level: fc.nat({ max: maxLevel }),
  ids: fc.integer({ min: 1, max: uniformFanOut }).map(idsOf),
})
const varying: fc.Arbitrary<ListNode> = fc
  .tuple(fc.nat({ max: maxLevel }), fc.integer({ min: 1, max: 40 }))
  .chain(([level, count]) =>
    fc.record({
      level: fc.constant(level),
      ids: fc.uint8Array({ minLength: count * 16, maxLength: count * 16 }),
      sizes: fc.array(fc.integer({ min: 1, max: level === 0 ? 16 * 1024 * 1024 : Number.MAX_SAFE_INTEGER }), {
        minLength: count,
        maxLength: count,
      }),
    }),
  )

test('every node comes back, of both forms', () => {
  fc.assert(
    fc.property(fc.oneof(uniform, varying), (node) => {
      expect(decodeListNode(encodeListNode(node), node.level, node.sizes === undefined)).toEqual(node)
    }),
  )
})

test.each(cases)(
  'a node of level $level, form $form is that of the vectors',
  ({ level, form, ids, sizes, bytes }) => {
    const node = { level, ids: joinBytes(...ids.map((id) => unhex(id, 16))), ...(sizes && { sizes }) }
    expect(hex(encodeListNode(node))).toBe(bytes)
    expect(decodeListNode(unhex(bytes, bytes.length / 2), level, form === 1)).toEqual(node)
  },
)

test('a node has up to 256 entries in form 1 and up to 65,536 in form 2', () => {
  const sizes = (count: number): number[] => new Array<number>(count).fill(1)
  expect(decodeListNode(encodeListNode({ level: 0, ids: idsOf(256) }), 0, true).ids.length).toBe(4096)
  expect(
    decodeListNode(encodeListNode({ level: 0, ids: idsOf(65_536), sizes: sizes(65_536) }), 0, false).sizes,
  ).toHaveLength(65_536)
  expect(() => decodeListNode(encodeListNode({ level: 0, ids: idsOf(257) }), 0, true)).toThrow(
    refusal('257 entries'),
  )
  expect(() =>
    decodeListNode(encodeListNode({ level: 0, ids: idsOf(65_537), sizes: sizes(65_537) }), 0, false),
  ).toThrow(refusal('65537 entries'))
})

describe('a node is refused', () => {
  const node = encodeListNode({ level: 1, ids: idsOf(2), sizes: [5, 6] })
  const changed = (at: number, value: number): Uint8Array =>
    Uint8Array.from(node, (byte, each) => (each === at ? value : byte))

  test.each<[string, Uint8Array, number, boolean, string]>([
    ['of another level than its parent says', node, 2, false, 'level 1'],
    ['of another form than its stream says', node, 1, true, 'form 2'],
    ['of an unknown form', changed(1, 3), 1, false, 'form 3'],
    ['with reserved bytes', changed(2, 1), 1, false, 'reserved'],
    ['without entries', changed(4, 0), 1, false, '0 entries'],
    ['with more entries than bytes', changed(4, 3), 1, false, 'length'],
    ['with fewer entries than bytes', changed(4, 1), 1, false, 'length'],
    ['with four billion entries', changed(7, 0xff), 1, false, 'entries'],
    ['with an entry of no bytes', changed(8 + 32, 0), 1, false, '0 bytes'],
    ['with an entry of more bytes than anybody can count', changed(8 + 32 + 7, 1), 1, false, 'bytes'],
    ['with bytes behind it', Uint8Array.from([...node, 0]), 1, false, 'length'],
  ])('%s', (_, bytes, level, isUniform, message) => {
    expect(() => decodeListNode(bytes, level, isUniform)).toThrow(refusal(message))
  })

  test('with a data unit of more than 16 MiB', () => {
    const leaf = encodeListNode({ level: 0, ids: idsOf(1), sizes: [1] })
    viewOf(leaf).setUint32(24, 16 * 1024 * 1024 + 1, true)
    expect(() => decodeListNode(leaf, 0, false)).toThrow(refusal('16777217 bytes'))
  })
})

test.each(cases)(
  'damage is refused, or changes what the node says: there is one spelling for each',
  async ({ level, form, bytes }) => {
    const decoder = {
      decode: (node: Uint8Array) => decodeListNode(node, level, form === 1),
      encode: encodeListNode,
    }
    const { taken, refused } = await damageEverywhere(decoder, unhex(bytes, bytes.length / 2))
    expect(taken).toBeGreaterThanOrEqual(2 * 16 * 8)
    expect(refused).toBeGreaterThan(50)
  },
)

test('a uniform node has as many entries as the units below it need', () => {
  // [level, units left, entries]
  const expected = [
    [0, 1, 1],
    [0, 255, 255],
    [0, 256, 256],
    [0, 257, 256],
    [1, 1, 1],
    [1, 256, 1],
    [1, 257, 2],
    [1, 65_536, 256],
    [1, 65_537, 256],
    [2, 65_537, 2],
    [3, 2 ** 40, 256],
  ] as const
  for (const [level, left, entries] of expected) expect(uniformEntries(level, left)).toBe(entries)
})

function refusal(message: string): unknown {
  return expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) })
}
