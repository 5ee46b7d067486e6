import { expect, test } from 'vitest'
import { share } from './share.ts'

test('what says the same stays the same', () => {
  const before = { a: [1, { b: 2 }], c: null }
  expect(share(before, structuredClone(before))).toBe(before)
})

test('what changed is new, and all around it that did not stays', () => {
  const before = { health: { level: 'ok' }, list: [{ n: 1 }, { n: 2 }] }
  const after = share(before, { health: { level: 'ok' }, list: [{ n: 1 }, { n: 3 }] })
  expect(after).toEqual({ health: { level: 'ok' }, list: [{ n: 1 }, { n: 3 }] })
  expect(after.health).toBe(before.health)
  expect(after.list[0]).toBe(before.list[0])
})

test('things with an id are the same wherever they are in a list', () => {
  const before = [{ id: 'b', n: 1 }, { id: 'a', n: 1 }]
  const after = share(before, [{ id: 'c', n: 1 }, { id: 'b', n: 1 }, { id: 'a', n: 2 }])
  expect(after[1]).toBe(before[0])
  expect(after[2]).toEqual({ id: 'a', n: 2 })
})

test('a field that is gone is a change', () => {
  expect(share({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 })
  expect(share({ a: undefined }, { b: undefined })).toEqual({ b: undefined })
})
