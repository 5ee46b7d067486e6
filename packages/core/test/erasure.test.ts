import { describe, expect, test } from 'vitest'
import { type Backup, BackupError, type BackupProvider, createBackup, type ErasePlan, type KeyProvider, rawKey, recoveryCode } from '../src/index.ts'
import { timedKey } from '../src/format/names.ts'
import { openRepository } from '../src/repository/repository.ts'
import { readRecords, writeRecord } from '../src/repository/records.ts'
import { writerId } from '../src/write/writer-state.ts'
import { type MemoryProvider, memoryProvider, memorySource } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'
import { switched } from './switched.ts'

const secret = (number: number): KeyProvider => rawKey(new Uint8Array(32).fill(number))
const old = { main: noise(20_000, 1) }
const fresh = { main: noise(20_000, 2) }
const authority = { actor: 'anna@example.org', reason: 'Request 17 of a former customer' }

interface Place {
  readonly provider: MemoryProvider
  readonly backup: Backup
  readonly source: ReturnType<typeof memorySource>
  readonly code: string
  readonly state: string
}

/** A snapshot of the first epoch, a rotation, and snapshots of the second. */
async function rotated(...later: Readonly<Record<string, Uint8Array>>[]): Promise<Place> {
  const provider = memoryProvider()
  const source = memorySource(old)
  const state = freshMemoryState()
  const backup = open(provider, source, secret(1), state)
  const { recoveryCode: code } = await backup.init()
  await backup.run()
  await backup.keys.rotate([secret(1)])
  for (const streams of later) {
    source.streams.clear()
    for (const [name, bytes] of Object.entries(streams)) source.streams.set(name, bytes)
    await backup.run()
  }
  return { provider, source, backup, code: code!, state }
}

function open(provider: BackupProvider, source = memorySource(), keys: KeyProvider = secret(1), state = freshMemoryState()): Backup {
  return createBackup({ source, providers: [provider], keys, runtime: withoutFiles, workers: 0, state })
}

const ownState = freshMemoryState()

const everything = ({ lost }: ErasePlan): string[] => lost.map(({ id }) => id)
const keysIn = ({ objects }: MemoryProvider, folder: string): string[] => [...objects.keys()].filter((key) => key.startsWith(folder)).sort()

describe('a plan to erase the keys of an epoch', () => {
  test('names the snapshots that are sealed with them, and what survives', async () => {
    const { backup, provider } = await rotated(fresh)
    const [first, second] = await backup.snapshots()
    const before = new Map(provider.objects)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    expect(plan).toMatchObject({ epochs: [1], survives: 1, refusals: [], lost: [{ id: first!.id, time: first!.time, what: 'whole' }] })
    // A pack, a commit, the session of whoever made them, and the line about the rotation.
    expect(plan.objects.map((key) => key.split('/')[0])).toEqual(['audit', 'commits', 'packs', 'sessions'])
    expect(plan.objects.some((key) => key.includes(second!.id))).toBe(false)
    expect(plan.bytes).toBe(plan.objects.reduce((sum, key) => sum + provider.objects.get(key)!.length, 0))
    expect(provider.objects).toEqual(before)
  })

  test('names a snapshot made since that shares data with what is lost', async () => {
    const { backup } = await rotated(old, fresh)
    const [first, sharing] = await backup.snapshots()
    const { lost, survives } = await backup.keys.erasePlan({ epochs: [1] })
    expect(lost.map(({ id, what }) => [id, what])).toEqual([[first!.id, 'whole'], [sharing!.id, 'part']])
    expect(survives).toBe(1)
  })

  test('can be kept as JSON and carried out later', async () => {
    const { backup } = await rotated(fresh)
    const plan = JSON.parse(JSON.stringify(await backup.keys.erasePlan({ epochs: [1] }))) as ErasePlan
    await expect(backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })).resolves.toMatchObject({ epochs: [1], pending: [] })
  })

  test.each([
    ['the epoch that seals what is stored now', [2], /seals what is stored now/],
    ['an epoch that there is not', [7], /no key epoch 7/],
    ['none', [], /No key epoch/],
  ])('is refused for %s', async (_, epochs, message) => {
    const { backup } = await rotated(fresh)
    await expect(backup.keys.erasePlan({ epochs })).rejects.toMatchObject({ kind: 'config', key: 'epochs', message: expect.stringMatching(message) as string })
  })
})

