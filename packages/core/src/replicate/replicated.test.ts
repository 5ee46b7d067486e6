import { afterEach, describe, expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { createMemoryState } from '../portable/runtime.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import type { ReplicatedProvider } from './replicated.ts'
import { type Setting, type Told, anObject as object, commit, down, join, switched, until } from '../../test/switched.ts'

const opened: ReplicatedProvider[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function together(providers: readonly BackupProvider[], setting: Setting = {}): Promise<Told> {
  const all = await join(providers, setting)
  opened.push(all)
  await all.open({ create: true })
  return all
}

describe('an object that is stored', () => {
  test('comes to every provider', async () => {
    const providers = [switched(), switched(), switched()]
    const all = await together(providers)
    const { key, body } = object(1)
    await all.put(key, body)
    await all.delivered()
    for (const { inner } of providers) expect(inner.objects.get(key)).toEqual(body)
    expect(all.replicas().map(({ waiting }) => waiting)).toEqual([0, 0, 0])
  })

  test('counts as soon as enough have it: one that hangs holds nobody up', async () => {
    const providers = [switched(), switched(), switched()]
    const all = await together(providers, { required: 2 })
    providers[1]!.fault = 'hang'
    const { key, body } = object(2)
    await all.put(key, body)
    expect(providers.map(({ inner }) => inner.objects.has(key))).toEqual([true, false, true])
    expect(all.replicas()[1]).toMatchObject({ waiting: 1 })
    // Nor when all is closed.
    const since = performance.now()
    await all.close()
    expect(performance.now() - since).toBeLessThan(4_900)
    expect(all.replicas()[1]).toMatchObject({ waiting: 1 })
    opened.splice(0)
  })

  test('does not count while too few have it, and says why', async () => {
    const providers = [switched(), switched(), switched()]
    // None of them is tried again before the test is over, however slow the machine.
    const all = await together(providers, { required: 2, firstPauseMs: 60_000 })
    providers[0]!.fault = new BackupError('quota', 'Full.', { plugin: 'memory' })
    providers[2]!.fault = new BackupError('quota', 'Full.', { plugin: 'memory' })
    const { key, body } = object(3)
    await expect(all.put(key, body)).rejects.toMatchObject({ kind: 'quota' })
    // From now on it is known before anything is sent.
    providers[1]!.calls.length = 0
    await expect(all.put(key, body)).rejects.toMatchObject({ kind: 'quota', message: expect.stringContaining('1 of the 2 required') })
    expect(providers[1]!.calls).toEqual([])
  })

  test('may be overwritten in the memory of the caller while others still read it', async () => {
    const slow = switched()
    const put = slow.put.bind(slow)
    slow.put = async (key, body, options) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return put(key, body, options)
    }
    const all = await together([switched(), slow])
    const { key, body } = object(4)
    const kept = body.slice()
    await all.put(key, body)
    body.fill(0)
    await all.delivered()
    expect(slow.inner.objects.get(key)).toEqual(kept)
  })
})

describe('a commit', () => {
  test('waits for one that is behind, when that one is needed', async () => {
    const [a, b, behind] = [switched(), switched(), switched()]
    const all = await together([a, b, behind], { required: 2 })
    const put = behind.put.bind(behind)
    behind.put = async (...call) => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      return put(...call)
    }
    const { key, body } = object(20)
    await all.put(key, body)
    expect(behind.inner.objects.has(key)).toBe(false)
    b.fault = new BackupError('auth', 'The account is suspended.', { plugin: 'memory' })
    await all.stat(key)
    await all.put(commit, new Uint8Array(10))
    expect(behind.calls.filter((call) => call.startsWith('put'))).toEqual([`put ${key}`, `put ${commit}`])
    expect(a.inner.objects.has(commit)).toBe(true)
  })

  test('fails when one that is needed cannot catch up', async () => {
    const [a, b, behind] = [switched(), switched(), switched()]
    const all = await together([a, b, behind], { required: 2 })
    behind.put = () => Promise.reject(new BackupError('exists', 'There is something else.', { plugin: 'memory' }))
    const { key, body } = object(21)
    await all.put(key, body)
    b.fault = new BackupError('auth', 'The account is suspended.', { plugin: 'memory' })
    await expect(all.put(commit, new Uint8Array(10))).rejects.toMatchObject({ kind: 'auth' })
    expect(behind.inner.objects.has(commit)).toBe(false)
  })
})

