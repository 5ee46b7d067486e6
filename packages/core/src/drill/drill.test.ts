import { link, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Backup, type BackupSource, type DrillReport, createBackup, keepLast, rawKey } from '../index.ts'
import { pageFile } from '../node/index.ts'
import { type MemoryProvider, fakeClock, memoryProvider, memorySource } from '../testing/index.ts'
import { freshFolder, freshMemoryState, freshState, noise, text, withoutFiles } from '../../test/fixtures.ts'

const key = rawKey(new Uint8Array(32).fill(29))

interface Made {
  readonly backup: Backup
  readonly place: MemoryProvider
  readonly clock: ReturnType<typeof fakeClock>
  readonly live: string
  /** What is in the scratch folders of local state. */
  leftOver(): Promise<string[]>
}

async function made(more: Partial<BackupSource> = {}): Promise<Made> {
  const [folder, state] = [await freshFolder(), await freshState()]
  const clock = fakeClock()
  const place = memoryProvider()
  const live = join(folder, 'live')
  await writeFile(live, text(60_000))
  const source = { ...pageFile(live), check: async () => ({ ok: true, findings: [], counts: { rows: 7 } }), ...more }
  const backup = createBackup({ source, providers: [place], keys: key, workers: 0, state, compression: 'lz4', clock: clock.date })
  const { repository } = await backup.init()
  await backup.run()
  await clock.advance(60_000)
  return { backup, place, clock, live, leftOver: () => readdir(join(state, repository, 'scratch', String(process.pid))) }
}

const damagePacks = ({ objects }: MemoryProvider): void => {
  for (const [name, bytes] of objects) if (name.startsWith('packs/')) bytes[100]! ^= 1
}
const checksIn = ({ objects }: MemoryProvider): number => [...objects.keys()].filter((name) => name.startsWith('checks/')).length

