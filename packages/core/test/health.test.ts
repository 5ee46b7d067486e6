import { describe, expect, test } from 'vitest'
import { createBackup, keepLast, rawKey } from '../src/index.ts'
import { BackupError } from '../src/errors.ts'
import { memorySource } from '../src/testing/index.ts'
import { freshMemoryState, noise, text, withoutFiles } from './fixtures.ts'
import { down, idsOf, key, place, used, world } from './health-world.ts'

/** How a backup is, from its first day on: what is noticed, who is told, and what is remembered. */

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

test('a backup on two kinds of storage, made just now, is healthy, and says what would make it better', async () => {
  const { backup } = await used()
  const health = await backup.health()
  expect(health).toMatchObject({ level: 'healthy', reasons: [] })
  expect(health.recommendations.map(({ id }) => id)).toEqual(['schedule', 'retention'])
  expect(health.figures).toMatchObject({ rpo: { targetMs: day, measuredMs: 0 }, successRate: 1, threeTwoOne: { copies: 3, kinds: 2, elsewhere: true, ok: true } })
  expect(JSON.parse(JSON.stringify(health))).toMatchObject({ level: 'healthy' })
})

test('before init, and before the first run, it says what is to be done', async () => {
  const made = world()
  const { level, reasons } = await made.backup.health()
  expect(level).toBe('critical')
  expect(reasons).toMatchObject([{ id: 'repository-closed', message: 'There is no repository yet.', action: expect.stringContaining('init()') }])
  await made.backup.init()
  expect(await idsOf(made)).toEqual(['no-backup'])
  await made.backup.run()
  expect(await idsOf(made)).not.toContain('no-backup')
})

test('before init no provider is blamed for what was never made there; one that refuses is', async () => {
  const told: string[] = []
  const made = world(undefined, { notify: [{ contract: 1, name: 'all', notify: async (event) => void told.push(event.type) }] })
  await made.backup.health()
  made.places[1]!.fault = down()
  expect(await idsOf(made)).toContain('sign-in')
  made.places[1]!.fault = undefined
  await made.backup.init()
  await made.backup.sync()
  expect(told).not.toContain('provider-away')
  expect(told).not.toContain('provider-back')
  made.places[1]!.fault = down()
  await made.backup.run()
  expect(told).toContain('provider-away')
})

test('what was there and is gone is no new beginning', async () => {
  const made = await used()
  for (const { inner } of made.places) inner.objects.clear()
  made.restart()
  const { reasons } = await made.backup.health()
  expect(reasons.map(({ id }) => id)).not.toContain('no-backup')
  expect(JSON.stringify(reasons)).not.toContain('There is no repository yet')
})

