import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Backup, type BackupEvent, type BackupProvider, createBackup, rawKey, type Run } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { memoryProvider, type MemoryProvider, memorySource, type MemorySource } from '../src/testing/index.ts'
import { edited, freshFolder, freshMemoryState, freshState, noise, withoutFiles } from './fixtures.ts'
import { tapped } from './tapped.ts'

const key = rawKey(new Uint8Array(32).fill(1))
const data = noise(600_000, 1)

describe('the events of', () => {
  test('a backup go from run-start to run-end, through its phases', async () => {
    const { backup } = await made()
    const run = backup.run()
    const events = await eventsOf(run)
    const types = events.map(({ type }) => type)
    expect(types[0]).toBe('run-start')
    expect(types.at(-1)).toBe('run-end')
    expect(types.filter((type) => type.startsWith('run-'))).toEqual(['run-start', 'run-end'])
    expect(phasesOf(events)).toEqual(['read', 'store', 'commit'])
    expect(types).toContain('pack-stored')
    expect(events.at(-1)).toMatchObject({ snapshot: { id: (await run).id }, durationMs: expect.any(Number) as number })
    expectCommon(events, run, 'backup')
  })

  test('a restore', async () => {
    const { backup } = await made()
    await backup.run()
    const run = backup.restore('latest')
    const events = await eventsOf(run)
    expect(phasesOf(events)).toEqual(['plan', 'fetch', 'deliver'])
    expect(events.at(-1)).toMatchObject({ type: 'run-end', snapshot: { sizeBytes: data.length } })
    expectCommon(events, run, 'restore')
  })

  test('a verification', async () => {
    const { backup } = await made()
    await backup.run()
    const run = backup.verify({ depth: 'data' })
    const events = await eventsOf(run)
    expect(phasesOf(events)).toEqual(['plan', 'check'])
    expect(events.at(-1)!.type).toBe('run-end')
    expectCommon(events, run, 'verify')
  })

  test('a run that fails end with why', async () => {
    const { backup, source } = await made()
    source.complete = false
    const events = await eventsOf(backup.run())
    expect(events.at(-1)).toMatchObject({ type: 'run-error', error: { kind: 'source', message: expect.stringContaining('memory') as string } })
    expect(events.filter(({ type }) => type === 'run-end')).toEqual([])
  })

  test('a run that goes on with what an interrupted one had sent', async () => {
    const { place, backup, source, state } = await made()
    source.streams.set('main', edited(data, [1000], 2))
    const dying = tapped(place, { before: ({ method, key: object }) => fail(method === 'put' && object.startsWith('commits/')) })
    await expect(opened(dying, source, state).run()).rejects.toMatchObject({ kind: 'permanent' })
    const [sent] = [...place.objects.keys()].filter((name) => name.startsWith('packs/'))
    const events = await eventsOf(backup.run())
    const stored = events.filter((event) => event.type === 'pack-stored')
    expect(stored).toEqual([expect.objectContaining({ key: sent, sizeBytes: place.objects.get(sent!)!.length, adopted: true })])
  })
})

describe('progress', () => {
  test('of a page file knows its total from the beginning, grows and arrives', async () => {
    const folder = await freshFolder()
    await writeFile(join(folder, 'live'), data)
    const source = pageFile(join(folder, 'live'))
    const place = memoryProvider()
    const clock = ticking()
    const backup = createBackup({ source, providers: [place], keys: key, workers: 0, state: await freshState(), clock: clock.now })
    await backup.init()
    const read = progressOf(await eventsOf(backup.run()), 'read')
    expect(read.length).toBeGreaterThan(2)
    expect(new Set(read.map(({ totalBytes }) => totalBytes))).toEqual(new Set([data.length]))
    expectGrowing(read.map(({ doneBytes }) => doneBytes))
    expect(read.at(-1)!.doneBytes).toBe(data.length)

    const fetch = progressOf(await eventsOf(backup.restore('latest', { to: join(folder, 'back') })), 'fetch')
    expect(fetch.at(-1)).toMatchObject({ totalBytes: data.length, doneBytes: data.length })
    expectGrowing(fetch.map(({ movedBytes }) => movedBytes))
  })

  test('tells rate and time left, once there is something to tell from', async () => {
    const { backup } = await made(ticking().now)
    const [first, ...later] = progressOf(await eventsOf(backup.run()), 'read')
    expect(first).toBeDefined()
    for (const { bytesPerSecond, leftMs, doneBytes, totalBytes } of later) {
      expect(bytesPerSecond).toBeGreaterThan(0)
      expect(leftMs).toBeGreaterThanOrEqual(0)
      expect(doneBytes).toBeLessThanOrEqual(totalBytes!)
    }
    expect(later.at(-1)!.leftMs).toBe(0)
  })
})

describe('what a run uploads:', () => {
  test('a small change is two objects, and no change is one, of less than 2 KiB', async () => {
    const { place, source, state } = await made()
    const puts: { key: string; size: number }[] = []
    const counting: BackupProvider = {
      ...place,
      put: async (object, body, options) => {
        puts.push({ key: object, size: body.length })
        return place.put(object, body, options)
      },
    }
    const backup = opened(counting, source, state)
    await backup.run()
    puts.length = 0

    source.streams.set('main', edited(data, [300_000], 3))
    await backup.run()
    expect(puts.map(({ key: object }) => object.split('/')[0])).toEqual(['packs', 'commits'])
    puts.length = 0

    await backup.run()
    expect(puts.map(({ key: object }) => object.split('/')[0])).toEqual(['commits'])
    expect(puts[0]!.size).toBeLessThan(2048)
  })
})

async function made(clock?: () => Date): Promise<{ place: MemoryProvider; source: MemorySource; backup: Backup; state: string }> {
  const place = memoryProvider()
  const source = memorySource({ main: data })
  const state = freshMemoryState()
  const backup = opened(place, source, state, clock)
  await backup.init()
  return { place, source, backup, state }
}

function opened(provider: BackupProvider, source: MemorySource, state: string, clock?: () => Date): Backup {
  return createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state, compression: 'lz4', ...(clock && { clock }) })
}

async function eventsOf(run: Run<unknown>): Promise<BackupEvent[]> {
  const events: BackupEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

function phasesOf(events: readonly BackupEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'phase-start' ? [event.phase] : []))
}

function progressOf(events: readonly BackupEvent[], phase: string): Extract<BackupEvent, { type: 'progress' }>[] {
  return events.filter((event) => event.type === 'progress').filter((event) => event.phase === phase)
}

/** What all events of a run have in common, and that they survive being sent as JSON. */
function expectCommon(events: readonly BackupEvent[], run: Run<unknown>, operation: string): void {
  for (const event of events) expect(event).toMatchObject({ run: run.id, operation })
  expectGrowing(events.map(({ at }) => at))
  expect(JSON.parse(JSON.stringify(events))).toHaveLength(events.length)
}

function expectGrowing(numbers: readonly number[]): void {
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers)
}

/** A clock that goes on by a second whenever somebody looks, so that every report is due. */
function ticking(): { now(): Date } {
  let at = Date.UTC(2030, 0, 1)
  return { now: () => new Date((at += 1000)) }
}

function fail(now: boolean): void {
  if (now) throw new Error('The process died.')
}