describe('after an erasure', () => {
  test('nothing opens what was lost, the rest is as it was, and the old secrets are worth nothing', async () => {
    const { backup, provider, source, code } = await rotated(fresh)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    const { recoveryCode: nextCode, ...report } = await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan), ...authority })
    expect(report).toEqual({ epochs: [1], objects: plan.objects.length, bytes: plan.bytes, lost: everything(plan), pending: [] })

    for (const key of [secret(1), recoveryCode(code)]) await expect(open(provider, source, key).snapshots()).rejects.toMatchObject({ kind: 'key' })
    for (const key of [secret(2), recoveryCode(nextCode)]) {
      const stranger = open(provider, source, key)
      source.places.delete('there')
      expect(await stranger.snapshots()).toHaveLength(1)
      expect(await stranger.verify({ depth: 'data' })).toMatchObject({ ok: true, unusedPacks: 0 })
      await stranger.restore('latest', { to: 'there' })
      expectStreams(source.places.get('there'), fresh)
    }
    expect(plan.objects.filter((key) => provider.objects.has(key) && !key.startsWith('audit/'))).toEqual([])
    // The process that did it goes on.
    await backup.run()
    expect(await backup.snapshots()).toHaveLength(2)
  })

  test('an object that was kept does not open, and whoever meets it is told why', async () => {
    const { backup, provider } = await rotated(fresh)
    const kept = new Map(provider.objects)
    const [{ id, time } = { id: '', time: new Date() }] = await backup.snapshots()
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })
    const key = timedKey('commits', time, id)
    provider.objects.set(key, kept.get(key)!)
    const report = await open(provider, memorySource(), secret(2)).verify()
    expect(report.problems).toMatchObject([{ key, message: expect.stringMatching(/key epoch 1, which was erased on 20\d\d-\d\d-\d\d/) as string }])
  })

  test('what is backed up again is stored again', async () => {
    const { backup, source } = await rotated(fresh)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })
    source.streams.set('main', old.main)
    expect((await backup.run()).freshBytes).toBe(old.main.length)
    await backup.restore('latest', { to: 'there' })
    expectStreams(source.places.get('there'), old)
  })

  test('the audit trail is whole, also what was written before, and tells by whom and why', async () => {
    const { backup, provider } = await rotated(fresh)
    await backup.keys.rotate([secret(1)])
    const plan = await backup.keys.erasePlan({ epochs: [1, 2] })
    expect(plan.auditEntries).toBe(2)
    await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan), ...authority })
    const stranger = open(provider, memorySource(), secret(2))
    expect(await stranger.verifyAudit()).toMatchObject({ ok: true, problems: [], entries: 3 })
    const { entries, unreadable } = await stranger.audit()
    expect(entries.map(({ action }) => action)).toEqual(['rotate', 'rotate', 'erase'])
    expect(entries[2]).toMatchObject({ ...authority, subject: everything(plan), details: { epochs: [1, 2], objects: plan.objects.length } })
    expect(unreadable).toEqual([])

    // Copies of copies, when their epoch goes too.
    await backup.keys.rotate([secret(3)])
    const next = await backup.keys.erasePlan({ epochs: [3] })
    await backup.keys.erase(next, { secrets: [secret(3)], accept: everything(next) })
    const last = open(provider, memorySource(), secret(3))
    expect(await last.verifyAudit()).toMatchObject({ ok: true, problems: [], entries: 5 })
    expect((await last.audit({ limit: 2 })).entries.map(({ action }) => action)).toEqual(['rotate', 'erase'])
  })

  test('an entry of the trail is still missed, though a copy of it is there', async () => {
    const { backup, provider } = await rotated(fresh)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })
    const [original] = keysIn(provider, 'audit/')
    const report = async (): Promise<string[]> => (await open(provider, memorySource(), secret(2)).verifyAudit()).problems.map(({ kind }) => kind)
    provider.objects.delete(original!)
    // The snapshot made after it remembers it too.
    expect(await report()).toEqual(['gap', 'cut'])
  })
})