describe('a drill', () => {
  test('brings the newest snapshot back, measures, clears away, marks it, and leaves evidence', async () => {
    const { backup, leftOver } = await made()
    const report = await backup.drill({ actor: 'anna@example.org', reason: 'quarterly', host: 'till 3' })
    const [snapshot] = await backup.snapshots()
    expect(report).toMatchObject({
      kind: 'drill',
      ok: true,
      outcome: 'sound',
      findings: [],
      examined: true,
      counts: { rows: 7 },
      restoredBytes: 60_000,
      scratch: 'removed',
      actor: 'anna@example.org',
      reason: 'quarterly',
      host: 'till 3',
      snapshot: { id: snapshot!.id, sizeBytes: 60_000 },
    })
    expect(report.fetchedBytes).toBeGreaterThan(1000)
    expect(report.rtoMs).toBeGreaterThanOrEqual(report.firstByteMs)
    expect(report.bytesPerSecond).toBeGreaterThan(0)
    expect(report.predictedRtoMs).toBeGreaterThan(0)
    expect(snapshot!.verified).toBeInstanceOf(Date)
    expect(snapshot!.suspect).toBeUndefined()
    expect(await backup.drills()).toEqual([report])
    expect(await leftOver()).toEqual([])
  })

  test('of a snapshot that cannot be brought back is a result: it leaves evidence and a mark', async () => {
    const { backup, place, leftOver } = await made()
    damagePacks(place)
    const report = await backup.drill()
    expect(report).toMatchObject({ ok: false, outcome: 'damaged', scratch: 'removed' })
    expect(report.findings.join()).toMatch(/damaged|does not|not what/)
    expect((await backup.drills()).map(({ ok }) => ok)).toEqual([false])
    expect((await backup.snapshots())[0]).toMatchObject({ suspect: report.findings })
    expect(await leftOver()).toEqual([])
  })

  test('with which the source finds fault is one that failed; a later one that does not puts that aside', async () => {
    let findings = ['Row 7 is missing.']
    const { backup, clock } = await made({ check: async () => ({ ok: findings.length === 0, findings }) })
    expect(await backup.drill()).toMatchObject({ ok: false, outcome: 'damaged', findings })
    expect((await backup.snapshots())[0]).toMatchObject({ suspect: findings })
    findings = []
    await clock.advance(1000)
    expect(await backup.drill()).toMatchObject({ ok: true })
    const [snapshot] = await backup.snapshots()
    expect([snapshot!.suspect, snapshot!.verified]).toEqual([undefined, clock.date()])
  })

  test('compares what is counted with what was counted at backup time', async () => {
    const source = memorySource({ main: noise(5000, 1) })
    const { open } = source
    source.open = async (context) => {
      const snapshot = await open(context)
      return { ...snapshot, finish: async () => ({ ...(await snapshot.finish()), 'count:streams': 2 }) }
    }
    const backup = createBackup({ source, providers: [memoryProvider()], keys: key, workers: 0, runtime: withoutFiles, state: freshMemoryState() })
    await backup.init()
    await backup.run()
    expect(await backup.drill({ to: 'aside' })).toMatchObject({ ok: false, findings: ['streams: 1 came back, 2 were backed up.'], counts: { streams: 1 } })
    expect([...source.places.keys()]).toEqual([])
  })

  test('takes any snapshot there is when it is to be a random one', async () => {
    const { backup, clock, live } = await made()
    for (const length of [50_000, 40_000]) {
      await writeFile(live, text(length))
      await backup.run()
      await clock.advance(1000)
    }
    const seen = new Set<number>()
    for (let tries = 0; tries < 60 && seen.size < 3; tries++) {
      seen.add((await backup.drill({ snapshot: 'random' })).restoredBytes)
      await clock.advance(1000)
    }
    expect([...seen].sort()).toEqual([40_000, 50_000, 60_000])
  })

  test('in a file that is named clears it away, and nothing else', async () => {
    const { backup, live } = await made({
      async check({ place }) {
        await writeFile(`${place}.other`, 'somebody else\'s')
        return { ok: true, findings: [] }
      },
    })
    expect(await backup.drill({ to: `${live}-aside` })).toMatchObject({ ok: true, scratch: 'removed' })
    expect((await readdir(join(live, '..'))).sort()).toEqual(['live', 'live-aside.other'])
  })

  test('in a place that is named keeps what it restored only if told to', async () => {
    const source = memorySource({ main: noise(5000, 1) })
    const backup = createBackup({ source, providers: [memoryProvider()], keys: key, workers: 0, runtime: withoutFiles, state: freshMemoryState() })
    await backup.init()
    await backup.run()
    expect(await backup.drill({ to: 'aside' })).toMatchObject({ ok: true, scratch: 'removed' })
    expect([...source.places.keys()]).toEqual([])
    expect(await backup.drill({ to: 'aside', keep: true })).toMatchObject({ ok: true, scratch: 'kept' })
    expect([...source.places.keys()]).toEqual(['aside'])
  })

  test('says what it could not clear away', async () => {
    const source: BackupSource = {
      ...memorySource({ main: noise(5000, 1) }),
      discard: async () => {
        throw new Error('It is in use.')
      },
    }
    const backup = createBackup({ source, providers: [memoryProvider()], keys: key, workers: 0, runtime: withoutFiles, state: freshMemoryState() })
    await backup.init()
    await backup.run()
    const run = backup.drill({ to: 'aside' })
    const warnings: string[] = []
    for await (const event of run) if (event.type === 'warning') warnings.push(event.message)
    expect(await run).toMatchObject({ ok: true, scratch: 'left' })
    expect(warnings).toEqual(['A copy of the data, not encrypted, was left behind: It is in use.'])
  })

  test('that was cancelled is no evidence, and leaves nothing', async () => {
    const controller = new AbortController()
    const { backup, place, leftOver } = await made({
      async check() {
        controller.abort()
        return { ok: true, findings: [] }
      },
    })
    await expect(backup.drill({ signal: controller.signal })).rejects.toMatchObject({ kind: 'cancelled' })
    expect(checksIn(place)).toBe(0)
    expect(await leftOver()).toEqual([])
  })
})

