import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FreshPart, KeptPart } from '../src/contract/source.ts'
import { joinBytes } from '../src/format/text.ts'
import { type Backup, type BackupSource, createBackup, rawKey } from '../src/index.ts'
import { nodeRuntime, pageFile } from '../src/node/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { edited, freshFolder, freshState, noise, text } from './fixtures.ts'
import { type PiecesSource, pieces } from './pieces.ts'

// Streams of pieces: what is kept is taken over, what comes back comes in any order.

const key = rawKey(new Uint8Array(32).fill(23))

async function repository(): Promise<(source: BackupSource, state: string, more?: { workers?: number; deltas?: boolean }) => Backup> {
  const provider = memoryProvider()
  const open = (source: BackupSource, state: string, more = {}): Backup =>
    createBackup({ source, providers: [provider], keys: key, runtime: nodeRuntime, workers: 0, state, ...more })
  await open(memorySource(), await freshState()).init()
  return open
}

const data = joinBytes(text(300_000), noise(250_001, 1))

describe.each([0, 2])('with %i workers', (workers) => {
  test('unchanged pieces are not handed out again, wherever they are now, and the stream is the same as if they were', async () => {
    const [open, state] = [await repository(), await freshState()]
    const source = pieces(data)
    const backup = open(source, state, { workers })
    const first = await backup.run()
    expect(source).toMatchObject({ fresh: 56, kept: 0, released: 56 })
    expect((await backup.run()).freshBytes).toBe(0)
    expect(source).toMatchObject({ fresh: 56, kept: 56 })

    // Pieces change their places, one is new, one goes.
    source.data = joinBytes(data.subarray(400_000, 500_000), noise(10_000, 2), data.subarray(0, 390_000))
    const changed = await backup.run()
    expect(source).toMatchObject({ fresh: 57, kept: 105 })
    expect(changed.freshBytes).toBe(10_000)
    const whole = await open(pieces(source.data), await freshState(), { workers }).run()
    expect(whole.freshBytes).toBe(0)

    for (const [id, expected] of [[first.id, data], [changed.id, source.data], [whole.id, source.data]] as const) {
      await backup.restore(id, { to: id })
      expect(Buffer.compare(source.places.get(id)!, expected)).toBe(0)
    }
  })
})

test('only what is wanted is fetched and handed out', async () => {
  const source = pieces(data)
  const backup = (await repository())(source, await freshState())
  await backup.run()
  await backup.restore('latest', { only: ['500000-510000'] })
  expect(Buffer.compare(source.places.get('live')!.subarray(500_000, 510_000), data.subarray(500_000, 510_000))).toBe(0)
  expect(source.stretches.reduce((sum, { length }) => sum + length, 0)).toBe(10_000)
})

test('units that pages have stored as deltas come back in a stream of pieces', async () => {
  const [open, state] = [await repository(), await freshState()]
  const file = join(await freshFolder(), 'pages')
  // A page is a piece is a unit: 8 KiB, the least of a chunk, and the end.
  const before = noise(8192, 3)
  const after = edited(before, [100, 5000], 4)
  const paged = open(pageFile(file, { pageBytes: 8192 }), state, { deltas: true })
  for (const bytes of [before, after]) {
    await writeFile(file, bytes)
    await paged.run()
  }
  const source = pieces(after)
  const backup = open(source, await freshState())
  expect((await backup.run()).freshBytes).toBe(0)
  await backup.restore('latest')
  expect(Buffer.compare(source.places.get('live')!, after)).toBe(0)
})

const faults: Readonly<Record<string, (part: FreshPart | KeptPart) => FreshPart | KeptPart>> = {
  'a kept piece that begins where none did': (part) => (part.kind === 'kept' ? { ...part, offset: part.offset + 1 } : part),
  'a kept piece that ends where none did': (part) => (part.kind === 'kept' ? { ...part, length: part.length - 1 } : part),
  'a kept piece beyond the end': (part) => (part.kind === 'kept' ? { ...part, offset: 10_000_000 } : part),
  'lengths that do not add up': (part) => (part.kind === 'fresh' ? { ...part, pieces: Uint32Array.of(1) } : part),
  'an empty piece': (part) => (part.kind === 'fresh' ? { ...part, pieces: Uint32Array.of(...part.pieces, 0) } : part),
}

test.each(Object.entries(faults))('%s makes no snapshot', async (_, fault) => {
  const [open, state] = [await repository(), await freshState()]
  await open(pieces(data), state).run()
  const source = pieces(edited(data, [100_000], 5), fault)
  const backup = open(source, state)
  await expect(backup.run()).rejects.toMatchObject({ kind: 'source' })
  expect(source.fresh + source.kept).toBeGreaterThan(0)
  expect(await backup.snapshots()).toHaveLength(1)
})

test('a piece that is kept of nothing makes no snapshot', async () => {
  const source = pieces(data, (part) => (part.kind === 'fresh' ? { kind: 'kept', offset: 0, length: part.bytes.length } : part))
  await expect((await repository())(source, await freshState()).run()).rejects.toMatchObject({ kind: 'source' })
})

test('local state that is damaged anywhere costs time, never truth', async () => {
  const [open, state] = [await repository(), await freshState()]
  await open(pieces(data), state).run()
  const [name = ''] = (await readdir(state, { recursive: true })).filter((found) => /stream-[0-9a-f]+$/.test(found))
  const item = await readFile(join(state, name))
  for (const at of [0, 5, 40, 100, 300, 1000, item.length - 40, item.length - 1]) {
    const damaged = Buffer.from(item)
    damaged[at]! ^= 4
    await writeFile(join(state, name), damaged)
    const source: PiecesSource = pieces(data)
    await open(source, state).run()
    expect(source, `byte ${at}`).toMatchObject({ kept: 0, fresh: 56 })
    await open(source, state).restore('latest')
    expect(Buffer.compare(source.places.get('live')!, data)).toBe(0)
  }
})

test('a source that cannot choose is not asked to', async () => {
  const backup = (await repository())(memorySource({ main: data }), await freshState())
  await backup.run()
  await expect(backup.restore('latest', { only: ['x'] })).rejects.toMatchObject({ kind: 'unsupported', key: 'only' })
  await expect(backup.restore('latest', { to: { main: 'x' } })).rejects.toMatchObject({ kind: 'unsupported', key: 'to' })
  await expect(backup.plan('latest', { only: ['x'] })).rejects.toMatchObject({ kind: 'unsupported', key: 'only' })
})
