import { afterEach, describe, expect, test } from 'vitest'
import { idLength } from '../format/unit-id.ts'
import { type NodeChange, differing, keptChanges, nodeChanges } from './node-changes.ts'

/** A node that is a part of a larger list, as those are that a backup has written. */
const part = (first: number): Uint8Array => new Uint8Array(100 * idLength).fill(first).subarray(3 * idLength, 5 * idLength)

test.each([
  ['all of them', part(1), part(2), [0, 1]],
  ['one of them', part(1), Uint8Array.from([...part(1).subarray(0, idLength), ...part(2).subarray(0, idLength)]), [1]],
  ['none', part(1), part(1), []],
  ['all, where there was none', part(1), new Uint8Array(0), [0, 1]],
])('of entries that differ, %s, copies are kept, and not the list they are from', (_, own, other, numbers) => {
  const found = differing(own, other)
  expect(found.numbers).toEqual(numbers)
  expect([...found.ids]).toEqual(numbers.flatMap((number) => [...own.subarray(number * idLength, (number + 1) * idLength)]))
  expect(found.ids.buffer.byteLength).toBe(numbers.length * idLength)
})

describe('changes that a backup noted', () => {
  const change = (units: number): NodeChange => ({ from: 'before', count: 256, numbers: Array.from({ length: units }, (_, at) => at), ids: new Uint8Array(units * idLength) })
  const room = keptChanges.bytes
  afterEach(() => void (keptChanges.bytes = room))

  test('are kept as far as there is room, and there is room again for those that are forgotten', () => {
    keptChanges.bytes = 1000
    const changes = nodeChanges({})
    expect([changes.note('a', change(10)), changes.note('b', change(10)), changes.note('c', change(10))]).toEqual([true, true, false])
    expect(changes.note('a', change(1))).toBe(true)
    changes.forget(['a', 'unheard of'])
    expect(changes.note('c', change(10))).toBe(true)
    expect(changes.all()).toEqual([
      ['b', change(10)],
      ['c', change(10)],
    ])
  })

  test('are those of one repository', () => {
    const [one, other] = [{}, {}]
    nodeChanges(one).note('a', change(1))
    expect([nodeChanges(one).all().length, nodeChanges(other).all().length]).toEqual([1, 0])
  })
})