describe('every operation is remembered:', () => {
  test('backups, restores and verifications, good, bad and cancelled, with their figures', async () => {
    const made = await used()
    const { backup, places } = made
    made.pass(hour)
    await backup.restore('latest', { to: 'a' })
    await backup.verify({ depth: 'data' })
    for (const one of places) one.fault = down()
    await expect(backup.run()).rejects.toThrow('suspended')
    for (const one of places) one.fault = undefined
    const cancelled = backup.run()
    cancelled.cancel()
    await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' })
    const { day: lately, lastRun, lastBackup } = await backup.status()
    expect(lately).toMatchObject({ runs: 2, failures: 1, successRate: 0.5, sourceBytes: 400_000 })
    expect(lately.storedBytes).toBeGreaterThan(1000)
    expect(lastRun).toMatchObject({ ok: false, error: { kind: 'auth' } })
    expect(lastBackup!.at).toEqual(new Date(Date.UTC(2031, 0, 1)))
    expect((await backup.health()).figures).toMatchObject({ rto: { at: new Date(Date.UTC(2031, 0, 1, 1)) }, verified: { at: new Date(Date.UTC(2031, 0, 1, 1)), share: 1 } })
  })

  test('also what failed before there was a repository, and by another process', async () => {
    const made = world()
    await expect(made.backup.run()).rejects.toThrow('no place')
    made.pass(minute)
    await made.backup.init()
    made.pass(minute)
    await made.backup.run()
    made.restart()
    expect((await made.backup.status()).day).toMatchObject({ runs: 2, failures: 1 })
  })

  test('when backups failed is known for 30 days, and after a restart: not of those that went well or were cancelled', async () => {
    const made = await used()
    const failedAt: Date[] = []
    for (const afterMs of [hour, 3 * day]) {
      made.pass(afterMs)
      for (const one of made.places) one.fault = down()
      failedAt.push(new Date(Date.UTC(2031, 0, 1) + (failedAt.length === 0 ? hour : hour + 3 * day)))
      await expect(made.backup.run()).rejects.toThrow('suspended')
      for (const one of made.places) one.fault = undefined
    }
    const cancelled = made.backup.run()
    cancelled.cancel()
    await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' })
    await made.backup.run()
    made.restart()
    expect((await made.backup.health()).figures.failures).toEqual(failedAt)
    made.pass(27 * day)
    expect((await made.backup.health()).figures.failures).toEqual(failedAt.slice(1))
  })

  test('what is under way is told, and only that', async () => {
    const { backup } = await used()
    let during: unknown
    for await (const event of backup.run()) if (event.type === 'phase-start' && event.phase === 'read') during = (await backup.status()).running
    expect(during).toMatchObject({ operation: 'backup' })
    expect((await backup.status()).running).toBeUndefined()
  })

  test('with local state lost, backups are known from their commits', async () => {
    const made = await used()
    made.pass(hour)
    made.restart({ state: freshMemoryState() })
    const { day: lately, lastBackup, lastRun } = await made.backup.status()
    expect(lately).toMatchObject({ runs: 1, successRate: 1 })
    expect(lastBackup!.id).toMatch(/^[0-9a-f]{64}$/)
    expect(lastRun).toBeUndefined()
    expect(await idsOf(made)).toEqual([])
  })

  test('with local state that cannot be written, runs work as ever', async () => {
    const broken = { ...withoutFiles, openState: async (...all: Parameters<typeof withoutFiles.openState>) => {
      const state = await withoutFiles.openState(...all)
      return all[0] === 'health' ? { ...state, write: () => Promise.reject(new BackupError('quota', 'Disk full.')), read: () => Promise.reject(new Error('I/O error')) } : state
    } }
    const made = await used([undefined, { runtime: broken }] as unknown as Parameters<typeof world>)
    expect(await made.backup.health()).toMatchObject({ level: 'healthy' })
    made.pass(2 * day)
    expect(await made.backup.checkHealth()).toMatchObject({ raised: [{ id: 'backup-overdue' }] })
    // Remembered at least as long as the process lives.
    expect(await made.backup.checkHealth()).toMatchObject({ raised: [] })
  })
})

test('of a repository that others share, only this source is judged', async () => {
  const made = await used()
  made.restart({ source: { ...memorySource({ main: text(1000) }), label: 'another' } })
  expect(await idsOf(made)).toEqual(['no-backup'])
  expect(await made.backup.status()).toMatchObject({ label: 'another', snapshots: 0, day: { runs: 0 } })
})

test('two providers that hold different repositories are no backup', async () => {
  const foreign = place('cloud', false)
  await createBackup({ source: memorySource(), providers: [foreign], keys: key, runtime: withoutFiles, state: freshMemoryState(), workers: 0 }).init()
  const made = await used([[place('disk')], { targets: { threeTwoOne: false } }])
  made.restart({ providers: [...made.places, foreign] })
  const [reason] = (await made.backup.health()).reasons
  expect(reason).toMatchObject({ id: 'repository-closed', message: expect.stringContaining('different repositories') })
})