describe('a drill is refused, with evidence of it,', () => {
  test('over the live data, however that is called', async () => {
    const { backup, live, place } = await made()
    await symlink(live, `${live}-link`)
    await link(live, `${live}-hard`)
    const spellings = [live, join(live, '..', '.', 'live'), `${live}-link`, `${live}-hard`]
    for (const to of spellings) {
      await expect(backup.drill({ to, keep: true })).rejects.toMatchObject({ kind: 'config', key: 'to', message: expect.stringContaining('live') })
    }
    expect(checksIn(place)).toBe(4)
    expect((await backup.drills()).map(({ ok, outcome }) => [ok, outcome])).toEqual(spellings.map(() => [false, 'refused']))
    expect(Buffer.compare(await readFile(live), text(60_000))).toBe(0)
    // Not there any more, and still the live place.
    await rm(live)
    await rm(`${live}-hard`)
    await expect(backup.drill({ to: live, keep: true })).rejects.toMatchObject({ kind: 'config', key: 'to' })
    expect((await backup.snapshots())[0]).not.toHaveProperty('suspect')
  })

  test('over the live data of a source that knows no other name for it', async () => {
    const { isLive: _, ...source } = memorySource({ main: noise(5000, 1) })
    const backup = createBackup({ source, providers: [memoryProvider()], keys: key, workers: 0, runtime: withoutFiles, state: freshMemoryState() })
    await backup.init()
    await backup.run()
    await expect(backup.drill({ to: 'memory', keep: true })).rejects.toMatchObject({ kind: 'config', key: 'to' })
    expect(await backup.drills()).toMatchObject([{ outcome: 'refused' }])
  })

  test('where it could not clear up after itself, and where there is no folder', async () => {
    const { discard: _, ...source } = memorySource({ main: noise(5000, 1) })
    const backup = createBackup({ source, providers: [memoryProvider()], keys: key, workers: 0, runtime: withoutFiles, state: freshMemoryState() })
    await backup.init()
    await backup.run()
    await expect(backup.drill({ to: 'aside' })).rejects.toMatchObject({ kind: 'config', key: 'to' })
    await expect(backup.drill({ keep: true })).rejects.toMatchObject({ kind: 'config', key: 'keep' })
    await expect(backup.drill()).rejects.toMatchObject({ kind: 'unsupported' })
  })

  test('where something is already', async () => {
    const source = memorySource({ main: noise(5000, 1) })
    const backup = createBackup({ source, providers: [memoryProvider()], keys: key, workers: 0, runtime: withoutFiles, state: freshMemoryState() })
    await backup.init()
    await backup.run()
    source.places.set('aside', new Map())
    await expect(backup.drill({ to: 'aside' })).rejects.toMatchObject({ kind: 'exists' })
    expect(await backup.drills()).toMatchObject([{ outcome: 'failed', scratch: 'none' }])
    expect(source.places.get('aside')!.size).toBe(0)
  })
})

describe('evidence', () => {
  const exported = (report: DrillReport): DrillReport => JSON.parse(JSON.stringify(report)) as DrillReport

  test('that was exported is known to be what was written, whatever order its fields are in', async () => {
    const { backup } = await made()
    const report = exported(await backup.drill())
    expect(await backup.verifyEvidence(report)).toBe(true)
    expect(await backup.verifyEvidence(Object.fromEntries(Object.entries(report).reverse()) as never)).toBe(true)
  })

  test('of which anything was changed, added or left out is not', async () => {
    const { backup } = await made()
    const report = exported(await backup.drill())
    const { host: _, actor: __, ...without } = report
    const changed = [{ ...report, rtoMs: report.rtoMs + 1 }, { ...report, snapshot: { ...report.snapshot, sizeBytes: 1 } }, { ...report, host: 'x' }, without]
    for (const one of changed) expect(await backup.verifyEvidence(one as DrillReport)).toBe(false)
  })

  test('is still known after the keys were rotated, and that of another repository is refused', async () => {
    const { backup } = await made()
    const report = await backup.drill()
    await backup.keys.rotate([key])
    expect(await backup.verifyEvidence(report)).toBe(true)
    const other = await (await made()).backup.drill()
    await expect(backup.verifyEvidence(other)).rejects.toMatchObject({ kind: 'config', key: 'repository' })
    await expect(backup.verifyEvidence({} as never)).rejects.toMatchObject({ kind: 'config' })
  })
})

