import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SegmentEntry } from '../format/toc.ts'
import { type Catalog, type CatalogSegment, createCatalog } from './catalog.ts'

const idOf = (number: number): Uint8Array => new Uint8Array(16).fill(number + 1)
const nameOf = (number: number): string => String(number).padStart(64, '0')
const pack = (number: number): { name: string; size: number; tail: number } => ({
  name: nameOf(number),
  size: 1000,
  tail: 50,
})

/** A segment with these units; each as long as its delta chain says. */
function segment(units: readonly { readonly id: number; readonly chain?: number }[]): SegmentEntry {
  const deltas = units.some(({ chain = 0 }) => chain > 0)
  return {
    descriptor: {
      ordinal: 0,
      role: 1,
      codec: 0,
      padded: false,
      uniform: true,
      deltas,
      plainLength: units.length * 10,
      storedLength: 100,
    },
    offset: 64,
    units: units.length,
    lengths: 10,
    ids: Uint8Array.from(units.flatMap(({ id }) => [...idOf(id)])),
    ...(deltas && {
      bases: Uint8Array.from(
        units.flatMap(({ chain = 0 }) => [...(chain > 0 ? idOf(200) : new Uint8Array(16))]),
      ),
      chains: Uint8Array.from(units, ({ chain = 0 }) => chain),
    }),
  }
}

/** Everything there is to know about a unit. */
function seen(catalog: Catalog, id: number): { pack: string; ordinal: number; chain: number } | undefined {
  const unit = catalog.units.find(idOf(id), 0)
  if (unit < 0) return undefined
  return {
    pack: catalog.segment(catalog.units.segmentOf(unit)).pack,
    ordinal: catalog.units.ordinalOf(unit),
    chain: catalog.chainOf(unit),
  }
}

test('the units of a pack are found where they are', () => {
  const catalog = createCatalog()
  catalog.addPack(pack(1), [segment([{ id: 1 }, { id: 2 }]), segment([{ id: 3, chain: 2 }, { id: 4 }])])
  expect([1, 2, 3, 4, 5].map((id) => seen(catalog, id))).toEqual([
    { pack: nameOf(1), ordinal: 0, chain: 0 },
    { pack: nameOf(1), ordinal: 1, chain: 0 },
    { pack: nameOf(1), ordinal: 0, chain: 2 },
    { pack: nameOf(1), ordinal: 1, chain: 0 },
    undefined,
  ])
  const third = catalog.segment(catalog.units.segmentOf(catalog.units.find(idOf(3), 0)))
  expect(third).toMatchObject({ offset: 64, lengths: 10, units: 2, pack: nameOf(1) })
  expect(third).not.toHaveProperty('ids')
})

test('a pack that is added twice changes nothing', () => {
  const catalog = createCatalog()
  catalog.addPack(pack(1), [segment([{ id: 1, chain: 3 }])])
  const before = {
    ...seen(catalog, 1),
    packs: catalog.packs.size,
    units: catalog.units.size,
    next: catalog.reserve(),
  }
  catalog.addPack(pack(1), [segment([{ id: 1 }, { id: 2 }])])
  expect({
    ...seen(catalog, 1),
    packs: catalog.packs.size,
    units: catalog.units.size,
    next: catalog.reserve() - 1,
  }).toEqual(before)
  expect(seen(catalog, 2)).toBeUndefined()
})

describe('of several copies of a unit', () => {
  test('the one with the shortest chain is used, in whichever order they come', () => {
    const chains = [5, 0, 3, 1]
    fc.assert(
      fc.property(fc.shuffledSubarray(chains, { minLength: 1 }), (order) => {
        const catalog = createCatalog()
        order.forEach((chain) => catalog.addPack(pack(chain), [segment([{ id: 9 }, { id: 1, chain }])]))
        const least = Math.min(...order)
        expect(seen(catalog, 1)).toEqual({ pack: nameOf(least), ordinal: 1, chain: least })
      }),
    )
  })

  test('the first one stays when another is as short', () => {
    const catalog = createCatalog()
    catalog.addPack(pack(1), [segment([{ id: 1 }])])
    catalog.addPack(pack(2), [segment([{ id: 1 }])])
    expect(seen(catalog, 1)?.pack).toBe(nameOf(1))
  })

  test('two in one pack, or in one segment, are no different', () => {
    const catalog = createCatalog()
    catalog.addPack(pack(1), [
      segment([
        { id: 1, chain: 2 },
        { id: 1, chain: 1 },
      ]),
      segment([{ id: 2 }, { id: 1 }]),
    ])
    expect(seen(catalog, 1)).toEqual({ pack: nameOf(1), ordinal: 1, chain: 0 })
    expect(catalog.units.size).toBe(2)
  })
})

