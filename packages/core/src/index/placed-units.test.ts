import { expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { placedUnits } from './placed-units.ts'
import { unitIds } from './unit-ids.ts'

const count = 50_000
const all = seededRandom(5).bytes(count * 16)

test('of all units that have a number those are found that have a place here', () => {
  const ids = unitIds()
  for (let unit = 0; unit < count; unit++) expect(ids.add(all, unit * 16)).toBe(unit)
  const units = placedUnits(ids)
  for (let unit = 0; unit < count; unit += 3) units.relocate(unit, unit >> 4, unit & 15)
  let wrong = 0
  for (let unit = 0; unit < count; unit++) {
    const isPlaced = unit % 3 === 0
    if (units.has(unit) !== isPlaced || units.find(all, unit * 16) !== (isPlaced ? unit : -1)) wrong++
    if (isPlaced && (units.segmentOf(unit) !== unit >> 4 || units.ordinalOf(unit) !== (unit & 15))) wrong++
  }
  expect([wrong, units.placed, units.size]).toEqual([0, Math.ceil(count / 3), count])
})

test('what has a place in one look at the repository has none in another', () => {
  const ids = unitIds()
  const [one, other] = [placedUnits(ids), placedUnits(ids)]
  expect(one.add(all, 0, 3, 4)).toBe(0)
  expect([one.find(all, 0), other.find(all, 0)]).toEqual([0, -1])
  expect(other.add(all, 0, 0, 0)).toBe(0)
  expect([one.segmentOf(0), one.ordinalOf(0), other.segmentOf(0), other.ordinalOf(0)]).toEqual([3, 4, 0, 0])
})

test('a unit that moves is the same unit, and counts once', () => {
  const units = placedUnits(unitIds())
  units.addNew(all, 16, 1, 1)
  units.relocate(0, 0xffff_fff0, 7)
  expect(units.add(all, 16, 2, 2)).toBe(0)
  expect([units.placed, units.segmentOf(0), units.ordinalOf(0)]).toEqual([1, 0xffff_fff0, 7])
})

test('numbers that nobody gave have no place', () => {
  expect([0, 1, 100_000].map(placedUnits(unitIds()).has)).toEqual([false, false, false])
})

test('an id is given back as it came', () => {
  const ids = unitIds(2)
  for (let unit = 0; unit < 20_000; unit++) ids.setSpare(ids.addNew(all, unit * 16), unit, -unit)
  let wrong = 0
  for (let unit = 0; unit < 20_000; unit++) {
    if (Buffer.compare(ids.idOf(unit), all.subarray(unit * 16, unit * 16 + 16)) !== 0 || ids.spare(unit, 0) !== unit || ids.spare(unit, 1) + unit !== 0) wrong++
  }
  expect(wrong).toBe(0)
})
