import { expect, test } from 'vitest'
import { createQueue } from './queue.ts'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const item of items) seen.push(item)
  return seen
}

test('items come in their order, whether they wait or are waited for', async () => {
  const queue = createQueue<{ n: number }>()
  queue.push({ n: 1 })
  queue.push({ n: 2 })
  setTimeout(() => queue.push({ n: 3 }), 5)
  setTimeout(() => queue.end(), 10)
  expect(await all(queue)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
})

test('what was pushed before the end is still handed out', async () => {
  const queue = createQueue<{ n: number }>()
  queue.push({ n: 1 })
  queue.end()
  expect(await all(queue)).toEqual([{ n: 1 }])
})

test('a failure is seen at once by whoever waits, and before what still lies there', async () => {
  const queue = createQueue<object>()
  const waiting = all(queue)
  queue.fail(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')

  const full = createQueue<object>()
  full.push({})
  full.fail(new Error('gone'))
  await expect(all(full)).rejects.toThrow('gone')
})
