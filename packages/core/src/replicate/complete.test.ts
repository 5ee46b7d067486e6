import { expect, test } from 'vitest'
import { groupOfThree } from '../../test/group-of-three.ts'
import { completeNews } from './complete.ts'

test('a provider that caught up is news, once, when it has lacked nothing for a moment', async () => {
  const { group, clock, news } = await groupOfThree(1)
  completeNews(group)
  const [first] = group.replicas
  const { outbox } = group
  for (const key of ['k1', 'k2']) {
    await outbox.add(first!.id, [key])
    await outbox.done(first!.id, key)
    await clock.advance(100)
  }
  expect(news).toEqual([])
  await outbox.add(first!.id, ['k3'])
  await clock.advance(1000)
  expect(news).toEqual([])
  await outbox.done(first!.id, 'k3')
  await clock.advance(249)
  expect(news).toEqual([])
  await clock.advance(1)
  expect(news).toEqual([{ type: 'copies-complete', location: first!.provider.location }])
})

test('of one that is being closed nothing is said', async () => {
  const { group, clock, news } = await groupOfThree(1)
  const { stop } = completeNews(group)
  const { outbox, replicas } = group
  for (const { id } of replicas) await outbox.addRemovals(id, ['k'])
  await outbox.removed(replicas[0]!.id, 'k')
  stop()
  await outbox.removed(replicas[1]!.id, 'k')
  await clock.advance(1000)
  expect(news).toEqual([])
})
