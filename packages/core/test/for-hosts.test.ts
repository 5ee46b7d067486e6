import { describe, expect, test } from 'vitest'
import { type Backup, type BackupConfig, BackupError, type BackupEvent, createBackup, keepLast, keepWithin, rawKey, several } from '../src/index.ts'
import { type MemoryProvider, type MemorySource, faultyProvider, memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshMemoryState, text, withoutFiles } from './fixtures.ts'

/** What an application that shows its backups to people needs from the engine. */

interface Made {
  readonly backup: Backup
  readonly source: MemorySource
  readonly place: MemoryProvider
}

const key = rawKey(new Uint8Array(32).fill(31))

function make(more: Partial<BackupConfig> = {}): Made {
  const source = memorySource({ main: text(60_000) })
  const place = memoryProvider()
  const backup = createBackup({ source, providers: [place], keys: key, runtime: withoutFiles, state: freshMemoryState(), workers: 0, ...more })
  return { backup, source, place }
}

async function ready(more?: Partial<BackupConfig>): Promise<Made> {
  const made = make(more)
  await made.backup.init()
  return made
}

describe('who listens', () => {
  test('is told of all runs, whoever started them, until that is ended', async () => {
    const { backup } = await ready()
    const seen: BackupEvent[] = []
    const end = backup.subscribe((event) => seen.push(event))
    const run = backup.run()
    await run
    await backup.verify()
    end()
    await backup.run()
    const ends = seen.filter(({ type }) => type === 'run-end')
    expect(ends.map(({ operation }) => operation)).toEqual(['backup', 'verify'])
    expect(seen[0]).toMatchObject({ type: 'run-start', run: run.id })
  })

  test('is told of alerts, though nobody else is', async () => {
    const { backup } = await ready()
    const seen: BackupEvent[] = []
    backup.subscribe((event) => seen.push(event))
    const { health } = await backup.checkHealth()
    expect(seen.filter(({ type }) => type === 'alert-raised').map((event) => 'alert' in event && event.alert.id)).toContain('three-two-one')
    // A listener is no notifier: it is still advised to have one.
    expect(health.recommendations.map(({ id }) => id)).toContain('notify')
  })

  test('keeps nothing from being done by throwing', async () => {
    const { backup } = await ready()
    backup.subscribe(() => {
      throw new Error('Out of paper.')
    })
    expect((await backup.run()).state).toBe('replicated')
  })

  test('cancels a run that somebody else started, by its id', async () => {
    const { backup } = await ready()
    const run = backup.run()
    expect(backup.cancel(run.id)).toBe(true)
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' })
    expect(backup.cancel(run.id)).toBe(false)
  })
})

describe('what fails in foreign hands', () => {
  const open = async (): Promise<never> => {
    throw new TypeError('cannot reach postgres://shop:SECRET@db')
  }

  test('is marked in events, and never remembered in its own words', async () => {
    const { backup } = await ready({ source: { ...memorySource(), open } })
    const seen: BackupEvent[] = []
    backup.subscribe((event) => seen.push(event))
    await expect(backup.run()).rejects.toThrow('SECRET')
    expect(seen.at(-1)).toMatchObject({ type: 'run-error', error: { kind: 'permanent', foreign: true } })
    const { lastRun } = await backup.status()
    expect(lastRun?.error?.message).toBe('Something outside of the backup failed (TypeError).')
    expect(JSON.stringify(await backup.health())).not.toContain('SECRET')
  })

  test('is not what a plugin of ours says', async () => {
    const { backup, source } = await ready()
    source.complete = false
    const seen: BackupEvent[] = []
    backup.subscribe((event) => seen.push(event))
    await expect(backup.run()).rejects.toMatchObject({ kind: 'source' })
    const last = seen.at(-1)
    expect(last?.type === 'run-error' && last.error).not.toHaveProperty('foreign')
  })
})

describe('a first start', () => {
  test('knows that there is nothing yet, and when there is', async () => {
    const { backup } = make()
    expect(await backup.setup()).toEqual({ state: 'new' })
    const { repository } = await backup.init()
    expect(await backup.setup()).toEqual({ state: 'ready', repository })
  })

  test('of several providers knows it too', async () => {
    const { backup } = make({ providers: [memoryProvider(), memoryProvider()] })
    expect(await backup.setup()).toEqual({ state: 'new' })
    await backup.init()
    expect((await backup.setup()).state).toBe('ready')
  })

  test('takes a disk that is gone for one that is gone, and not for a new one', async () => {
    const state = freshMemoryState()
    const { backup, place } = await ready({ state })
    const { repository } = await backup.setup()
    await backup.close()
    place.objects.clear()
    place.store.created = false
    const again = make({ state, providers: [place] })
    expect(await again.backup.setup()).toMatchObject({ state: 'missing', repository, problem: { kind: 'target-missing' } })
  })

  test('tells a wrong secret from a repository that is not there', async () => {
    const { place } = await ready()
    const stranger = make({ providers: [place], keys: rawKey(new Uint8Array(32).fill(32)) })
    expect(await stranger.backup.setup()).toMatchObject({ state: 'locked', problem: { kind: 'key' } })
  })

  test('does not call new what cannot be reached', async () => {
    const provider = faultyProvider(memoryProvider(), { open: [{ fault: 'error', kind: 'auth' }] })
    const { backup } = make({ providers: [provider] })
    expect(await backup.setup()).toMatchObject({ state: 'unreachable', problem: { kind: 'auth' } })
    provider.assertAllFired()
  })
})

