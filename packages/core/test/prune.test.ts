import { describe, expect, test } from 'vitest'
import { packKey } from '../src/format/names.ts'
import { type Backup, type BackupConfig, createBackup, keepLast, rawKey } from '../src/index.ts'
import { type MemoryProvider, type MemorySource, memoryProvider, memorySource } from '../src/testing/index.ts'
import { edited, expectStreams, freshMemoryState, noise, text, withoutFiles } from './fixtures.ts'

const key = rawKey(new Uint8Array(32).fill(21))
const hour = 3_600_000
const day = 24 * hour
const why = { actor: 'anna', reason: 'no longer needed' }

interface Setting {
  readonly backup: Backup
  readonly place: MemoryProvider
  readonly source: MemorySource
  /** What each snapshot held, by id. */
  readonly history: Map<string, Uint8Array>
  pass(ms: number): void
  /** A backup of something new. */
  run(): Promise<string>
  /** As somebody else, who knows nothing but the place. */
  another(source?: MemorySource): Backup
}

async function made(options: Partial<BackupConfig> = {}): Promise<Setting> {
  const place = memoryProvider()
  let now = Date.UTC(2031, 0, 1)
  const clock = (): Date => new Date(now)
  const open = (source: MemorySource): Backup =>
    createBackup({
      source,
      providers: [place],
      keys: key,
      runtime: withoutFiles,
      workers: 0,
      state: freshMemoryState(),
      compression: 'store',
      clock,
      ...options,
    })
  let main = noise(100_000, 1)
  const source = memorySource({ main })
  const backup = open(source)
  await backup.init()
  const history = new Map<string, Uint8Array>()
  let seed = 1
  return {
    backup,
    place,
    source,
    history,
    pass: (ms) => void (now += ms),
    async run() {
      now += hour
      main = edited(main, [(++seed * 7919) % main.length], seed)
      source.streams.set('main', main)
      const { id } = await backup.run()
      history.set(id, main)
      return id
    },
    another: (other = memorySource()) => open(other),
  }
}

/** Every snapshot that is offered holds what it held, for somebody who knows nothing but the place. */
async function expectAllWhole({ another, history }: Setting): Promise<string[]> {
  const source = memorySource()
  const stranger = another(source)
  const ids = (await stranger.snapshots()).map(({ id }) => id)
  for (const id of ids) {
    await stranger.restore(id, { to: id })
    const main = history.get(id)
    if (main) expectStreams(source.places.get(id), { main })
  }
  expect(await stranger.verify({ depth: 'data' })).toMatchObject({ ok: true })
  return ids
}

const objects = (place: MemoryProvider, folder: string): string[] => [...place.objects.keys()].filter((name) => name.startsWith(`${folder}/`))

describe('a snapshot that is removed', () => {
  test('is not offered any more, and can be brought back', async () => {
    const setting = await made()
    const { backup, run } = setting
    const [first, second] = [await run(), await run()]
    const { until } = await backup.remove([first.slice(0, 12)], why)
    expect((await backup.snapshots()).map(({ id }) => id)).toEqual([second])
    await expect(backup.restore(first).catch((error: unknown) => Promise.reject(error))).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('by anna: no longer needed') as string,
    })
    expect(await backup.trash()).toMatchObject([{ id: first, removed: { until, ...why } }])
    await backup.undelete([first], { actor: 'ben', reason: 'needed after all' })
    expect(await expectAllWhole(setting)).toEqual([first, second])
    expect(await backup.trash()).toEqual([])
  })

  test('cannot be brought back when its time is over', async () => {
    const { backup, run, pass } = await made()
    const first = await run()
    await run()
    await backup.remove([first], why)
    pass(7 * day)
    await expect(backup.undelete([first], why)).rejects.toMatchObject({ kind: 'not-found', message: expect.stringContaining('could be brought back until') as string })
  })

  test.each([{}, { reason: '  ' }])('needs a reason: %o is none', async (authority) => {
    const { backup, run } = await made()
    const first = await run()
    await expect(backup.remove([first], authority)).rejects.toMatchObject({ kind: 'config', key: 'reason' })
    expect(await backup.snapshots()).toHaveLength(1)
  })
})

