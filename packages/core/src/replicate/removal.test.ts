import { describe, expect, test } from 'vitest'
import type { BackupError } from '../errors.ts'
import { createMemoryState } from '../portable/runtime.ts'
import { type Setting, type Switched, type Told, anObject, commit, down, join, switched, until } from '../../test/switched.ts'

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

describe('what is written down as removed', () => {
  const three = async (setting: Setting = {}): Promise<{ all: Told; places: Switched[] }> => {
    const places = [switched(), switched(), switched()]
    const all = await join(places, { required: 2, ...setting })
    await all.open({ create: true })
    return { all, places }
  }

  test('is listed no more, and is removed wherever it turns up', async () => {
    const { all, places } = await three()
    const [kept, gone] = [anObject(11), anObject(12)]
    for (const { key, body } of [kept, gone]) await all.put(key, body)
    await all.delivered()
    all.removals.heed(new Set([gone.key]))
    expect(await keysOf(all, 'packs/')).toEqual([kept.key])
    await until(() => all.replicas().every(({ waiting }) => waiting === 0))
    for (const { inner } of places) expect([...inner.objects.keys()]).toEqual([kept.key])
    expect(all.removals.arePending([gone.key])).toBe(false)
    await all.close()
  })

  test('comes to nobody from one that was away, though nobody here has removed it', async () => {
    const places = [switched(), switched(), switched()]
    const { key, body } = anObject(13)
    places[2]!.inner.objects.set(key, body)
    const all = await join(places, { required: 2, waitsForRemovals: true })
    await all.open({ create: true })
    await all.compare()
    expect(all.replicas().map(({ waiting }) => waiting)).toEqual([1, 1, 0])
    all.removals.heed(new Set([key]))
    await until(() => all.replicas().every(({ waiting }) => waiting === 0))
    await all.compare()
    await until(() => all.replicas().every(({ waiting }) => waiting === 0))
    for (const { inner, calls } of places) {
      expect(inner.objects.size).toBe(0)
      expect(calls.filter((call) => call.startsWith('put'))).toEqual([])
    }
    await all.close()
  })

  test('is pending as long as one is away that has it', async () => {
    const { all, places } = await three()
    const { key, body } = anObject(14)
    await all.put(key, body)
    await all.delivered()
    all.removals.heed(new Set([key]))
    places[2]!.fault = down()
    await all.delete(key)
    expect(all.removals.arePending([key])).toBe(true)
    places[2]!.fault = undefined
    await until(() => !all.removals.arePending([key]))
    expect(places[2]!.inner.objects.size).toBe(0)
    await all.close()
  })
})

test('nobody is brought anything before it is known what was removed', async () => {
  const places = [switched(), switched()]
  const { key, body } = anObject(15)
  places[1]!.inner.objects.set(key, body)
  const all = await join(places, { waitsForRemovals: true })
  await all.open({ create: true })
  await all.compare()
  await all.delivered()
  expect(places[0]!.inner.objects.size).toBe(0)
  all.removals.heed(new Set())
  await until(() => places[0]!.inner.objects.has(key))
  await all.close()
})

test('what only one has that is away holds up no commit of the others, and comes when it is back', async () => {
  const places = [switched(), switched(), switched()]
  const stray = anObject(16)
  places[2]!.inner.objects.set(stray.key, stray.body)
  const get = places[2]!.get.bind(places[2]!)
  places[2]!.get = () => Promise.reject(down())
  const all = await join(places, { required: 2, firstPauseMs: 50 })
  await all.open({ create: true })
  await all.compare()
  places[2]!.fault = down()
  await all.put(commit, new Uint8Array(10))
  for (const { inner } of places.slice(0, 2)) expect([...inner.objects.keys()]).toEqual([commit])
  expect(all.replicas().map(({ waiting }) => waiting)).toEqual([1, 1, 1])
  places[2]!.fault = undefined
  places[2]!.get = get
  all.retry()
  await until(() => all.replicas().every(({ waiting }) => waiting === 0))
  for (const { inner } of places) expect([...inner.objects.keys()].sort()).toEqual([commit, stray.key])
  await all.close()
})

const refused = expect.stringMatching(/^transient: 2 of at least 3 providers can be looked at/)

test.each([
  [1, 'whole', refused],
  [2, 'whole', 'listed'],
  [1, 'writer', 'listed'],
  [2, 'writer', 'listed'],
  [3, 'writer', refused],
  [2, 'all', refused],
] as const)('with %i of three required and one away, a listing with the view "%s": %s', async (required, view, expected) => {
  const places = [switched(), switched(), switched()]
  const all = await join(places, { required })
  await all.open({ create: true })
  places[2]!.fault = down()
  const list = async (): Promise<string> => {
    for await (const _ of all.list('tombs/', { view }));
    return 'listed'
  }
  expect(await list().catch(({ kind, message }: BackupError) => `${kind}: ${message}`)).toEqual(expected)
  expect(places[2]!.calls.filter((call) => call === 'list tombs/').length).toBeGreaterThan(0)
  await all.close()
})