test('status tells what each provider holds and lacks, and how much room there is', async () => {
  const made = await used([[place('disk', true, 10_000_000), place('cloud', false)]])
  made.places[1]!.fault = down()
  await made.backup.run()
  const { providers, snapshots, sourceBytes, storedBytes, objects } = await made.backup.status()
  expect({ snapshots, sourceBytes }).toEqual({ snapshots: 2, sourceBytes: 400_000 })
  expect(providers).toMatchObject([
    { name: 'disk', snapshots: 2, waiting: 0, usage: { totalBytes: 10_000_000 } },
    { name: 'cloud', snapshots: 1, problem: { kind: 'auth', message: 'The account is suspended.' } },
  ])
  expect(providers[0]!.usedShare).toBeGreaterThan(0.001)
  expect(providers[1]!.waiting).toBeGreaterThan(0)
  expect(providers[1]).not.toHaveProperty('usage')
  expect(objects).toBeGreaterThanOrEqual(3)
  expect(storedBytes).toBeGreaterThan(10_000)
})

describe('what is wrong is noticed and told, and told when it is right again:', () => {
  test('no backup for days', async () => {
    const made = await used()
    made.pass(25 * hour)
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised backup-overdue'])
    await made.backup.run()
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised backup-overdue', 'cleared backup-overdue'])
  })

  test('twice the interval of the schedule without one', async () => {
    const made = await used()
    made.pass(31 * minute)
    expect((await made.backup.health({ every: '15m' })).reasons).toMatchObject([{ id: 'backup-overdue', since: new Date(Date.UTC(2031, 0, 1, 0, 30)) }])
    expect((await made.backup.health({ every: '20m' })).reasons).toEqual([])
  })

  test('a source that cannot be read', async () => {
    const made = await used()
    made.source.complete = false
    for (let failure = 0; failure < 3; failure++) {
      made.pass(minute)
      await expect(made.backup.run()).rejects.toMatchObject({ kind: 'source' })
      await made.backup.checkHealth()
    }
    made.source.complete = true
    made.pass(minute)
    await made.backup.run()
    await made.backup.checkHealth()
    // A warning at first; at the third in a row it is worse, and said again.
    expect(made.told).toEqual(['raised backup-failing', 'raised backup-failing', 'cleared backup-failing'])
  })

  test('a provider that asks for a new sign-in: one alert, whatever follows from it', async () => {
    const made = await used()
    made.places[1]!.fault = down()
    await made.backup.run()
    for (let step = 0; step < 30; step++) {
      made.pass(10 * minute)
      await made.backup.checkHealth()
    }
    expect(made.told).toEqual(['raised sign-in'])
    made.places[1]!.fault = undefined
    made.restart()
    await made.backup.sync()
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised sign-in'])
    made.pass(20 * minute)
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised sign-in', 'cleared sign-in'])
  })

  test('a provider that may be read and not be written to', async () => {
    const made = await used()
    made.places[1]!.refusal = down()
    await made.backup.run()
    for (let look = 0; look < 5; look++) {
      await made.backup.checkHealth()
      made.pass(20 * minute)
    }
    made.places[1]!.refusal = undefined
    await made.backup.sync({ compare: false })
    for (let look = 0; look < 2; look++) {
      await made.backup.checkHealth()
      made.pass(20 * minute)
    }
    expect(made.told).toEqual(['raised sign-in', 'cleared sign-in'])
  })

  test('all providers gone: that is an answer and no error, and one alert', async () => {
    const made = await used([[place('disk')], { targets: { threeTwoOne: false } }])
    made.places[0]!.fault = new BackupError('target-missing', 'The disk is not mounted.', { plugin: 'memory' })
    made.restart()
    await expect(made.backup.run()).rejects.toThrow('not mounted')
    const { level, reasons } = await made.backup.health()
    expect(level).toBe('critical')
    expect(reasons[0]).toMatchObject({ message: 'The disk is not mounted.' })
    await made.backup.checkHealth()
    expect(made.told).toEqual([])
    made.pass(10 * minute)
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised provider-away'])
  })

  test('a wrong key', async () => {
    const made = await used()
    made.restart({ keys: rawKey(new Uint8Array(32).fill(8)) })
    expect(await made.backup.health()).toMatchObject({ level: 'critical', reasons: [{ id: 'repository-closed' }] })
  })

  test('a provider that is filling up', async () => {
    const made = await used([[place('disk', true, 1_000_000), place('cloud', false)]])
    const { objects } = made.places[0]!.inner
    const usedBytes = [...objects.values()].reduce((sum, { length }) => sum + length, 0)
    objects.set('packs/00/filler', new Uint8Array(1_000_000 * 0.85 - usedBytes))
    await made.backup.checkHealth()
    objects.set('packs/00/filler', new Uint8Array(1_000_000 * 0.77 - usedBytes))
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised quota'])
    objects.set('packs/00/filler', new Uint8Array(1_000_000 * 0.74 - usedBytes))
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised quota', 'cleared quota'])
  })

  test('damage that a verification finds', async () => {
    const made = await used([[place('disk')], { targets: { threeTwoOne: false } }])
    const { objects } = made.places[0]!.inner
    const [pack, bytes] = [...objects].find(([name]) => name.startsWith('packs/'))!
    objects.set(pack, bytes.map((byte, at) => (at === 500 ? byte ^ 1 : byte)))
    expect(await made.backup.verify({ depth: 'data' })).toMatchObject({ ok: false })
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised verify-failed'])
    objects.set(pack, bytes)
    made.pass(minute)
    await made.backup.verify({ depth: 'data' })
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised verify-failed', 'cleared verify-failed'])
  })

  test('snapshots that no policy keeps, and they are held or gone', async () => {
    const made = await used([undefined, { retention: keepLast(1) }])
    const [first] = await made.backup.snapshots()
    made.pass(8 * day)
    await made.backup.run()
    expect(await idsOf(made)).toEqual(['retention-late'])
    await made.backup.hold([first!.id], { reason: 'a law suit' })
    expect(await idsOf(made)).toEqual([])
  })

  test('a commit that cannot be read', async () => {
    const made = await used()
    for (const { inner } of made.places) {
      const [commit, bytes] = [...inner.objects].find(([name]) => name.startsWith('commits/'))!
      inner.objects.set(commit, bytes.slice(0, -1))
    }
    made.restart()
    expect(await idsOf(made)).toContain('snapshots-unreadable')
  })

  test('everything encrypted by somebody else', async () => {
    const made = world()
    made.source.streams.set('main', text(2_000_000))
    await made.backup.init()
    for (let run = 0; run < 6; run++) {
      made.pass(hour)
      await made.backup.run()
    }
    expect(await idsOf(made)).toEqual([])
    made.source.streams.set('main', noise(2_000_000, 3))
    made.pass(hour)
    await made.backup.run()
    await made.backup.checkHealth()
    expect(made.told).toEqual(['raised anomaly-entropy'])
    made.pass(8 * day)
    await made.backup.run()
    await made.backup.checkHealth()
    expect(made.told).toContain('cleared anomaly-entropy')
  })

  test.each([
    ['1970', new Date(0), 'clock-wrong'],
    ['2100', new Date('2100-01-01'), 'backup-overdue'],
  ])('a clock set to %s', async (_, date, id) => {
    const made = await used()
    made.setClock(date)
    expect(await idsOf(made)).toContain(id)
    await made.backup.run()
    made.setClock(new Date(Date.UTC(2031, 0, 1, 1)))
    expect(await idsOf(made)).toContain('clock-wrong')
  })
})

test.each([
  ['targets.rpo', { targets: { rpo: 'daily' } }],
  ['targets', { targets: { rp: '1h' } }],
  ['targets.quota', { targets: { quota: 80 } }],
])('createBackup refuses %s that is none', (option, config) => {
  expect(() => world(undefined, config as never)).toThrow(expect.objectContaining({ kind: 'config', key: option }))
})

test('a caller that gives up gets no answer', async () => {
  const { backup } = await used()
  await expect(backup.health({ signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'cancelled' })
})