describe('a legal hold', () => {
  test('keeps a snapshot from being removed by hand and by retention, until it is released with a reason', async () => {
    const { backup, run } = await made({ retention: keepLast(1) })
    const [first, second] = [await run(), await run()]
    const hold = await backup.hold([first], { actor: 'court', reason: 'case 17' })
    await expect(backup.remove([first], why)).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('case 17') as string })
    expect(await backup.retain()).toMatchObject({ removed: [] })
    await expect(backup.release(hold.id, {})).rejects.toMatchObject({ kind: 'config', key: 'reason' })
    expect(await backup.holds()).toMatchObject([{ id: hold.id, snapshots: [first], actor: 'court' }])
    await backup.release(hold.id, { reason: 'case 17 is closed' })
    expect(await backup.holds()).toEqual([])
    expect(await backup.retain()).toMatchObject({ removed: [first] })
    expect((await backup.snapshots()).map(({ id }) => id)).toEqual([second])
  })

  test('ends by itself when that was said', async () => {
    const { backup, run, pass } = await made()
    const first = await run()
    await backup.hold([first], { reason: 'for a week', until: new Date(Date.UTC(2031, 0, 8)) })
    pass(8 * day)
    await backup.remove([first], why)
    expect(await backup.snapshots()).toEqual([])
  })

  test('that cannot be read keeps everything', async () => {
    const { backup, run, place, another } = await made({ retention: keepLast(1) })
    const [first] = [await run(), await run()]
    await backup.hold([first], { reason: 'case 18' })
    place.objects.get(objects(place, 'holds')[0]!)![90]! ^= 1
    await expect(another().retain()).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('nothing may be removed') as string })
    await expect(another().collect()).rejects.toMatchObject({ kind: 'corrupt' })
    expect(objects(place, 'trash')).toEqual([])
  })

  test('put on what lies in the trash already keeps it from going for good', async () => {
    const { backup, run, pass, place, another } = await made()
    const [first] = [await run(), await run()]
    const { id } = await backup.hold([first], { reason: 'case 19', until: new Date(Date.UTC(2031, 0, 1, 3)) })
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    pass(3 * hour)
    await backup.remove([first], why)
    pass(10 * day)
    const commits = objects(place, 'commits').length
    await another().collect()
    expect(objects(place, 'commits')).toHaveLength(commits - 1)
  })
})

describe('a reviewed plan', () => {
  test('is what is applied, and nothing else', async () => {
    const { backup, run } = await made({ retention: keepLast(2) })
    const [first] = [await run(), await run(), await run()]
    const plan = await backup.retentionPlan()
    await run()
    expect(await backup.retain(JSON.parse(JSON.stringify(plan)) as typeof plan, { actor: 'anna' })).toMatchObject({ removed: [first] })
    expect(await backup.snapshots()).toHaveLength(3)
    // Again, and there is nothing left to do.
    expect(await backup.retain(plan)).toMatchObject({ removed: [] })
  })

  test('is refused when it would remove what is kept by now', async () => {
    const { backup, run } = await made({ retention: keepLast(1) })
    const [first] = [await run(), await run()]
    const plan = await backup.retentionPlan()
    await backup.hold([first], { reason: 'case 20' })
    await expect(backup.retain(plan)).rejects.toMatchObject({ kind: 'config', message: expect.stringContaining('kept by now (held)') as string })
    expect(await backup.snapshots()).toHaveLength(2)
  })
})

