import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { findAnomalies, type MeasuredSnapshot } from './anomalies.ts'

const begin = Date.UTC(2026, 0, 1)
const quarterMs = 900_000
const mb = 1_000_000

/** A shop's history: 100 MB that compress 3:1 and grow a little, a run each quarter of an hour. */
function shop(runs = 60): History {
  const random = seededRandom(7)
  const history: MeasuredSnapshot[] = [{ id: 's0', time: new Date(begin), sizeBytes: 100 * mb, freshBytes: 100 * mb, storedBytes: 33 * mb }]
  const made: History = {
    history,
    next({ growth = 20_000, rewritten = 0.004, ratio = 0.3 + random.next() / 10, afterMs = quarterMs, time } = {}) {
      const last = history.at(-1)!
      const sizeBytes = Math.max(0, last.sizeBytes + growth)
      const freshBytes = Math.round(Math.max(0, growth) + Math.min(last.sizeBytes, sizeBytes) * rewritten)
      const storedBytes = Math.round(freshBytes * ratio)
      history.push({ id: `s${history.length}`, time: time ?? new Date(last.time.getTime() + afterMs), sizeBytes, freshBytes, storedBytes })
      return made
    },
    found: (now) => findAnomalies(history, now).map(({ kind, id }) => `${kind} ${id}`),
  }
  for (let run = 1; run < runs; run++) made.next()
  return made
}

interface History {
  readonly history: MeasuredSnapshot[]
  next(step?: { growth?: number; rewritten?: number; ratio?: number; afterMs?: number; time?: Date }): History
  found(now?: Date): string[]
}

describe('what is usual is no anomaly:', () => {
  const usual: [what: string, make: () => History][] = [
    ['no snapshot at all', () => ({ ...shop(), found: () => findAnomalies([]).map(({ id }) => id) })],
    ['a growing shop', () => shop(500)],
    ['nothing changes', () => shop().next({ growth: 0, rewritten: 0 }).next({ growth: 0, rewritten: 0 })],
    ['first backups, whatever they do', () => shop(1).next({ growth: -80 * mb }).next({ growth: 900 * mb }).next({ rewritten: 1 })],
    ['the import of a month', () => shop().next({ growth: 40 * mb, rewritten: 0.1 })],
    ['an import of photos, which cannot be compressed', () => shop().next({ growth: 150 * mb, ratio: 1.01 })],
    ['VACUUM: all is written anew, compresses as before, and a third is given back', () => shop().next({ growth: -33 * mb, rewritten: 1 })],
    ['a migration that rewrites each row', () => shop().next({ growth: 10 * mb, rewritten: 1, ratio: 0.25 })],
    ['small changes, which padding makes look incompressible', () => shop().next({ growth: 0, rewritten: 0.002, ratio: 1.1 })],
    ['a change of the key of a few tables', () => shop().next({ rewritten: 0.1, ratio: 1 })],
    ['a month without a backup', () => shop().next({ afterMs: 30 * 96 * quarterMs, growth: 30 * mb })],
    ['a source that looks new each time', () => rewriting(20)],
    ['a source that is rewritten by two thirds each time, and once by more', () => churning()],
    ['a backup a year, and then none for three', () => yearly()],
    ['a database of some kilobytes that is emptied', () => tiny()],
    ['data that shrank for the third time', () => swinging(2)],
  ]
  test.each(usual)('%s', (_, make) => {
    expect(make().found()).toEqual([])
  })
})

describe('an anomaly is', () => {
  test('everything encrypted at once', () => {
    expect(shop().next({ growth: 0, rewritten: 1, ratio: 1.001 }).found()).toEqual(['entropy s60'])
  })

  test('a quarter of it encrypted, as when ransomware is still at work', () => {
    const attacked = shop().next({ growth: 0, rewritten: 0.25, ratio: 1 }).next({ growth: 0, rewritten: 0.25, ratio: 1 })
    expect(attacked.found()).toEqual(['entropy s60', 'entropy s61'])
  })

  test('everything encrypted, and what follows is quiet again: the one stays told', () => {
    expect(shop().next({ growth: 0, rewritten: 1, ratio: 1 }).next().next().found()).toEqual(['entropy s60'])
  })

  test('photos rewritten at once: whether they were encrypted cannot be seen, so the change is told', () => {
    expect(photos().next({ growth: 0, rewritten: 1, ratio: 1.01 }).found()).toEqual(['change s30'])
  })

  test('everything overwritten with something that compresses quite otherwise', () => {
    expect(shop().next({ growth: 0, rewritten: 1, ratio: 0.02 }).found()).toEqual(['change s60'])
  })

  test('a rewrite that comes every tenth run: twice, and then it is known', () => {
    const made = shop()
    for (let run = 0; run < 60; run++) made.next(run % 10 === 9 ? { growth: 0, rewritten: 1, ratio: 0.1 } : {})
    expect(made.found()).toEqual(['change s69', 'change s79'])
  })

  test('a table dropped and the file shrunk to half; told once although it stays small', () => {
    expect(shop().next({ growth: -55 * mb }).next().next().next().found()).toEqual(['size s60'])
  })

  test('everything gone', () => {
    expect(shop().next({ growth: -1000 * mb, rewritten: 0 }).found()).toEqual(['size s60'])
  })

  test('ten times as much as before', () => {
    expect(shop().next({ growth: 1000 * mb }).next().found()).toEqual(['size s60'])
  })

  test.each([
    ['1970', new Date(0)],
    ['no time at all', new Date(Number.NaN)],
    ['2100', new Date('2100-01-01')],
  ])('a clock set to %s, and the snapshot is compared with no other', (_, time) => {
    const odd = shop().next({ time, growth: -90 * mb })
    expect(odd.found(new Date('2026-01-02'))).toEqual(['clock s60'])
  })

  test('a clock set to 2100, even when nobody says what time it is', () => {
    expect(shop().next({ time: new Date('2100-01-01') }).found()).toEqual(['clock s60'])
  })

  test('every snapshot in the future of a clock that was reset now', () => {
    expect(new Set(findAnomalies(shop(10).history, new Date(0)).map(({ kind }) => kind))).toEqual(new Set(['clock']))
  })
})