describe('a segment that is being gathered', () => {
  const settled: CatalogSegment = { ...segment([{ id: 1, chain: 1 }]), pack: nameOf(7) }

  test('has units that are found, and that nothing may be built on yet', () => {
    const catalog = createCatalog()
    const number = catalog.reserve()
    const unit = catalog.units.add(idOf(1), 0, number, 0)
    expect(catalog.units.find(idOf(1), 0)).toBe(unit)
    expect(catalog.chainOf(unit)).toBe(Number.POSITIVE_INFINITY)
    expect(() => catalog.segment(number)).toThrow(`Segment ${number}`)
  })

  test('is like any other once it is settled', () => {
    const catalog = createCatalog()
    const number = catalog.reserve()
    const unit = catalog.units.add(idOf(1), 0, number, 0)
    catalog.settle(number, settled)
    catalog.notePack(pack(7))
    expect(catalog.segment(number)).toBe(settled)
    expect(catalog.chainOf(unit)).toBe(1)
    expect(catalog.packs.get(nameOf(7))).toEqual(pack(7))
    catalog.addPack(pack(7), [segment([{ id: 1 }])])
    expect(catalog.chainOf(unit)).toBe(1)
  })

  test('gives way to a copy that is stored', () => {
    const catalog = createCatalog()
    const number = catalog.reserve()
    catalog.units.add(idOf(1), 0, number, 0)
    catalog.addPack(pack(1), [segment([{ id: 1, chain: 4 }])])
    expect(seen(catalog, 1)).toEqual({ pack: nameOf(1), ordinal: 0, chain: 4 })
  })
})

test('numbers of segments are never given twice', () => {
  const catalog = createCatalog()
  const first = catalog.reserve()
  catalog.addPack(pack(1), [segment([{ id: 1 }])])
  const numbers = [first, catalog.units.segmentOf(catalog.units.find(idOf(1), 0)), catalog.reserve()]
  expect(new Set(numbers).size).toBe(3)
})

describe('a unit is whole', () => {
  const [base, other, first, second] = [idOf(200), idOf(1), idOf(2), idOf(3)]
  const delta = (id: number, on: Uint8Array, chain: number): SegmentEntry => ({ ...segment([{ id, chain }]), bases: on })
  const whole = (catalog: Catalog, id: Uint8Array): boolean => catalog.isWhole(catalog.units.find(id, 0))

  test('without a base', () => {
    const catalog = createCatalog()
    catalog.addPack(pack(1), [segment([{ id: 1 }])])
    expect(whole(catalog, other)).toBe(true)
    catalog.addPack(pack(2), [delta(2, base, 1)])
    expect(whole(catalog, other)).toBe(true)
  })

  test('with all bases down to the first, in whatever order they came', () => {
    const catalog = createCatalog()
    catalog.addPack(pack(1), [delta(3, first, 2), delta(2, base, 1)])
    expect([whole(catalog, first), whole(catalog, second)]).toEqual([false, false])
    catalog.addPack(pack(2), [segment([{ id: 200 }])])
    expect([whole(catalog, first), whole(catalog, second)]).toEqual([true, true])
  })

  test('while it is being gathered', () => {
    const catalog = createCatalog()
    catalog.addPack(pack(1), [delta(2, base, 1)])
    const number = catalog.units.find(first, 0)
    catalog.units.relocate(number, catalog.reserve(), 0)
    expect(whole(catalog, first)).toBe(true)
  })

  test('never when bases go round in a circle', () => {
    const catalog = createCatalog()
    catalog.addPack(pack(1), [delta(2, second, 1), delta(3, first, 1)])
    expect(whole(catalog, first)).toBe(false)
  })
})

describe('holdings', () => {
  const made = (...numbers: number[]): Catalog => {
    const catalog = createCatalog()
    for (const number of numbers) catalog.addPack(pack(number), [segment([{ id: number }])])
    return catalog
  }

  test('are the same for the same packs, in whichever order they came, and as often as they came', () => {
    expect(made(1, 2, 3).holdings).toBe(made(3, 1, 2, 1).holdings)
    const noted = made(1, 2)
    noted.notePack(pack(3))
    expect(noted.holdings).toBe(made(1, 2, 3).holdings)
  })

  test('differ when a pack is missing, or is named but cannot be used', () => {
    expect(made(1, 2).holdings).not.toBe(made(1, 2, 3).holdings)
    const without = made(1, 2)
    without.addPack(pack(3), [])
    expect(without.holdings).toBe(made(1, 2).holdings)
  })
})