describe('collecting', () => {
  test('removes what nothing needs, days after it was announced, and leaves every snapshot whole', async () => {
    const setting = await made({ retention: keepLast(2) })
    const { backup, run, pass, place } = setting
    for (let count = 0; count < 6; count++) await run()
    // One that shares nothing with the others.
    setting.source.streams.set('main', noise(100_000, 999))
    await backup.run()
    await run()
    await run()
    const packs = objects(place, 'packs').length
    const first = await backup.prune()
    expect(first.retention?.removed).toHaveLength(7)
    expect(first.collection).toMatchObject({ snapshots: [], removedPacks: 0 })
    pass(8 * day)
    const second = await backup.collect()
    expect(second.snapshots).toHaveLength(7)
    expect(second).toMatchObject({ removedPacks: 0 })
    expect(objects(place, 'commits')).toHaveLength(2)
    expect(objects(place, 'packs')).toHaveLength(packs)
    // Where the provider does not tell how old packs are, they are watched first.
    pass(2 * day)
    const third = await backup.collect()
    expect(third.announcedPacks).toBeGreaterThan(0)
    expect(objects(place, 'tombs')).toHaveLength(1)
    pass(2 * day)
    expect(await backup.collect()).toMatchObject({ removedPacks: 0, next: expect.any(Date) as Date })
    pass(2 * day)
    expect(await backup.collect()).toMatchObject({ removedPacks: third.announcedPacks, removedBytes: third.announcedBytes })
    expect(objects(place, 'packs')).toHaveLength(packs - third.announcedPacks)
    expect(await expectAllWhole(setting)).toHaveLength(2)
    // When nobody heeds the announcement any more, it goes too, and so do sessions.
    pass(20 * day)
    await backup.collect()
    expect(objects(place, 'tombs')).toEqual([])
    expect(objects(place, 'sessions')).toHaveLength(1)
    expect(objects(place, 'index')).toHaveLength(1)
    await run()
    expect(await expectAllWhole(setting)).toHaveLength(3)
  })

  test('gathers what lies scattered in many packs, and a stranger needs no other', async () => {
    const setting = await made({ retention: keepLast(1) })
    const { backup, run, pass, place } = setting
    for (let count = 0; count < 40; count++) {
      setting.source.streams.set(`${count}`, noise(3000, 500 + count))
      await backup.run()
    }
    await run()
    for (let count = 0; count < 14; count++) {
      await backup.prune()
      pass(2 * day)
    }
    const [newest] = [...(await backup.snapshots())].reverse()
    expect(objects(place, 'commits')).toHaveLength(1)
    // What the newest added itself, and everything else.
    expect(objects(place, 'packs').length).toBeLessThanOrEqual(3)
    setting.history.clear()
    expect(await expectAllWhole(setting)).toEqual([newest!.id])
    await backup.run()
    expect(await expectAllWhole(setting)).toHaveLength(2)
  })

  test('seals anew what was sealed before the keys were rotated, as soon as no snapshot names its pack', async () => {
    const setting = await made({ retention: keepLast(1) })
    const { backup, run, pass } = setting
    await run()
    await run()
    await backup.keys.rotate([key])
    for (let rounds = 0; rounds < 14; rounds++) {
      await run()
      await backup.prune()
      pass(2 * day)
    }
    const epochs = await backup.keys.epochs()
    expect(epochs.map(({ epoch, packs, commits }) => ({ epoch, packs, commits }))).toMatchObject([{ epoch: 1, packs: 0, commits: 0 }, { epoch: 2 }])
    expect((await expectAllWhole(setting)).length).toBeGreaterThan(0)
  })

  test('is told by its plan, which changes nothing', async () => {
    const { backup, run, place } = await made({ retention: keepLast(1) })
    await run()
    await run()
    const before = new Map(place.objects)
    const plan = await backup.collectionPlan()
    expect(plan).toMatchObject({ packs: 2, snapshots: [], remove: [], announce: [], gather: [], unreadable: [] })
    expect([...place.objects.keys()]).toEqual([...before.keys()])
    // A snapshot keeps each of the packs as it is, whatever is needed of it.
    expect(plan.neededBytes).toBeUndefined()
    place.objects.set(packKey('ab'.repeat(32)), new Uint8Array(10))
    const { neededBytes, unreadable } = await backup.collectionPlan()
    expect(neededBytes).toBeGreaterThan(0)
    expect(neededBytes).toBeLessThanOrEqual(plan.packBytes)
    expect(unreadable).toEqual(['ab'.repeat(32)])
  })

  test('refuses when a snapshot cannot be read, for nobody knows what it needs', async () => {
    const { run, place, another } = await made()
    await run()
    place.objects.get(objects(place, 'commits')[0]!)![80]! ^= 1
    await expect(another().collect()).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('nothing may be removed') as string })
  })

  test('refuses when something is missing that a snapshot needs', async () => {
    const { run, place, another } = await made()
    await run()
    place.objects.delete(objects(place, 'packs')[0]!)
    await expect(another().collect()).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('is in no pack') as string })
  })
})

