import { afterEach, describe, expect, test } from 'vitest'
import { commitKey } from '../format/names.ts'
import { BackupError } from '../errors.ts'
import { createMemoryState, portableRuntime } from '../portable/runtime.ts'
import { nameOf } from '../repository/objects.ts'
import { type Switched, type Told, anObject, commit, down, join, switched, until } from '../../test/switched.ts'

const opened: Told[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})
async function joined(...call: Parameters<typeof join>): Promise<Told> {
  const all = await join(...call)
  opened.push(all)
  return all
}
const callsTo = ({ calls }: Switched, method: string): string[] => calls.filter((call) => call.startsWith(method))

describe('a provider that cannot be opened', () => {
  test('is let in when it answers, and then gets everything, a commit last', async () => {
    const [here, away] = [switched(), switched()]
    const before = await joined([here])
    await before.open({ create: true })
    for (const seed of [1, 2, 3]) await before.put(anObject(seed).key, anObject(seed).body)
    await before.put(commit, new Uint8Array(10))

    await away.inner.open({ create: true })
    away.fault = down()
    const all = await joined([here, away])
    await all.open({})
    const fresh = anObject(4)
    await all.put(fresh.key, fresh.body)
    expect(callsTo(away, 'put')).toEqual([])
    away.fault = undefined
    await until(() => away.inner.objects.size === 5)
    expect(callsTo(away, 'put').at(-1)).toBe(`put ${commit}`)
    expect(away.inner.objects).toEqual(here.inner.objects)
  })

  test('holds nobody up when it hangs, where the others are enough', async () => {
    const [a, b, hangs] = [switched(), switched(), switched()]
    hangs.fault = 'hang'
    const all = await joined([a, hangs, b], { required: 2 })
    const since = performance.now()
    await all.open({ create: true })
    for (const seed of [5, 6, 7]) await all.put(anObject(seed).key, anObject(seed).body)
    for await (const _ of all.list('packs/')) void _
    await all.get(anObject(5).key)
    // Whoever waited for it would wait for five seconds.
    expect(performance.now() - since).toBeLessThan(4_900)
    expect(hangs.inner.objects.size).toBe(0)
    expect(all.replicas()[1]).toMatchObject({ waiting: 3 })
  })

  test('gets nothing when it breaks off while it is compared, and is let in when that works', async () => {
    const [here, away] = [switched(), switched()]
    const before = await joined([here])
    await before.open({ create: true })
    const theirs = anObject(11)
    await before.put(theirs.key, theirs.body)
    await before.put(commit, new Uint8Array(10))
    await away.inner.open({ create: true })
    away.fault = down()
    const all = await joined([here, away])
    await all.open({})
    const fresh = anObject(12)
    await all.put(fresh.key, fresh.body)

    const list = away.list.bind(away)
    let broken = 0
    away.list = () => {
      broken++
      throw new BackupError('corrupt', 'The listing makes no sense.', { plugin: 'memory' })
    }
    away.fault = undefined
    await until(() => broken > 1)
    expect(callsTo(away, 'put')).toEqual([])
    away.list = list
    await until(() => away.inner.objects.size === 3)
    expect(callsTo(away, 'put').at(-1)).toBe(`put ${commit}`)
  })

  test('is said to be away, and left alone, when it holds another repository', async () => {
    const [here, other] = [switched(), switched()]
    for (const [at, each] of [here, other].entries()) {
      await each.inner.open({ create: true })
      await each.inner.put(`format/v1/${String(at).repeat(64)}`, new Uint8Array(at + 1))
    }
    other.fault = down()
    const all = await joined([here, other])
    await all.open({})
    other.fault = undefined
    await until(() => all.replicas()[1]!.problem?.kind === 'config')
    expect(callsTo(other, 'put')).toEqual([])
    const { key, body } = anObject(13)
    await all.put(key, body)
    expect(all.replicas()[1]).toMatchObject({ waiting: 1 })
  })

  test('is waited for a while where its answer is needed, and then said to be away', async () => {
    const [here, hangs] = [switched(), switched()]
    hangs.fault = 'hang'
    const all = await joined([here, hangs])
    await all.open({ create: true })
    expect(all.replicas()[1]).toMatchObject({ problem: { kind: 'transient' } })
    const { key, body } = anObject(8)
    await all.put(key, body)
    expect(here.inner.objects.get(key)).toEqual(body)
  })
})

describe('commits of another machine', () => {
  test('are brought to who lacks them, with all they need, before he gets one from here', async () => {
    const [a, b] = [switched(), switched()]
    const here = await joined([a, b])
    await here.open({ create: true })
    // The other machine knows that it owes b something. It was switched off since.
    const theirs = anObject(9)
    const record = new Uint8Array(5)
    const theirCommit = commitKey(new Date('2031-01-02T00:00:00Z'), nameOf(portableRuntime.crypto, record))
    await a.inner.put(theirs.key, theirs.body)
    await a.inner.put(theirCommit, record)

    for await (const _ of here.list('commits/')) void _
    await here.put(commit, new Uint8Array(10))
    await until(() => here.replicas()[1]!.waiting === 0)
    expect(callsTo(b, 'put')).toEqual([theirs.key, theirCommit, commit].map((key) => `put ${key}`))
    expect(here.news).toContainEqual({ type: 'copies-missing', location: b.location, objects: 2 })
  })

  test('that are known to be on their way are no reason to list everything', async () => {
    const [a, b] = [switched(), switched()]
    const state = createMemoryState()
    const all = await joined([a, b], { state })
    await all.open({ create: true })
    b.fault = down()
    const { key, body } = anObject(10)
    await all.put(key, body)
    await all.put(commit, new Uint8Array(10))
    b.fault = undefined
    b.put = () => new Promise(() => {})
    for (const each of [a, b]) each.calls.length = 0
    for await (const _ of all.list('commits/')) void _
    expect(callsTo(a, 'list')).toEqual(['list commits/'])
  })

  test('that are too young to be listed everywhere are no reason either', async () => {
    const [a, lagging] = [switched(), switched(undefined, { listLagMs: 60_000 })]
    let now = new Date('2031-01-01T00:00:30Z')
    const all = await joined([a, lagging], { clock: () => now })
    await all.open({ create: true })
    await a.inner.put(commit, new Uint8Array(10))
    a.calls.length = 0
    for await (const _ of all.list('commits/')) void _
    expect(callsTo(a, 'list')).toEqual(['list commits/'])
    now = new Date('2031-01-01T00:01:01Z')
    for await (const _ of all.list('commits/')) void _
    expect(callsTo(a, 'list')).toEqual(['list commits/', 'list commits/', 'list '])
  })
})
