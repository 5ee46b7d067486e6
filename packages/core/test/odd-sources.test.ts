import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Backup, type BackupConfig, type BackupEvent, BackupError, type BackupSource, createBackup, rawKey, type Runtime } from '../src/index.ts'
import type { ChangedContent, SourceSnapshot } from '../src/contract/source.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { memoryProvider, type MemoryProvider, memorySource, type SeededRandom, seededRandom } from '../src/testing/index.ts'
import { changedPages } from './changed-pages.ts'
import { expectStreams, freshFolder, freshMemoryState, freshState, noise, text, withoutFiles } from './fixtures.ts'

const key = rawKey(new Uint8Array(32).fill(12))
const streams = { main: text(20_000) }

describe('no snapshot is made', () => {
  test('of two streams with one name', async () => {
    const twice = altered((snapshot) => ({
      async *streams() {
        for await (const stream of snapshot.streams()) yield* [stream, stream]
      },
    }))
    await expectNoSnapshot({ source: twice }, { kind: 'source', message: expect.stringContaining('two streams named "main"') as string })
  })

  test('when the proof fails, whatever is wrong with closing then', async () => {
    const failing = altered(() => ({
      finish: () => Promise.reject(new BackupError('source', 'It was overtaken.')),
      close: () => Promise.reject(new Error('It cannot even be closed.')),
    }))
    const events = await expectNoSnapshot({ source: failing }, { kind: 'source', message: 'It was overtaken.' })
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning', message: expect.stringContaining('cannot even be closed') as string }))
  })

  test('that nobody could read: at a time of five digits', async () => {
    const { open, place } = await made()
    await expectRefused(open({ clock: () => new Date(Date.UTC(12_000, 0, 1)) }), place, { kind: 'permanent', message: expect.stringContaining('"time"') as string })
  })

  test('of changes to something that is not known here', async () => {
    const folder = await freshFolder()
    const presumptuous = changed(changedPages(folder, noise(9000, 1)), () => ({ incremental: true }))
    await expectNoSnapshot({ source: presumptuous }, { kind: 'source', message: expect.stringContaining('only handed out changes') as string })
  })

  test('of pages of which one is missing', async () => {
    const folder = await freshFolder()
    const forgetful = changed(changedPages(folder, noise(9000, 1)), (content) => ({
      async *batches() {
        for await (const batch of content.batches()) yield { ...batch, pages: batch.pages.slice(0, -1) }
      },
    }))
    await expectNoSnapshot({ source: forgetful }, { kind: 'source', message: expect.stringContaining('did not hand out page 17 of 18') as string })
  })
})

describe('a snapshot that was stored stays one', () => {
  test('when the source cannot be closed, and there is a warning', async () => {
    const { backup, place } = await made({ source: altered(() => ({ close: () => Promise.reject(new Error('Stuck.')) })) })
    const { warnings } = await warningsOf(backup)
    expect(warnings).toEqual([expect.stringContaining('Stuck.')])
    expect(await countOf(place)).toBe(1)
  })
})

describe('pieces of a stream', () => {
  const pieces = (): Uint8Array[] => Array.from({ length: 40 }, (_, seed) => noise(100_000, seed))
  const backedUp = async (handedOut: readonly Uint8Array[], given: boolean): Promise<void> => {
    const inner = memorySource(streams)
    const source = otherwise(inner, () => ({
      async *streams() {
        yield { name: 'main', content: { kind: 'bytes', ...(given && { given }), async *read() { yield* handedOut } } }
      },
      finish: async () => ({ complete: true }),
    }))
    const { backup } = await made({ source })
    await backup.run()
    await backup.restore('latest', { overwrite: true })
    expectStreams(inner.places.get('live'), { main: Buffer.concat(pieces()) })
  }

  test('stay with a source that does not give them away', async () => {
    const handedOut = pieces()
    await backedUp(handedOut, false)
    expect(handedOut).toEqual(pieces())
  })

  test('of one that does are let go of at once, and all that was in them is in the snapshot', async () => {
    const handedOut = pieces()
    await backedUp(handedOut, true)
    const held = handedOut.slice(0, 30).filter(({ length }) => length > 0)
    // Where memory cannot be given back, it is left to the garbage collector.
    expect(held).toHaveLength('transfer' in ArrayBuffer.prototype ? 0 : 30)
  })
})

describe('where local state cannot be written', () => {
  const refusing = (isBroken: () => boolean): Runtime => ({
    ...withoutFiles,
    async openState(...where) {
      const state = await withoutFiles.openState(...where)
      const write: typeof state.write = (...item) => (isBroken() ? Promise.reject(new BackupError('quota', 'No room for state.')) : state.write(...item))
      return { ...state, write }
    },
  })

  test('init still hands out its recovery code, a run its snapshot, with a warning, and a restore the data', async () => {
    const place = memoryProvider()
    const source = memorySource(streams)
    const backup = createBackup({ source, providers: [place], keys: key, runtime: refusing(() => true), workers: 0, state: freshMemoryState() })
    expect(await backup.init()).toMatchObject({ created: true, recoveryCode: expect.any(String) as string })
    const { warnings } = await warningsOf(backup)
    expect(warnings.length).toBeGreaterThan(1)
    for (const warning of warnings) expect(warning).toContain('No room for state.')
    await backup.restore('latest')
    expectStreams(source.places.get('live'), streams)
  })

  test('from the middle on, later runs are right too', async () => {
    let broken = false
    const { backup, place, source } = await made({ runtime: refusing(() => broken) })
    const history = [text(20_000)]
    await backup.run()
    for (broken of [true, true, false, false]) {
      history.push(text(20_000 + 3000 * history.length))
      source.streams.set('main', history.at(-1)!)
      await backup.run()
    }
    await expectHistory(place, history)
  })
})