test('what is announced to be removed is stored anew by whoever needs it again', async () => {
  const setting = await made({ retention: keepLast(1) })
  const { backup, run, pass, source, place } = setting
  const lost = noise(60_000, 77)
  await run()
  source.streams.set('other', lost)
  await backup.run()
  source.streams.delete('other')
  await run()
  for (let count = 0; count < 6; count++) {
    await backup.prune()
    pass(2 * day)
  }
  expect(objects(place, 'tombs')).toHaveLength(1)
  source.streams.set('other', lost)
  const { freshBytes, id } = await backup.run()
  expect(freshBytes).toBeGreaterThanOrEqual(60_000)
  pass(4 * day)
  expect(await backup.collect()).toMatchObject({ removedPacks: expect.any(Number) as number })
  expect(await expectAllWhole(setting)).toContain(id)
})

describe('retention by policy', () => {
  test('stops when the newest snapshot looks like ransomware, and goes on when somebody says so', async () => {
    const { backup, source, run, pass } = await made({ retention: keepLast(2) })
    source.streams.set('log', text(2_000_000))
    for (let count = 0; count < 8; count++) await run()
    pass(hour)
    source.streams.set('log', noise(2_000_000, 5))
    await backup.run()
    const report = await backup.retain()
    expect(report).toMatchObject({ removed: [], paused: [{ kind: 'change' }] })
    expect(await backup.trash()).toEqual([])
    await expect(backup.retain(undefined, { force: true })).rejects.toMatchObject({ kind: 'config', key: 'reason' })
    expect((await backup.retain(await backup.retentionPlan())).removed).toHaveLength(7)
  })

  test('follows other policies while a provider has little room left', async () => {
    const { backup, run, place } = await made({ retention: keepLast(10), whenFull: { above: 0.5, retention: keepLast(1) } })
    for (let count = 0; count < 3; count++) await run()
    expect((await backup.retentionPlan()).drop).toHaveLength(0)
    Object.assign(place, { usage: async () => ({ usedBytes: 60, totalBytes: 100 }) })
    expect((await backup.retentionPlan()).drop).toHaveLength(2)
  })
})

test('who removed, brought back, held and collected what, and why, is in the audit trail before it is done', async () => {
  const { backup, run, pass } = await made({ retention: keepLast(1) })
  const [first, second] = [await run(), await run()]
  await run()
  await backup.remove([first], why)
  pass(1000)
  await backup.undelete([first], why)
  pass(1000)
  const { id } = await backup.hold([first], why)
  pass(1000)
  await backup.release(id, why)
  pass(1000)
  await backup.retain(undefined, { actor: 'schedule' })
  pass(8 * day)
  await backup.collect({ actor: 'schedule' })
  const { entries } = await backup.audit()
  expect(entries.map(({ action, actor, subject }) => [action, actor, [...subject].sort()])).toEqual([
    ['remove', 'anna', [first]],
    ['undelete', 'anna', [first]],
    ['hold', 'anna', [first]],
    ['release', 'anna', [id, first].sort()],
    ['retain', 'schedule', [first, second].sort()],
    ['collect', 'schedule', [first, second].sort()],
  ])
  expect(await backup.verifyAudit()).toMatchObject({ ok: true, problems: [] })
})

test('bounds that contradict one another are refused', async () => {
  const { backup } = await made({ collection: { graceMs: hour } })
  await expect(backup.collect()).rejects.toMatchObject({ kind: 'config', key: 'collection.graceMs' })
})
