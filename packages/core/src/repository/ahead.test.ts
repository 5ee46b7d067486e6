import { expect, test } from 'vitest'
import { ahead } from './ahead.ts'

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = []
  for await (const value of values) found.push(value)
  return found
}

test('results come in the order of the items, whichever is done first', async () => {
  const work = (ms: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, ms, ms))
  expect(await all(ahead([30, 1, 10, 2], 3, work))).toEqual([30, 1, 10, 2])
  expect(await all(ahead([], 3, work))).toEqual([])
})

test('so many are begun before the first is taken, and no more', async () => {
  const begun: number[] = []
  const results = ahead([1, 2, 3, 4, 5], 3, async (item) => begun.push(item))
  await results.next()
  expect(begun).toEqual([1, 2, 3])
  await results.next()
  expect(begun).toEqual([1, 2, 3, 4])
})

test('what failed is thrown in its turn, and nothing goes on behind it', async () => {
  let done = 0
  const taken: number[] = []
  const results = ahead([1, 2, 3, 4], 3, async (item) => {
    if (item === 2) throw new Error('no')
    await new Promise((resolve) => setTimeout(resolve, 20))
    done++
    return item
  })
  await expect(
    (async () => {
      for await (const result of results) taken.push(result)
    })(),
  ).rejects.toThrow('no')
  expect([taken, done]).toEqual([[1], 3])
})