test('settings are the configuration without secrets, with defaults filled in', async () => {
  const { backup } = make({ retention: [keepLast(3), keepWithin({ days: 2 })], whenFull: { retention: keepLast(1) }, schedule: { every: '15m' }, zone: 'Europe/Berlin' })
  expect(backup.settings).toMatchObject({
    source: { name: 'memory', label: 'memory', selective: false },
    providers: [{ name: 'memory', nearby: true }],
    copies: { required: 1, target: 1 },
    keys: ['raw-key'],
    retention: ['the last 3', 'everything of the last 2 days'],
    whenFull: { above: 0.9, retention: ['the last one'] },
    schedule: { every: '15m' },
    zone: 'Europe/Berlin',
    compression: 'auto',
    collection: { undoMs: 7 * 86_400_000 },
  })
  expect(JSON.parse(JSON.stringify(backup.settings))).toEqual(backup.settings)
})

describe('a restore over the live data', () => {
  test('takes a snapshot of it first when asked to, which undoes it', async () => {
    const { backup, source } = await ready()
    const { id } = await backup.run()
    source.streams.set('main', text(70_000))
    const report = await backup.restore(id, { safety: true, actor: 'anna', reason: 'A wrong price list.' })
    expect(report).toMatchObject({ live: true, snapshot: { id } })
    const safety = (await backup.snapshots()).find((one) => one.id === report.safetySnapshot)
    expect(safety).toMatchObject({ kind: 'safety', note: `Before snapshot ${id.slice(0, 12)} was restored`, sizeBytes: 70_000 })
    await backup.restore(report.safetySnapshot!, { overwrite: true })
    expect(source.places.get('live')?.get('main')).toEqual(text(70_000))
    const { entries } = await backup.audit()
    expect(entries[0]).toMatchObject({ action: 'restore', actor: 'anna', details: { safety: report.safetySnapshot } })
  })

  test('is not begun when that cannot be taken', async () => {
    const { backup, source } = await ready()
    await backup.run()
    source.complete = false
    await expect(backup.restore('latest', { safety: true })).rejects.toMatchObject({ kind: 'source', hint: expect.stringContaining('leave out "safety"') })
    expect(source.places.size).toBe(0)
  })

  test('needs none where it goes to another place', async () => {
    const { backup } = await ready()
    await backup.run()
    const report = await backup.restore('latest', { to: 'copy', safety: true })
    expect([report.live, report.safetySnapshot]).toEqual([false, undefined])
    expect(await backup.snapshots()).toHaveLength(1)
  })

  test.each([
    ['when the source found damage in the data', async (): Promise<Made> => {
      const { open } = memorySource({ main: text(60_000) })
      const source = memorySource({ main: text(60_000) })
      const made = await ready({ source: Object.assign(source, { open: suspecting(open) }) })
      await made.backup.run()
      return { ...made, source }
    }],
    ['when it failed verification', async (): Promise<Made> => {
      const made = await ready()
      await made.backup.run()
      const flip = (): void => {
        for (const [name, bytes] of made.place.objects) if (name.startsWith('packs/')) bytes[100]! ^= 1
      }
      flip()
      expect((await made.backup.verify({ depth: 'data' })).ok).toBe(false)
      flip()
      return made
    }],
  ])('is refused of a suspect snapshot: %s', async (_, prepare) => {
    const { backup, source } = await prepare()
    const plan = await backup.plan('latest')
    expect(plan).toMatchObject({ live: true, snapshot: { suspect: [expect.any(String)] } })
    await expect(backup.restore('latest')).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('does not go over the live data') })
    await expect(backup.restore('latest', { to: 'live', overwrite: true })).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(backup.restore('latest', { acceptSuspect: true })).rejects.toMatchObject({ kind: 'config', key: 'reason' })
    expect([...source.places.keys()]).toEqual([])

    expect(await backup.restore('latest', { to: 'trial' })).toMatchObject({ live: false })
    await backup.restore('latest', { acceptSuspect: true, actor: 'anna', reason: 'It is all there is.' })
    expect(source.places.has('live')).toBe(true)
    const { entries } = await backup.audit()
    expect(entries.at(-1)).toMatchObject({ action: 'restore', actor: 'anna', reason: 'It is all there is.', details: { acceptSuspect: true, suspect: plan.snapshot.suspect } })
  })

  test('is not done at all when an override cannot be written down', async () => {
    const { backup, source, place } = await ready()
    await backup.run()
    for (const [name, bytes] of place.objects) if (name.startsWith('packs/')) bytes[100]! ^= 1
    await backup.verify({ depth: 'data' })
    for (const [name, bytes] of place.objects) if (name.startsWith('packs/')) bytes[100]! ^= 1
    let asked = 0
    const readOnly = {
      ...place,
      put: async (name: string, ...rest: [Uint8Array]) => {
        if (!name.startsWith('audit/')) return place.put(name, ...rest)
        asked++
        throw new BackupError('auth', 'It may only be read.')
      },
    }
    const again = make({ providers: [readOnly], source })
    await expect(again.backup.restore('latest', { acceptSuspect: true, reason: 'It is all there is.' })).rejects.toMatchObject({ kind: 'auth' })
    expect(asked).toBeGreaterThan(0)
    expect(source.places.size).toBe(0)
  })
})