describe('a provider that was away', () => {
  test('gets what it lacks when it is back, commits after everything before them', async () => {
    const [here, away] = [switched(), switched()]
    const all = await together([here, away])
    away.fault = down()
    const objects = [5, 6, 7].map(object)
    for (const { key, body } of objects) await all.put(key, body)
    await all.put(commit, new Uint8Array(10))
    expect(all.replicas()[1]).toMatchObject({ waiting: 4 })
    await until(() => all.replicas()[1]!.problem !== undefined)
    expect(all.replicas()[1]!.problem).toMatchObject({ kind: 'transient', message: 'The line is down.' })
    away.calls.length = 0
    away.fault = undefined
    await until(() => all.replicas()[1]!.waiting === 0)
    expect(away.inner.objects.size).toBe(4)
    expect(away.calls.filter((call) => call.startsWith('put')).at(-1)).toBe(`put ${commit}`)
  })

  test('gets no commit directly as long as it lacks something', async () => {
    const [here, away] = [switched(), switched()]
    const all = await together([here, away])
    away.fault = down()
    const { key, body } = object(8)
    await all.put(key, body)
    away.calls.length = 0
    await all.put(commit, new Uint8Array(10))
    expect(away.calls).not.toContain(`put ${commit}`)
    expect(all.replicas()[1]).toMatchObject({ waiting: 2 })
  })

  test('gets it after a restart of the program too', async () => {
    const state = createMemoryState()
    const [here, away] = [switched(), switched()]
    const before = await together([here, away], { state })
    away.fault = down()
    const { key, body } = object(9)
    await before.put(key, body)
    await before.close()
    away.fault = undefined
    const after = await together([here, away], { state })
    await until(() => after.replicas()[1]!.waiting === 0)
    expect(away.inner.objects.get(key)).toEqual(body)
    expect(await state.list()).toEqual([])
  })

  test('gets it from the outbox when the others are far away, as far as the budget goes', async () => {
    const state = createMemoryState()
    const [far, away] = [switched(), switched()]
    const all = await together([far, away], { state, budgetBytes: 1500 })
    away.fault = down()
    const [first, second] = [object(10), object(900)]
    await all.put(first.key, first.body)
    await all.put(second.key, second.body)
    await until(() => all.replicas()[1]!.problem !== undefined)
    expect((await state.list()).filter((item) => item.startsWith('body-'))).toHaveLength(1)
    far.calls.length = 0
    away.fault = undefined
    await until(() => all.replicas()[1]!.waiting === 0)
    expect(far.calls).toEqual([`get ${second.key}`])
    expect([...away.inner.objects.values()].map(({ length }) => length).sort()).toEqual([1010, 1900])
    expect(await state.list()).toEqual([])
  })
})

