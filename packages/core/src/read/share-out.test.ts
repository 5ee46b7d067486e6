import { expect, test } from 'vitest'
import type { Round } from './placing.ts'
import { shareOut } from './share-out.ts'

const id = (byte: number): number[] => Array.from({ length: 16 }, () => byte)
const round: Round = new Map([
  [7, { units: Uint32Array.of(0, 1, 2), to: Float64Array.of(0, 10, 90), ids: new Uint8Array(0) }],
  [3, { units: Uint32Array.of(0, 4, 4, 9), to: Float64Array.of(110, 20, 350, 95), ids: Uint8Array.from([...id(1), ...id(2), ...id(3), ...id(4)]) }],
  [5, { units: Uint32Array.of(1), to: Float64Array.of(190), ids: new Uint8Array(0) }],
])

test('each lane gets the units of its stretches, in the order they came', async () => {
  const [even, odd] = await shareOut(round, 2, 100)
  expect([...even!.keys()]).toEqual([7, 3])
  expect(even!.get(7)).toBe(round.get(7))
  expect(even!.get(3)).toEqual({ units: Uint32Array.of(4, 9), to: Float64Array.of(20, 95), ids: Uint8Array.from([...id(2), ...id(4)]) })
  expect([...odd!.keys()]).toEqual([3, 5])
  expect(odd!.get(3)).toEqual({ units: Uint32Array.of(0, 4), to: Float64Array.of(110, 350), ids: Uint8Array.from([...id(1), ...id(3)]) })
})

test('a single lane gets all as it is', async () => {
  const [all] = await shareOut(round, 1, 100)
  expect(all).toEqual(round)
})