test('what is only created touches nothing', async () => {
  const state = join(await freshFolder(), 'state')
  createBackup({ source: memorySource(), providers: [memoryProvider()], keys: key, runtime: nodeRuntime, state })
  await new Promise((resolve) => setTimeout(resolve, 20))
  await expect(readdir(state)).rejects.toMatchObject({ code: 'ENOENT' })
})

describe.each([true, false])('a source that says which pages changed, deltas %s', (deltas) => {
  test('is right in every snapshot, with state, without, and with a snapshot gone', async () => {
    const source = changedPages(await freshFolder(), noise(60_000, 5))
    const { place, open } = await made({ source, deltas, state: await freshState() })
    const random = seededRandom(6)
    const history: Uint8Array[] = []
    let incremental = 0
    for (let round = 0; round < 20; round++) {
      const backup = open(round % 7 === 6 ? { state: await freshState() } : {})
      const { freshBytes, id } = await backup.run()
      if (freshBytes < 20_000) incremental++
      history.push(source.data)
      if (round === 12) {
        // The state belongs to a snapshot that is no more.
        for (const name of place.objects.keys()) if (name.endsWith(id)) place.objects.delete(name)
        history.pop()
      }
      source.data = altering(source.data, random)
    }
    expect(incremental).toBeGreaterThan(8)
    // Every batch was read before its place was given back, and every one was given back.
    expect(source.released).toBe(source.handedOut)
    expect(source.released).toBeGreaterThan(20)
    await expectHistory(place, history)
  })
})

function altering(data: Uint8Array, random: SeededRandom): Uint8Array {
  const length = random.below(5) === 0 ? 30_000 + random.below(60_000) : data.length
  const next = new Uint8Array(length)
  next.set(data.subarray(0, length))
  for (let edits = random.below(8); edits > 0; edits--) next.set(random.bytes(12), random.below(length - 12))
  return next
}

async function made(options: Partial<BackupConfig> = {}): Promise<{
  place: MemoryProvider
  backup: Backup
  source: ReturnType<typeof memorySource>
  open(more?: Partial<BackupConfig>): Backup
}> {
  const place = memoryProvider()
  const source = memorySource(streams)
  const shared = { source, providers: [place], keys: key, workers: 0, state: freshMemoryState(), compression: 'lz4', zone: 'UTC' } as const
  const runtime = options.deltas === undefined ? withoutFiles : nodeRuntime
  const open = (more: Partial<BackupConfig> = {}): Backup => createBackup({ ...shared, runtime, ...options, ...more })
  const backup = open()
  await backup.init()
  return { place, backup, source, open }
}

async function expectNoSnapshot(options: Partial<BackupConfig>, error: object): Promise<BackupEvent[]> {
  const { backup, place } = await made(options)
  return expectRefused(backup, place, error)
}

async function expectRefused(backup: Backup, place: MemoryProvider, error: object): Promise<BackupEvent[]> {
  const run = backup.run()
  const events: BackupEvent[] = []
  for await (const event of run) events.push(event)
  await expect(run).rejects.toMatchObject(error)
  expect(await countOf(place)).toBe(0)
  return events
}

async function warningsOf(backup: Backup): Promise<{ warnings: string[] }> {
  const run = backup.run()
  const warnings: string[] = []
  for await (const event of run) if (event.type === 'warning') warnings.push(event.message)
  await run
  return { warnings }
}

const stranger = (place: MemoryProvider): { backup: Backup; source: ReturnType<typeof memorySource> } => {
  const source = memorySource()
  return { source, backup: createBackup({ source, providers: [place], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() }) }
}

const countOf = async (place: MemoryProvider): Promise<number> => (await stranger(place).backup.snapshots()).length

async function expectHistory(place: MemoryProvider, history: readonly Uint8Array[]): Promise<void> {
  const { backup, source } = stranger(place)
  const snapshots = await backup.snapshots()
  expect(snapshots).toHaveLength(history.length)
  for (const [at, { id }] of snapshots.entries()) {
    await backup.restore(id, { to: id })
    expectStreams(source.places.get(id), { main: history[at]! })
  }
}

/** A memory source with something else about its snapshots. */
function altered(alter: (snapshot: SourceSnapshot) => Partial<SourceSnapshot>): BackupSource {
  return otherwise(memorySource(streams), alter)
}

function otherwise(source: BackupSource, alter: (snapshot: SourceSnapshot) => Partial<SourceSnapshot>): BackupSource {
  return {
    ...source,
    async open(context) {
      const snapshot = await source.open(context)
      return { ...snapshot, ...alter(snapshot) }
    },
  }
}

/** A source of changed pages with something else about its content. */
function changed(source: BackupSource, alter: (content: ChangedContent) => Partial<ChangedContent>): BackupSource {
  return otherwise(source, (snapshot) => ({
    async *streams() {
      for await (const { name, content } of snapshot.streams()) {
        if (content.kind === 'changed') yield { name, content: { ...content, ...alter(content) } }
      }
    },
  }))
}