describe('reading', () => {
  test('goes to another when one does not answer, and mends what one lacks', async () => {
    const [a, b] = [switched(), switched()]
    const all = await together([a, b])
    const { key, body } = object(11)
    await all.put(key, body)
    await all.delivered()
    a.fault = down()
    expect(await all.get(key)).toEqual(body)
    a.fault = undefined
    for (const { calls } of [a, b]) calls.length = 0
    await all.get(key)
    const [asked] = [a, b].filter(({ calls }) => calls.length > 0)
    asked!.inner.objects.delete(key)
    // Who is quick is asked first.
    const other = asked === a ? b : a
    const get = other.get.bind(other)
    other.get = async (...call) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return get(...call)
    }
    for (let round = 0; round < 50 && asked!.calls.length < 2; round++) expect(await all.get(key)).toEqual(body)
    await until(() => asked!.inner.objects.has(key))
    expect(asked!.inner.objects.get(key)).toEqual(body)
  })

  test('tells what kept it, not that nothing is there, when one could not be asked', async () => {
    const [a, b] = [switched(), switched()]
    const all = await together([a, b])
    const { key } = object(12)
    await expect(all.get(key)).rejects.toMatchObject({ kind: 'not-found' })
    a.fault = down()
    await expect(all.get(key)).rejects.toMatchObject({ kind: 'transient' })
  })

  test('heals a damaged copy from a good one', async () => {
    const [a, b] = [switched(), switched()]
    const all = await together([a, b])
    const { key, body } = object(13)
    await all.put(key, body)
    await all.delivered()
    a.inner.objects.set(key, body.map((byte, at) => (at === 500 ? byte ^ 1 : byte)))
    expect(await all.heal(key)).toBe(true)
    expect(a.inner.objects.get(key)).toEqual(body)
    expect(all.news).toEqual([{ type: 'copy-healed', location: a.location, key }])
  })

  test('brings a good copy later when the damaged one is gone and the good one did not arrive', async () => {
    const [a, b] = [switched(), switched()]
    const all = await together([a, b])
    const { key, body } = object(31)
    await all.put(key, body)
    await all.delivered()
    a.inner.objects.set(key, body.map((byte, at) => (at === 500 ? byte ^ 1 : byte)))
    const put = a.put.bind(a)
    a.put = () => Promise.reject(down())
    expect(await all.heal(key)).toBe(true)
    expect(a.inner.objects.has(key)).toBe(false)
    expect(all.replicas()[0]).toMatchObject({ waiting: 1 })
    a.put = put
    await until(() => all.replicas()[0]!.waiting === 0)
    expect(a.inner.objects.get(key)).toEqual(body)
  })

  test('leaves a damaged copy aside that cannot be replaced', async () => {
    const [a, b] = [switched(), switched()]
    const all = await together([a, b])
    const { key, body } = object(14)
    await all.put(key, body)
    await all.delivered()
    a.inner.objects.set(key, body.map((byte, at) => (at === 500 ? byte ^ 1 : byte)))
    a.delete = () => Promise.reject(new BackupError('auth', 'Locked.', { plugin: 'memory' }))
    expect(await all.heal(key)).toBe(true)
    for (let round = 0; round < 4; round++) expect(await all.get(key)).toEqual(body)
  })

  test('lists what any of them has, once', async () => {
    const [a, b, c] = [switched(), switched(), switched()]
    const all = await together([a, b, c])
    const objects = [15, 16, 17].map(object)
    a.inner.objects.set(objects[0]!.key, objects[0]!.body)
    b.inner.objects.set(objects[0]!.key, objects[0]!.body)
    b.inner.objects.set(objects[1]!.key, objects[1]!.body)
    c.fault = down()
    const keys: string[] = []
    for await (const { key } of all.list('packs/')) keys.push(key)
    expect(keys.sort()).toEqual([objects[0]!.key, objects[1]!.key].sort())
    for (const each of [a, b]) each.fault = down()
    await expect(all.list('packs/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'transient' })
  })
})

describe('comparing', () => {
  test('fills a provider that is new, with one listing of each', async () => {
    const [a, fresh] = [switched(), switched()]
    const alone = await together([a])
    for (let seed = 0; seed < 150; seed++) await alone.put(object(seed).key, object(seed).body)
    const both = await together([a, fresh])
    fresh.calls.length = 0
    const gaps = await both.compare()
    expect(gaps.map(({ missing }) => missing.length)).toEqual([0, 150])
    await both.delivered()
    expect(fresh.inner.objects).toEqual(a.inner.objects)
    expect(fresh.calls.filter((call) => call.startsWith('list'))).toHaveLength(1)
  })

  test('misses nothing that comes while it lists', async () => {
    const [a, b] = [switched(), switched()]
    const all = await together([a, b])
    const { key, body } = object(30)
    const list = a.list.bind(a)
    a.list = async function* (...call) {
      // The other one has been listed by now.
      await all.put(key, body)
      await all.delivered()
      yield* list(...call)
    }
    expect((await all.compare()).map(({ missing }) => missing)).toEqual([[], []])
    expect(all.news).toEqual([])
  })

  test('never takes two repositories for copies of one another', async () => {
    const [a, b] = [switched(), switched()]
    for (const [at, each] of [a, b].entries()) {
      await each.open({ create: true })
      await each.put(`format/v1/${String(at).repeat(64)}`, new Uint8Array(at + 1))
    }
    await expect(together([a, b])).rejects.toMatchObject({ kind: 'config', message: expect.stringContaining('different repositories') })
    opened.splice(0)
  })
})

test('three providers that fail at random all have everything in the end', async () => {
  const random = seededRandom(3)
  const providers = [switched(), switched(), switched()]
  const all = await together(providers)
  const expected = new Map<string, Uint8Array>()
  let refused = 0
  for (let seed = 100; seed < 400; seed++) {
    for (const each of providers) each.fault = random.next() < 0.2 ? down() : undefined
    const { key, body } = object(seed)
    const outcome = await all.put(key, body).then(
      () => true,
      () => false,
    )
    if (outcome) expected.set(key, body)
    else refused++
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  expect(expected.size).toBeGreaterThan(150)
  for (const each of providers) each.fault = undefined
  await until(() => all.replicas().every(({ waiting }) => waiting === 0))
  for (const { inner } of providers) for (const [key, body] of expected) expect(inner.objects.get(key)).toEqual(body)
  expect(expected.size + refused).toBe(300)
})
