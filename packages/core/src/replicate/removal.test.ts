import { expect, test } from 'vitest'
import { createMemoryState } from '../portable/runtime.ts'
import { type Switched, type Told, anObject, down, join, switched, until } from '../../test/switched.ts'

/** An object that is removed must not come back from a provider that was away. */

const keysOf = async (all: Told, prefix: string): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of all.list(prefix)) keys.push(key)
  return keys
}

async function pair(state = createMemoryState()): Promise<{ all: Told; here: Switched; away: Switched }> {
  const [here, away] = [switched(), switched()]
  const all = await join([here, away], { state })
  await all.open({ create: true })
  return { all, here, away }
}

test('what is removed goes everywhere', async () => {
  const { all, here, away } = await pair()
  const { key, body } = anObject(1)
  await all.put(key, body)
  await all.delivered()
  await all.delete(key)
  expect([here.inner.objects.size, away.inner.objects.size]).toEqual([0, 0])
  await all.close()
})

test('what was removed while one was away is listed no more, comes back to nobody, and goes when it is back', async () => {
  const state = createMemoryState()
  const { all, here, away } = await pair(state)
  const { key, body } = anObject(2)
  await all.put(key, body)
  await all.delivered()
  away.fault = down()
  await all.delete(key)
  expect(all.replicas()[1]).toMatchObject({ waiting: 1 })
  await all.close()

  // It answers again, after a restart, before its turn has come.
  away.fault = undefined
  const remove = away.delete.bind(away)
  away.delete = () => Promise.reject(down())
  const after = await join([here, away], { state })
  await after.open({})
  expect(away.inner.objects.has(key)).toBe(true)
  expect(await keysOf(after, 'packs/')).toEqual([])
  await after.compare()
  await after.delivered()
  expect(here.inner.objects.has(key)).toBe(false)

  away.delete = remove
  await until(() => !away.inner.objects.has(key))
  await until(() => after.replicas()[1]!.waiting === 0)
  await after.close()
  expect(await state.list()).toEqual([])
})

test('what is stored anew after it was removed stays, also where the removal comes late', async () => {
  const { all, here, away } = await pair()
  const { key, body } = anObject(3)
  await all.put(key, body)
  await all.delivered()
  away.fault = down()
  await all.delete(key)
  await all.put(key, body)
  away.calls.length = 0
  away.fault = undefined
  await until(() => all.replicas()[1]!.waiting === 0)
  expect(away.calls.filter((call) => /^(put|delete)/.test(call))).toEqual([`delete ${key}`, `put ${key}`])
  for (const { inner } of [here, away]) expect(inner.objects.get(key)).toEqual(body)
  await all.close()
})

test('what is removed while it is on its way is removed after it has arrived', async () => {
  const { all, here, away } = await pair()
  const { key, body } = anObject(4)
  const put = away.put.bind(away)
  let arrive = (): void => {}
  away.put = async (...call) => {
    await new Promise<void>((resolve) => (arrive = resolve))
    return put(...call)
  }
  await all.put(key, body)
  expect(all.replicas()[1]).toMatchObject({ waiting: 1 })
  await all.delete(key)
  arrive()
  await until(() => all.replicas()[1]!.waiting === 0)
  expect([here.inner.objects.size, away.inner.objects.size]).toEqual([0, 0])
  await all.close()
})

test('is an error only when nobody could do it, and is done later even then', async () => {
  const { all, here, away } = await pair()
  const { key, body } = anObject(5)
  await all.put(key, body)
  await all.delivered()
  for (const each of [here, away]) each.fault = down()
  await expect(all.delete(key)).rejects.toMatchObject({ kind: 'transient' })
  for (const each of [here, away]) each.fault = undefined
  await until(() => all.replicas().every(({ waiting }) => waiting === 0))
  expect([here.inner.objects.size, away.inner.objects.size]).toEqual([0, 0])
  await all.close()
})
