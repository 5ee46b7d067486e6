import { describe, expect, test } from 'vitest'
import { type NodeLog, type NumberedChange, nodeLog } from './node-log.ts'

const change = (node: number, ...pairs: number[]): NumberedChange => ({ node, from: node + 1, count: 9, words: Uint32Array.from([99, ...pairs, 99]), start: 1, end: 1 + pairs.length })

function read(log: NodeLog): unknown[] {
  return [...log.starts()].map((start) => {
    const { node, from, count, words, start: first, end } = log.at(start)
    return [node, from, count, ...words.subarray(first, end)]
  })
}

describe('changes of nodes', () => {
  test('are read as they were added, however many', () => {
    const log = nodeLog()
    for (let node = 0; node < 100; node++) log.add(change(node, ...Array.from({ length: (node % 4) * 2 }, (_, word) => node * 10 + word)))
    expect(read(log)).toEqual(Array.from({ length: 100 }, (_, node) => [node, node + 1, 9, ...Array.from({ length: (node % 4) * 2 }, (_word, word) => node * 10 + word)]))
  })

  test('for which there is no room are left out, and smaller ones are not', () => {
    const log = nodeLog(12)
    for (const each of [change(1, 1, 2), change(2, 1, 2, 3, 4), change(3, 5, 6), change(4)]) log.add(each)
    expect(read(log)).toEqual([
      [1, 2, 9, 1, 2],
      [3, 4, 9, 5, 6],
    ])
  })

  test('are a copy, whatever is added afterwards', () => {
    const first = nodeLog()
    first.add(change(1, 1, 2))
    const second = nodeLog(undefined, first)
    second.add(change(2, 3, 4))
    expect([read(first), read(second)].map(({ length }) => length)).toEqual([1, 2])
    expect(read(second)[0]).toEqual(read(first)[0])
  })

  test('get other numbers, and keep their places', () => {
    const log = nodeLog()
    log.add(change(1, 0, 5, 7, 6))
    expect(read(log.renumbered((unit) => unit * 100))).toEqual([[100, 200, 9, 0, 500, 7, 600]])
    expect(read(log)).toEqual([[1, 2, 9, 0, 5, 7, 6]])
  })
})