describe('other trials', () => {
  test('a verification at depth restore marks the newest as a drill would, and leaves one record for it', async () => {
    const { backup, place, clock } = await made()
    for (let times = 0; times < 3; times++) {
      await backup.verify({ depth: 'restore' })
      await clock.advance(1000)
    }
    expect((await backup.snapshots())[0]!.verified).toBeInstanceOf(Date)
    expect(checksIn(place)).toBe(1)
    expect(await backup.drills()).toEqual([])
  })

  test('a verification marks what it finds damaged, until one finds it no more', async () => {
    const { backup, place, clock } = await made()
    damagePacks(place)
    expect(await backup.verify({ depth: 'hash' })).toMatchObject({ ok: false })
    expect((await backup.snapshots())[0]!.suspect).toEqual([expect.stringContaining('packs/')])
    await clock.advance(1000)
    await backup.verify({ depth: 'structure' })
    expect((await backup.snapshots())[0]!.suspect).toBeDefined()
    damagePacks(place)
    await clock.advance(1000)
    await backup.verify({ depth: 'data' })
    expect((await backup.snapshots())[0]!.suspect).toBeUndefined()
    expect(checksIn(place)).toBe(0)
  })

  test('a restore marks only when it was checked', async () => {
    const { backup, live } = await made()
    await backup.restore('latest', { to: `${live}-1` })
    expect((await backup.snapshots())[0]).not.toHaveProperty('verified')
    await backup.restore('latest', { to: `${live}-2`, check: true })
    expect((await backup.snapshots())[0]!.verified).toBeInstanceOf(Date)
  })
})

test('a source that finds its data damaged is backed up all the same; the snapshot is suspect, and that is told', async () => {
  const source = memorySource({ main: noise(5000, 1) })
  const { open } = source
  source.open = async (context) => {
    const snapshot = await open(context)
    return { ...snapshot, finish: async () => ({ ...(await snapshot.finish()), suspect: 'Page 7 is blank.\nPage 9 too.' }) }
  }
  const clock = fakeClock()
  const config = { providers: [memoryProvider()], keys: key, workers: 0, runtime: withoutFiles, clock: clock.date, retention: keepLast(1) } as const
  const backup = createBackup({ ...config, source, state: freshMemoryState() })
  await backup.init()
  const sound = createBackup({ ...config, source: memorySource({ main: noise(5000, 2) }), state: freshMemoryState() })
  for (let run = 0; run < 2; run++) {
    await sound.run()
    await clock.advance(1000)
  }
  const run = backup.run()
  const told: unknown[] = []
  for await (const event of run) if (event.type === 'snapshot-suspect') told.push(event.findings)
  const { suspect, id } = await run
  expect(suspect).toEqual(['Page 7 is blank.', 'Page 9 too.'])
  expect(told).toEqual([suspect])
  await clock.advance(1000)
  const { drop, warnings } = await backup.retentionPlan()
  expect([drop, warnings.map(({ kind }) => kind)]).toEqual([[], ['suspect']])
  // Whoever looks at all of it and finds nothing knows better.
  await backup.drill({ snapshot: id, to: 'aside' })
  expect((await backup.snapshots()).at(-1)).not.toHaveProperty('suspect')
  expect((await backup.retentionPlan()).drop).toHaveLength(2)
})
