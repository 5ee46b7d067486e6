import { describe, expect, test } from 'vitest'
import { hex, viewOf } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import { keptChanges } from '../index/node-changes.ts'
import type { Repository } from '../repository/repository.ts'
import { type SeededRandom, seededRandom } from '../testing/seeded-random.ts'
import { limits } from './limits.ts'
import { lookedThrough } from './looked-through.ts'

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
  readonly needed: ReadonlySet<string>
  readonly reads: number
}

function collect(repository: Repository, lists: readonly List[]): Collected {
  const looked = lookedThrough(repository)
  const needed = new Set<string>()
  const seen = new Set<string>()
  let reads = 0
  for (const list of lists) {
    for (const [place, node] of list.entries()) {
      const found = { id: nameOf(node), level: 0, place }
      if (seen.has(hex(found.id))) continue
      seen.add(hex(found.id))
      let entries = looked.remembered(found)
      if (!entries) {
        reads++
        entries = looked.read(found, idsOf(node))
      }
      for (let at = 0; at < entries.ids.length; at += idLength) needed.add(hex(entries.ids.subarray(at, at + idLength)))
      entries.numbers.forEach((number, at) => expect(viewOf(entries.ids).getUint32(at * idLength, true)).toBe(node[number]))
    }
  }
  looked.keepThese()
  return { needed, reads }
}

function allOf(lists: readonly List[]): Set<string> {
  return new Set(lists.flat(2).map((entry) => hex(idsOf([entry]))))
}

const repository = (): Repository => ({}) as Repository

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
    const own = repository()
    const lists = [freshList()]
    while (lists.length < 20) lists.push(after(lists.at(-1)!, random))
    const first = collect(own, lists)
    const second = collect(own, lists)
    expect(first.needed).toEqual(allOf(lists))
    expect(second.needed).toEqual(allOf(lists))
    expect(first.reads).toBeGreaterThan(20)
    expect(second.reads).toBe(places)
  })

  test('in another repository all is read', () => {
    const lists = [freshList(), freshList()]
    collect(repository(), lists)
    expect(collect(repository(), lists)).toEqual({ needed: allOf(lists), reads: 2 * places })
  })

  test('a node that differs from one that is gone is read', () => {
    const own = repository()
    const first = freshList()
    const second = after(first, seededRandom(2))
    collect(own, [first, second])
    expect(collect(own, [second])).toEqual({ needed: allOf([second]), reads: places })
  })

  test('a node that differs from one that differs from one that is there is not read', () => {
    const own = repository()
    const first = freshList()
    const [second, third] = [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 30, 4]].map((node) => [node.map((entry) => entry + 5000), ...first.slice(1)])
    const fourth = [third![0]!.map((entry, at) => (at === 0 ? 9000 : entry)), ...first.slice(1)]
    const lists = [first, second!, third!, fourth]
    expect(collect(own, lists).reads).toBe(places + 3)
    expect(collect(own, [first, fourth])).toEqual({ needed: allOf([first, fourth]), reads: places })
    // Put together once, it is known from then on.
    expect(collect(own, [first, fourth])).toEqual({ needed: allOf([first, fourth]), reads: places })
  })

  test.each(['with room', 'with hardly any room'])('exactly what they hold is found, whatever comes and goes in between, %s', (room) => {
    const before = { ...limits }
    if (room === 'with hardly any room') Object.assign(limits, { keptListBytes: width * idLength * 2 })
    keptChanges.bytes = room === 'with hardly any room' ? 3000 : 8 << 20
    try {
      for (let seed = 1; seed <= 60; seed++) {
        const random = seededRandom(seed)
        const own = repository()
        let lists = [freshList()]
        for (let collection = 0; collection < 12; collection++) {
          for (let run = 0; run < random.below(6); run++) lists.push(random.next() < 0.1 ? freshList() : after(lists[random.below(lists.length)]!, random))
          if (random.next() < 0.2) lists.reverse()
          expect(collect(own, lists).needed, `seed ${seed}, collection ${collection}`).toEqual(allOf(lists))
          lists = lists.filter(() => random.next() < 0.7)
          if (lists.length === 0) lists = [freshList()]
        }
      }
    } finally {
      Object.assign(limits, before)
      keptChanges.bytes = 8 << 20
    }
  })
})