test('messages say what was seen, in figures', () => {
  const [anomaly] = findAnomalies(shop().next({ growth: 0, rewritten: 1, ratio: 1 }).history)
  expect(anomaly!.message).toMatch(/^100 % of the data .* compress to 100 % of their size, where 3\d % were usual/)
})

test('the order in which snapshots are given makes no difference, and neither do figures that are none', () => {
  const { history } = shop().next({ growth: 0, rewritten: 1, ratio: 1 }).next({ growth: -60 * mb })
  const found = findAnomalies(history)
  expect(found).toHaveLength(2)
  const broken = { ...history[30]!, id: 'broken', sizeBytes: Number.NaN }
  expect(findAnomalies([...history, broken].toReversed())).toEqual(found)
})

test('whatever it is given, it answers, about snapshots it was given, each kind at most once', () => {
  const bytes = fc.oneof(fc.nat(1e9), fc.constantFrom(0, -1, Number.NaN, Infinity))
  const time = fc.oneof(fc.date({ noInvalidDate: false }), fc.nat(1000).map((quarters) => new Date(begin + quarters * quarterMs)))
  const snapshot = fc.record({ id: fc.uuid(), time, sizeBytes: bytes, freshBytes: bytes, storedBytes: bytes })
  fc.assert(
    fc.property(fc.uniqueArray(snapshot, { selector: ({ id }) => id, maxLength: 60 }), fc.option(fc.date(), { nil: undefined }), (all, now) => {
      const found = findAnomalies(all, now)
      const ids = new Set(all.map(({ id }) => id))
      expect(found.every(({ id }) => ids.has(id))).toBe(true)
      expect(new Set(found.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(found.length)
      expect(findAnomalies(all.toReversed(), now)).toEqual(found)
    }),
  )
})

test('a year of noisy days raises nothing', () => {
  const random = seededRandom(11)
  const year = shop(10)
  for (let day = 0; day < 365; day++) {
    const isImport = day % 30 === 0
    year.next({ growth: isImport ? 20 * mb : random.below(200_000), rewritten: random.next() / (isImport ? 4 : 20), ratio: 0.15 + random.next() / 2 })
  }
  expect(year.found()).toEqual([])
})

function rewriting(runs: number): History {
  const made = shop(1)
  for (let run = 0; run < runs; run++) made.next({ growth: 0, rewritten: 0.95, ratio: 0.2 + (run % 3) / 5 })
  return made
}

function churning(): History {
  const made = shop(1)
  for (let run = 0; run < 20; run++) made.next({ growth: 0, rewritten: 0.6 + (run % 4) / 20 })
  return made.next({ growth: 0, rewritten: 0.85, ratio: 0.1 })
}

function yearly(): History {
  const made = shop(1)
  for (let year = 0; year < 8; year++) made.next({ afterMs: 365 * 96 * quarterMs })
  return made.next({ afterMs: 3 * 365 * 96 * quarterMs })
}

function photos(): History {
  const made = shop(1)
  made.history[0] = { ...made.history[0]!, storedBytes: 101 * mb }
  for (let run = 1; run < 30; run++) made.next({ growth: 3 * mb, rewritten: 0, ratio: 1.01 })
  return made
}

function tiny(): History {
  const made = shop(1)
  made.history[0] = { ...made.history[0]!, sizeBytes: 90_000, freshBytes: 90_000, storedBytes: 40_000 }
  for (let run = 1; run < 20; run++) made.next({ growth: 0, rewritten: 0.01 })
  return made.next({ growth: -80_000, rewritten: 1 })
}

/** Twice it was told that data had halved; by then it is known to do so. */
function swinging(times: number): History {
  const made = shop(20)
  for (let time = 0; time <= times; time++) {
    made.next({ growth: -60 * mb })
    for (let run = 0; run < 10; run++) made.next({ growth: 6 * mb })
  }
  return { ...made, found: () => made.found().slice(times) }
}