describe('a part of a snapshot that somebody else brings back', () => {
  const request = { what: 'rows of "products"', details: { keys: ['42'] }, actor: 'anna', reason: 'It was deleted.' }

  test('comes after a snapshot of what is there, and after a line in the audit trail', async () => {
    const { backup, source } = await ready()
    const then = await backup.run()
    source.streams.set('main', text(70_000))
    const seen: unknown[] = []
    const report = await backup.restorePart(then.id.slice(0, 12), request, async () => {
      const { entries } = await backup.audit()
      seen.push((await backup.snapshots()).at(-1)?.kind, entries.at(-1)?.action)
      return { rows: 1 }
    })
    expect(seen).toEqual(['safety', 'restore'])
    const safety = (await backup.snapshots()).at(-1)!
    expect(safety).toMatchObject({ sizeBytes: 70_000, note: `Before rows of "products" came back from snapshot ${then.id.slice(0, 12)}` })
    expect(report).toMatchObject({ rows: 1, safetySnapshot: safety.id, snapshot: { id: then.id } })
    expect((await backup.audit()).entries.at(-1)).toMatchObject({
      action: 'restore', actor: 'anna', reason: 'It was deleted.', subject: [then.id],
      details: { part: { what: 'rows of "products"', keys: ['42'] }, safety: safety.id },
    })
  })

  test('is what became of the run when it fails, and the line stays', async () => {
    const { backup } = await ready()
    await backup.run()
    const failed = new BackupError('busy', 'The table is locked.')
    const types: string[] = []
    const end = backup.subscribe((event) => event.operation === 'restore' && types.push(event.type))
    await expect(backup.restorePart('latest', request, () => Promise.reject(failed))).rejects.toBe(failed)
    end()
    expect(types.at(-1)).toBe('run-error')
    expect((await backup.audit()).entries.at(-1)).toMatchObject({ action: 'restore', reason: 'It was deleted.' })
  })

  test.each<[string, (store: Made) => Made['place']]>([
    ['what is there cannot be backed up', ({ place }) => ({ ...place, put: () => Promise.reject(new BackupError('quota', 'It is full.')) })],
    ['the audit trail cannot be told', ({ place }) => ({
      ...place,
      put: (name, ...rest) => (name.startsWith('audit/') ? Promise.reject(new BackupError('quota', 'It is full.')) : place.put(name, ...rest)),
    })],
  ])('is not begun when %s', async (_, change) => {
    const made = await ready()
    await made.backup.run()
    made.source.streams.set('main', text(80_000))
    const again = make({ providers: [change(made)], source: made.source })
    let isBegun = false
    await expect(again.backup.restorePart('latest', request, async () => ((isBegun = true), {}))).rejects.toMatchObject({ kind: 'quota' })
    expect(isBegun).toBe(false)
  })

  test('is refused of a suspect snapshot, unless somebody wants it all the same and says why', async () => {
    const { backup, place } = await ready()
    await backup.run()
    const flip = (): void => {
      for (const [name, bytes] of place.objects) if (name.startsWith('packs/')) bytes[100]! ^= 1
    }
    flip()
    await backup.verify({ depth: 'data' })
    flip()
    const work = async (): Promise<object> => ({})
    await expect(backup.restorePart('latest', request, work)).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(backup.restorePart('latest', { what: 'a row', acceptSuspect: true }, work)).rejects.toMatchObject({ kind: 'config', key: 'reason' })
    await backup.restorePart('latest', { ...request, acceptSuspect: true }, work)
    expect((await backup.audit()).entries.at(-1)).toMatchObject({ details: { acceptSuspect: true } })
  })
})

