import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hex } from '../format/text.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { type UnitIndex, unitIndex } from './unit-index.ts'

/** What the index does, in the plainest way there is. */
interface Model {
  readonly units: Map<string, { readonly number: number; segment: number; ordinal: number }>
}

/** Few different ids, so that they meet again, and some that only differ in one of their words. */
const ids = fc.oneof(
  fc.nat({ max: 40 }).map((number) => seededRandom(number).bytes(16)),
  fc.record({ word: fc.nat({ max: 3 }), value: fc.nat({ max: 5 }) }).map(({ word, value }) => {
    const id = new Uint8Array(16)
    id[word * 4 + 1] = value
    return id
  }),
)
const place = fc.nat({ max: 0xffff_ffff })

type Step = fc.Command<Model, UnitIndex>

const add = (id: Uint8Array, segment: number, ordinal: number): Step => ({
  check: () => true,
  run({ units }, real) {
    const known = units.get(hex(id)) ?? { number: units.size, segment, ordinal }
    units.set(hex(id), known)
    expect(real.add(id, 0, segment, ordinal)).toBe(known.number)
    expect(real.size).toBe(units.size)
    expect(strangers(units, real)).toEqual([])
  },
  toString: () => `add ${hex(id)} ${segment} ${ordinal}`,
})

const find = (id: Uint8Array): Step => ({
  check: () => true,
  run({ units }, real) {
    expect(real.find(Uint8Array.from([1, 2, 3, ...id, 4]), 3)).toBe(units.get(hex(id))?.number ?? -1)
  },
  toString: () => `find ${hex(id)}`,
})

const relocate = (pick: number, segment: number, ordinal: number): Step => ({
  check: ({ units }) => units.size > 0,
  run({ units }, real) {
    const unit = [...units.values()][pick % units.size]!
    Object.assign(unit, { segment, ordinal })
    real.relocate(unit.number, segment, ordinal)
    expect(strangers(units, real)).toEqual([])
  },
  toString: () => `relocate ${pick} ${segment} ${ordinal}`,
})

/** Units that are elsewhere than the model says. */
function strangers(units: Model['units'], real: UnitIndex): unknown[] {
  return [...units.values()].filter(
    ({ number, segment, ordinal }) =>
      real.segmentOf(number) !== segment || real.ordinalOf(number) !== ordinal,
  )
}

test('whatever is done to it, the index answers as a Map would', () => {
  const commands = fc.commands(
    [
      fc.tuple(ids, place, place).map((args) => add(...args)),
      ids.map(find),
      fc.tuple(fc.nat(), place, place).map((args) => relocate(...args)),
    ],
    { size: '+1' },
  )
  fc.assert(
    fc.property(commands, (steps) => {
      const model: Model = { units: new Map() }
      const real = unitIndex()
      fc.modelRun(() => ({ model, real }), steps)
      expect(real.size).toBe(model.units.size)
    }),
  )
})

test('an empty index finds nothing and takes no memory', () => {
  const index = unitIndex()
  expect(index.find(new Uint8Array(16), 0)).toBe(-1)
  expect([index.size, index.memoryBytes]).toEqual([0, 0])
})

test('a million units are added and found within seconds, at 56 bytes each or less, step by step', () => {
  const count = 1_000_000
  const all = new Uint8Array(seededRandom(7).bytes(count * 16))
  const index = unitIndex()
  let slowestMs = 0
  const startedAt = performance.now()
  for (let unit = 0; unit < count; unit += 1000) {
    const before = process.cpuUsage()
    for (let next = unit; next < unit + 1000; next++) index.add(all, next * 16, next >> 8, next & 255)
    slowestMs = Math.max(slowestMs, process.cpuUsage(before).user / 1000)
  }
  const addedAt = performance.now()
  let wrong = 0
  for (let unit = 0; unit < count; unit++) {
    if (
      index.find(all, unit * 16) !== unit ||
      index.segmentOf(unit) !== unit >> 8 ||
      index.ordinalOf(unit) !== (unit & 255)
    )
      wrong++
  }
  const foundAt = performance.now()
  expect([index.size, wrong]).toEqual([count, 0])
  expect(index.memoryBytes / count).toBeLessThan(56)
  // Far more than it takes, so that a busy machine is no reason to fail.
  expect(addedAt - startedAt).toBeLessThan(10_000)
  expect(foundAt - addedAt).toBeLessThan(10_000)
  expect(slowestMs).toBeLessThan(500)

  expect(index.add(all, 0, 9, 9)).toBe(0)
  expect(index.size).toBe(count)
})

test('units whose ids share a table, and even a slot in it, stay apart', () => {
  const index = unitIndex()
  const id = new Uint8Array(16)
  for (let unit = 0; unit < 2000; unit++) {
    id[4] = unit
    id[5] = unit >> 8
    expect(index.add(id, 0, unit, 0)).toBe(unit)
  }
  for (let unit = 0; unit < 2000; unit++) {
    id[4] = unit
    id[5] = unit >> 8
    expect(index.find(id, 0)).toBe(unit)
  }
})
