import { describe, expect, test } from 'vitest'
import { viewOf } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import { placedUnits } from '../index/placed-units.ts'
import { unitIds } from '../index/unit-ids.ts'
import { type SeededRandom, seededRandom } from '../testing/seeded-random.ts'
import { limits } from './limits.ts'
import { lookedThrough } from './looked-through.ts'
import { type NodeLog, nodeLog } from './node-log.ts'

/** Entries of a node, by their numbers; the same numbers are the same node. */
type Node = readonly number[]
/** The nodes of a snapshot's list, from left to right. */
type List = readonly Node[]

const width = 8
const places = 3

function idsOf(node: Node): Uint8Array {
  const ids = new Uint8Array(node.length * idLength)
  node.forEach((entry, at) => viewOf(ids).setUint32(at * idLength, entry, true))
  return ids
}

/** Under one name there is never anything else. */
function nameOf(node: Node): Uint8Array {
  const id = new Uint8Array(idLength)
  node.forEach((entry, at) => viewOf(id).setUint16(at * 2, entry, true))
  return id
}

interface Collected {
  readonly needed: ReadonlySet<number>
  readonly reads: number
}

/** What is remembered from one collection to the next, and the numbers in which it is. */
function memory() {
  const ids = unitIds()
  let nodes: NodeLog = nodeLog()
  const numberOf = (id: Uint8Array): number => ids.add(id, 0)
  const numbersIn = (lists: readonly List[]): Set<number> => new Set(lists.flat(2).map((entry) => numberOf(idsOf([entry]))))

  return {
    numbersIn,
    collect(lists: readonly List[]): Collected {
      const units = placedUnits(ids)
      for (const node of lists.flat()) for (const id of [nameOf(node), ...node.map((entry) => idsOf([entry]))]) units.add(id, 0, 0, 0)
      const looked = lookedThrough(units, nodes)
      const needed = new Set<number>()
      const seen = new Set<number>()
      let reads = 0
      for (const list of lists) {
        for (const [place, node] of list.entries()) {
          const unit = numberOf(nameOf(node))
          if (seen.has(unit)) continue
          seen.add(unit)
          let entries = looked.remembered(unit)
          if (!entries) {
            reads++
            entries = looked.read({ unit, level: 0, place }, idsOf(node))
          }
          for (let at = entries.start; at < entries.end; at += 2) {
            needed.add(entries.words[at + 1]!)
            expect(entries.words[at + 1]).toBe(numberOf(idsOf([node[entries.words[at]!]!])))
          }
        }
      }
      nodes = looked.found
      return { needed, reads }
    },
  }
}

let next = 1
const freshList = (): List => Array.from({ length: places }, () => Array.from({ length: width }, () => next++))

/** The list of a snapshot after the one with this list: a few entries are others. */
function after(list: List, random: SeededRandom): List {
  const nodes = list.map((node) => [...node])
  for (let change = 0; change <= random.below(3); change++) nodes[random.below(places)]![random.below(width)] = next++
  if (random.next() < 0.2) nodes.at(-1)!.splice(1 + random.below(width - 1))
  return nodes.map((node) => Array.from(node, (entry) => entry ?? next++))
}

describe('of lists that were looked through before', () => {
  test('nothing is read again but the first node of each place', () => {
    const random = seededRandom(1)
    const own = memory()
    const lists = [freshList()]
    while (lists.length < 20) lists.push(after(lists.at(-1)!, random))
    const first = own.collect(lists)
    const second = own.collect(lists)
    expect(first.needed).toEqual(own.numbersIn(lists))
    expect(second.needed).toEqual(own.numbersIn(lists))
    expect(first.reads).toBeGreaterThan(20)
    expect(second.reads).toBe(places)
  })

  test('a node that differs from one that is gone is read', () => {
    const own = memory()
    const first = freshList()
    const second = after(first, seededRandom(2))
    own.collect([first, second])
    expect(own.collect([second])).toEqual({ needed: own.numbersIn([second]), reads: places })
  })

  test('a node that differs from one that differs from one that is there is not read', () => {
    const own = memory()
    const first = freshList()
    const [second, third] = [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 30, 4]].map((node) => [node.map((entry) => entry + 5000), ...first.slice(1)])
    const fourth = [third![0]!.map((entry, at) => (at === 0 ? 9000 : entry)), ...first.slice(1)]
    const lists = [first, second!, third!, fourth]
    expect(own.collect(lists).reads).toBe(places + 3)
    expect(own.collect([first, fourth])).toEqual({ needed: own.numbersIn([first, fourth]), reads: places })
    // Put together once, it is known from then on.
    expect(own.collect([first, fourth])).toEqual({ needed: own.numbersIn([first, fourth]), reads: places })
  })

  test.each(['with room', 'with hardly any room'])('exactly what they hold is found, whatever comes and goes in between, %s', (room) => {
    const before = { ...limits }
    if (room === 'with hardly any room') Object.assign(limits, { keptListBytes: width * idLength * 2, keptNodesBytes: 400 })
    try {
      for (let seed = 1; seed <= 60; seed++) {
        const random = seededRandom(seed)
        const own = memory()
        let lists = [freshList()]
        for (let collection = 0; collection < 12; collection++) {
          for (let run = 0; run < random.below(6); run++) lists.push(random.next() < 0.1 ? freshList() : after(lists[random.below(lists.length)]!, random))
          if (random.next() < 0.2) lists.reverse()
          expect(own.collect(lists).needed, `seed ${seed}, collection ${collection}`).toEqual(own.numbersIn(lists))
          lists = lists.filter(() => random.next() < 0.7)
          if (lists.length === 0) lists = [freshList()]
        }
      }
    } finally {
      Object.assign(limits, before)
    }
  })

  test('an entry that is not stored is missed', () => {
    const units = placedUnits(unitIds())
    const looked = lookedThrough(units, nodeLog())
    units.addNew(idsOf([1]), 0, 0, 0)
    expect(() => looked.read({ unit: 0, level: 0, place: 0 }, idsOf([1, 2]))).toThrow('is in no pack')
  })
})