describe('several sources', () => {
  const parts = (): { database: MemorySource; uploads: MemorySource } => ({
    database: memorySource({ main: text(10_000) }),
    uploads: Object.assign(memorySource({ photo: text(5_000) }), { label: 'uploads' }),
  })

  test('know when a part would go over what is live', async () => {
    const { isLive } = several(parts())
    expect(await isLive!('live', 'database')).toBe(true)
    expect(await isLive!('copy', 'database')).toBe(false)
    expect(await isLive!('copy')).toBe(false)
    const { backup } = await ready({ source: several(parts()) })
    await backup.run()
    expect((await backup.plan('latest', { to: { database: 'live' }, overwrite: true })).live).toBe(true)
    expect((await backup.plan('latest', { to: { database: 'copy' } })).live).toBe(false)
  })

  test('are suspect when one of them is', async () => {
    const { database, uploads } = parts()
    const { backup } = await ready({ source: several({ database: Object.assign(database, { open: suspecting(database.open) }), uploads }) })
    await backup.run()
    const [snapshot] = await backup.snapshots()
    expect(snapshot?.suspect).toEqual(['database: Page 7 is torn.'])
    await expect(backup.restore('latest')).rejects.toMatchObject({ kind: 'corrupt' })
  })
})

describe('retention at another time, or with other policies', () => {
  const now = new Date('2031-06-15T12:00:00Z')
  const day = 86_400_000

  async function aged(): Promise<{ backup: Backup; ids: string[] }> {
    let time = now.getTime() - 10 * day
    const { backup, source } = await ready({ clock: () => new Date(time), retention: keepLast(100) })
    const ids: string[] = []
    for (; time <= now.getTime(); time += 5 * day) {
      source.streams.set('main', text(1000 + (time % 997)))
      ids.push((await backup.run()).id)
    }
    time = now.getTime()
    return { backup, ids }
  }

  test('is planned, and changes nothing', async () => {
    const { backup, ids } = await aged()
    const plan = await backup.retentionPlan({ retention: [keepLast(1), keepWithin({ days: 7 })] })
    expect(plan.drop.map(({ id }) => id)).toEqual([ids[0]])
    const later = await backup.retentionPlan({ retention: [keepLast(1), keepWithin({ days: 7 })], at: new Date(now.getTime() + 5 * day) })
    expect(later.drop.map(({ id }) => id)).toEqual([ids[1], ids[0]])
    expect((await backup.retentionPlan()).drop).toEqual([])
    expect(await backup.snapshots()).toHaveLength(3)
  })

  test('is told for several times: each is about what the one before it left', async () => {
    const { backup, ids } = await aged()
    const at = [0, 5, 50].map((days) => new Date(now.getTime() + days * day))
    const plans = await backup.retentionForecast({ retention: [keepLast(1), keepWithin({ days: 7 })], at })
    expect(plans.map(({ drop }) => drop.map(({ id }) => id))).toEqual([[ids[0]], [ids[1]], []])
    expect(plans[2]!.keep.map(({ id }) => id)).toEqual([ids[2]])
  })

  test('drops nothing at a time when policies keep nothing any more, as pruning would not either', async () => {
    const { backup } = await aged()
    const at = [new Date(now.getTime() + 400 * day)]
    const [plan] = await backup.retentionForecast({ retention: keepWithin({ days: 30 }), at })
    expect(plan!.drop).toEqual([])
    expect(plan!.keep).toHaveLength(3)
    expect(plan!.keep.at(-1)!.reasons).toEqual(['no policy keeps any: nothing would be removed'])
    await expect(backup.retentionPlan({ retention: keepWithin({ days: 30 }), at: at[0]! })).rejects.toMatchObject({ kind: 'config' })
  })

  test('lets go of a hold when that is over', async () => {
    const { backup, ids } = await aged()
    await backup.hold([ids[0]!], { reason: 'Tax audit.', until: new Date(now.getTime() + 10 * day) })
    const at = [0, 20].map((days) => new Date(now.getTime() + days * day))
    const plans = await backup.retentionForecast({ retention: keepLast(1), at })
    expect(plans.map(({ drop }) => drop.map(({ id }) => id))).toEqual([[ids[1]], [ids[0]]])
  })

  test('wants times in their order', async () => {
    const { backup } = await ready()
    await expect(backup.retentionForecast({ retention: keepLast(1), at: [now, new Date(0)] })).rejects.toMatchObject({ kind: 'config', key: 'at' })
  })
})

/** A source that finds damage whenever it is read. */
function suspecting(open: MemorySource['open']): MemorySource['open'] {
  return async (context) => {
    const snapshot = await open(context)
    return { ...snapshot, finish: async () => ({ ...(await snapshot.finish()), suspect: 'Page 7 is torn.' }) }
  }
}