describe('an erasure is refused', () => {
  test('when a snapshot that will be lost was not named', async () => {
    const { backup, provider } = await rotated(old)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    const before = new Map(provider.objects)
    const error = await backup.keys.erase(plan, { secrets: [secret(2)], accept: [plan.lost[0]!.id] }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'config', key: 'accept', message: expect.stringContaining(plan.lost[1]!.id.slice(0, 12)) as string })
    expect(provider.objects).toEqual(before)
  })

  test('when the repository is not what it was when it was planned', async () => {
    const { backup, provider, source } = await rotated(fresh)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    source.streams.set('main', old.main)
    await backup.run()
    const before = new Map(provider.objects)
    await expect(backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })).rejects.toMatchObject({ kind: 'config', key: 'plan' })
    expect(provider.objects).toEqual(before)
  })

  test('without secrets for what is left', async () => {
    const { backup } = await rotated(fresh)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    await expect(backup.keys.erase(plan, { secrets: [], accept: everything(plan) })).rejects.toMatchObject({ kind: 'config', key: 'secrets' })
  })

  test('when it cannot be recorded', async () => {
    const { backup, provider, source, state } = await rotated(fresh)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    const slots = keysIn(provider, 'slots/')
    const full = new BackupError('quota', 'The store is full.')
    const asked: string[] = []
    const refusing = { ...provider, put: async (key: string) => (asked.push(key), Promise.reject(full)) }
    await expect(open(refusing, source, secret(1), state).keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })).rejects.toMatchObject({ kind: 'quota' })
    expect(asked.every((key) => key.startsWith('audit/'))).toBe(true)
    expect(asked.length).toBeGreaterThan(0)
    expect(keysIn(provider, 'slots/')).toEqual(slots)
  })

  test('under a legal hold, until it is released', async () => {
    const { backup, provider } = await rotated(fresh)
    const [first] = await backup.snapshots()
    const repository = await openRepository({ provider, runtime: withoutFiles, keys: [secret(1)], stateDirectory: freshMemoryState(), warn: () => {} })
    const common = { class: 'hold', writer: '0123456789abcdef', time: new Date() } as const
    const { name } = await writeRecord(repository, { ...common, type: 'hold', body: { snapshots: [first!.id] } })
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    expect(plan.refusals).toEqual([expect.stringContaining(`Hold ${name.slice(0, 12)}`)])
    const before = new Map(provider.objects)
    await expect(backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })).rejects.toMatchObject({ kind: 'permanent' })
    expect(provider.objects).toEqual(before)

    await writeRecord(repository, { ...common, type: 'release', body: { hold: name } })
    await expect(backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })).resolves.toMatchObject({ lost: [first!.id] })
  })

  test('when it would take a hold along, or nobody can read one', async () => {
    const { provider, source } = await rotated(fresh)
    const late = await openRepository({ provider, runtime: withoutFiles, keys: [secret(1)], stateDirectory: freshMemoryState(), warn: () => {} })
    const body = { snapshots: ['00'.repeat(32)] }
    await writeRecord(late, { class: 'hold', type: 'hold', writer: '0123456789abcdef', time: new Date(), body })
    const backup = open(provider, source)
    await backup.keys.rotate([secret(1)])
    const sealed = await backup.keys.erasePlan({ epochs: [2] })
    expect(sealed.refusals).toContainEqual(expect.stringContaining('itself sealed with these keys'))

    const [key] = keysIn(provider, 'holds/')
    provider.objects.set(key!, new Uint8Array(300))
    const damaged = await backup.keys.erasePlan({ epochs: [1] })
    expect(damaged.refusals).toContainEqual(expect.stringContaining('cannot be read'))
    expect((await readRecords(late, 'hold')).found).toHaveLength(1)
  })

  test('while another installation may be at work, and not for its own work', async () => {
    const { provider, source } = await rotated()
    const backup = open(provider, source)
    const stateDirectory = freshMemoryState()
    const repository = await openRepository({ provider, runtime: withoutFiles, keys: [secret(1)], stateDirectory, warn: () => {} })
    const session = { class: 'session', type: 'session', writer: '0123456789abcdef' } as const
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000)
    await writeRecord(repository, { ...session, time: hoursAgo(2), body: { until: hoursAgo(1).toISOString() } })
    await writeRecord(repository, { ...session, time: hoursAgo(48), body: {} })
    const own = await writerId(await openRepository({ provider, runtime: withoutFiles, keys: [secret(1)], stateDirectory: ownState, warn: () => {} }))
    await writeRecord(repository, { ...session, writer: own, time: new Date(), body: {} })
    await backup.keys.rotate([secret(1)])
    const { refusals } = await open(provider, source, secret(1), ownState).keys.erasePlan({ epochs: [2] })
    expect(refusals.join(' ')).not.toMatch(new RegExp(`Writer (${own}|0123456789abcdef)`))
    await writeRecord(repository, { ...session, time: hoursAgo(60), body: { until: hoursAgo(-1).toISOString() } })
    expect((await backup.keys.erasePlan({ epochs: [2] })).refusals).toContainEqual(expect.stringContaining('Writer 0123456789abcdef'))
  })

  test('never under a hold that has ended by itself', async () => {
    const { backup, provider } = await rotated(fresh)
    const [first] = await backup.snapshots()
    const repository = await openRepository({ provider, runtime: withoutFiles, keys: [secret(1)], stateDirectory: freshMemoryState(), warn: () => {} })
    const hold = { class: 'hold', type: 'hold', writer: '0123456789abcdef', time: new Date('2020-01-01') } as const
    await writeRecord(repository, { ...hold, body: { snapshots: [first!.id], until: '2021-01-01T00:00:00.000Z' } })
    expect((await backup.keys.erasePlan({ epochs: [1] })).refusals).toEqual([])
    await writeRecord(repository, { ...hold, body: { snapshots: [first!.id], until: '2999-01-01T00:00:00.000Z' } })
    expect((await backup.keys.erasePlan({ epochs: [1] })).refusals).toHaveLength(1)
  })
})

