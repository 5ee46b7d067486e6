import { expect, test } from 'vitest'
import { turns } from './turns.ts'

function later(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

test('work under one name waits for the one before, also when that fails, and no other waits', async () => {
  const inTurn = turns()
  const first = later()
  const order: string[] = []
  const one = inTurn('a', undefined, async () => {
    await first.promise
    order.push('one')
    throw new Error('of the first')
  })
  const two = inTurn('a', undefined, async () => void order.push('two'))
  await inTurn('b', undefined, async () => void order.push('other'))
  expect(order).toEqual(['other'])
  first.resolve()
  await expect(one).rejects.toThrow('of the first')
  await two
  expect(order).toEqual(['other', 'one', 'two'])
})

test('whoever cancels stops waiting at once, and the next one still waits for the first', async () => {
  const inTurn = turns()
  const first = later()
  const order: string[] = []
  const one = inTurn('a', undefined, async () => {
    await first.promise
    order.push('one')
  })
  const controller = new AbortController()
  const two = inTurn('a', controller.signal, async () => void order.push('two'))
  const three = inTurn('a', undefined, async () => void order.push('three'))
  controller.abort()
  await expect(two).rejects.toMatchObject({ kind: 'cancelled' })
  expect(order).toEqual([])
  first.resolve()
  await Promise.all([one, three])
  expect(order).toEqual(['one', 'three'])
})
