import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { portableCrypto } from '../crypto/portable.ts'
import { roles } from '../format/descriptor.ts'
import { decodeListNode, uniformEntries } from '../format/list.ts'
import { hex, viewOf } from '../format/text.ts'
import { idLength, unitNamer } from '../format/unit-id.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { type ListTree, uniformTree } from './uniform-tree.ts'

const key = new Uint8Array(32).fill(1)

/** Ids that tell their number. */
function unitIds(count: number): Uint8Array {
  const ids = new Uint8Array(count * idLength)
  for (let unit = 0; unit < count; unit++) viewOf(ids).setUint32(unit * idLength, unit + 1, true)
  return ids
}

/** The ids of the units as a reader finds them: from the root down, every node under its id, and full. */
function walked({ root, levels }: ListTree, units: number): string {
  const nodes = new Map<string, Uint8Array>()
  const namer = unitNamer(nodeCrypto, key)
  for (const node of levels.flatMap((level) => level.nodes)) {
    const id = new Uint8Array(idLength)
    namer.name(roles.list, node, id, 0)
    nodes.set(hex(id), node)
  }
  let found = ''
  const walk = (id: string, level: number): void => {
    const { ids } = decodeListNode(nodes.get(id)!, level, true)
    expect(ids.length / idLength).toBe(uniformEntries(level, units - found.length / 32))
    if (level === 0) found += hex(ids)
    else
      for (let at = 0; at < ids.length; at += idLength) walk(hex(ids.subarray(at, at + idLength)), level - 1)
  }
  walk(hex(root.id), root.level)
  return found
}

// [units, level of the root, nodes of each level]
test.each([
  [1, 0, [1]],
  [255, 0, [1]],
  [256, 0, [1]],
  [257, 1, [2, 1]],
  [65_536, 1, [256, 1]],
  [65_537, 2, [257, 2, 1]],
  [122_000, 2, [477, 2, 1]],
])(
  '%i units have a root of level %i, and every node but the last of a level is full',
  (units, level, nodes) => {
    const ids = unitIds(units)
    const tree = uniformTree(nodeCrypto, key, ids)
    expect(tree.root.level).toBe(level)
    expect(tree.levels.map((each) => each.nodes.length)).toEqual(nodes)
    expect(walked(tree, units) === hex(ids)).toBe(true)
  },
)

test('any number of units is found again, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), (units) => {
      expect(walked(uniformTree(nodeCrypto, key, unitIds(units)), units)).toBe(hex(unitIds(units)))
    }),
    { numRuns: 20 },
  )
})

test('the tree is the same wherever it is made', () => {
  expect(uniformTree(portableCrypto, key, unitIds(600))).toEqual(uniformTree(nodeCrypto, key, unitIds(600)))
})

describe('one unit that changes', () => {
  const before = uniformTree(nodeCrypto, key, unitIds(70_000))

  test.each([0, 255, 256, 69_999])('at %i changes one node of each level, and the root', (unit) => {
    const ids = unitIds(70_000)
    ids[unit * idLength + 8]! ^= 1
    const after = uniformTree(nodeCrypto, key, ids)
    expect(after.root.level).toBe(before.root.level)
    expect(hex(after.root.id)).not.toBe(hex(before.root.id))
    const changed = after.levels.map(
      ({ nodes }, level) =>
        nodes.filter((node, at) => hex(node) !== hex(before.levels[level]!.nodes[at]!)).length,
    )
    expect(changed).toEqual([1, 1, 1])
  })
})