describe('the proof of an erasure', () => {
  test('shows that nothing opens what was erased, and that the list is the true one', async () => {
    const { backup } = await rotated(fresh)
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    expect(await backup.keys.proveErasure()).toMatchObject({ ok: false, erasures: [] })
    await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan), ...authority })
    const proof = await backup.keys.proveErasure({ plan })
    expect(proof).toMatchObject({ ok: true, epochs: [1], stillOpen: [], slots: [], readable: [], isPlanTrue: true })
    expect(proof.erasures).toMatchObject([{ ...authority, epochs: [1], objects: plan.objects.length }])
    expect(proof.left).toEqual(plan.objects.filter((key) => key.startsWith('audit/')))
    expect(await backup.keys.proveErasure({ plan: { objects: plan.objects.slice(1) } })).toMatchObject({ ok: false, isPlanTrue: false })
  })

  test('fails when an old slot is back', async () => {
    const { backup, provider } = await rotated(fresh)
    const slots = new Map([...provider.objects].filter(([key]) => key.startsWith('slots/')))
    const plan = await backup.keys.erasePlan({ epochs: [1] })
    await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })
    for (const [key, bytes] of slots) provider.objects.set(key, bytes)
    const { ok, slots: back } = await backup.keys.proveErasure()
    expect(ok).toBe(false)
    expect(back.map((name) => `slots/v1/${name}`).toSorted()).toEqual([...slots.keys()].toSorted())
  })
})

test('a provider that is away keeps an old slot until it is back, and is named until then', async () => {
  const [here, away] = [switched(), switched(memoryProvider({ location: 'memory:away' }))]
  const source = memorySource(old)
  const state = freshMemoryState()
  const backup = createBackup({ source, providers: [here, away], keys: secret(1), runtime: withoutFiles, workers: 0, state })
  await backup.init()
  await backup.run()
  await backup.keys.rotate([secret(1)])
  source.streams.set('main', fresh.main)
  await backup.run()
  await backup.sync()
  const slots = keysIn(away.inner, 'slots/')
  const plan = await backup.keys.erasePlan({ epochs: [1] })
  away.fault = new BackupError('auth', 'Signed out.', { plugin: 'memory' })
  expect(await backup.keys.erase(plan, { secrets: [secret(2)], accept: everything(plan) })).toMatchObject({ pending: [away.location] })
  expect(keysIn(away.inner, 'slots/')).toEqual(slots)
  expect(keysIn(here.inner, 'slots/').filter((key) => slots.includes(key))).toEqual([])

  away.fault = undefined
  await backup.sync()
  expect(keysIn(away.inner, 'slots/')).toEqual(keysIn(here.inner, 'slots/'))
  expect(await backup.keys.proveErasure({ plan })).toMatchObject({ ok: true })
  await backup.close()
})
