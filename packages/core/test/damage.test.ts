import { expect, test, describe } from 'vitest'
import { BackupError, createBackup, rawKey } from '../src/index.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { memoryProvider, memorySource, type MemoryProvider, type MemorySource } from '../src/testing/index.ts'
import { copyOf } from './copies.ts'
import { freshState, noise, text, withoutFiles } from './fixtures.ts'

const key = rawKey(new Uint8Array(32).fill(3))
// Small: each byte of what becomes of it is damaged, one after the other.
const first = { main: text(1200), other: noise(200, 1) }
const second = { ...first, main: text(1500) }

describe('any single flipped bit', () => {
  test('in any byte of a small repository never yields wrong data', async () => {
    const repository = await smallRepository()
    const state = 'kept in memory'
    let readable = 0
    let refused = 0
    for (const [name, bytes] of repository.objects) {
      // The texts in class `restore` are for people; no program reads them.
      if (name.startsWith('restore/')) continue
      for (let at = 0; at < bytes.length; at++) {
        const bit = 1 << ((at * 5) % 8)
        bytes[at]! ^= bit
        const outcome = await restoreLatest(repository, state)
        bytes[at]! ^= bit
        if (outcome === 'right') readable++
        else refused++
        expect(outcome, `${name} byte ${at}`).not.toBe('wrong')
      }
    }
    // Both must happen, or the campaign did not test what it says.
    expect(refused).toBeGreaterThan(1000)
    expect(readable).toBeGreaterThan(100)
  }, 300_000)

  test('in a pack is found by verify, which names the pack and the snapshots it takes down', async () => {
    const repository = await smallRepository()
    const [name, bytes] = [...repository.objects].find(([candidate]) => candidate.startsWith('packs/'))!
    bytes[bytes.length >> 1]! ^= 4
    const report = await open(repository, memorySource(), await freshState()).verify({ depth: 'hash' })
    expect(report.ok).toBe(false)
    expect(report.problems.map((problem) => problem.key)).toContain(name)
  })
})

describe('a truncated object of class', () => {
  test.each(['format', 'slots', 'packs', 'commits'])('%s is refused with a reason, and nothing hangs', async (kind) => {
    const repository = await smallRepository()
    const all = [...repository.objects].filter(([name]) => name.startsWith(`${kind}/`))
    for (const length of [0, 1, 15, 64, 80]) {
      for (const [name, bytes] of all) repository.objects.set(name, bytes.slice(0, length))
      expect(await restoreLatest(repository, await freshState())).toBe('refused')
    }
  })
})

test('a missing pack is named, and snapshots that do not need it are restored', async () => {
  const repository = await smallRepository()
  const source = memorySource()
  const backup = open(repository, source, await freshState())
  const [before, after] = await backup.snapshots()
  const commits = [...repository.objects.keys()].filter((name) => name.startsWith('packs/'))
  const newest = commits.find((name) => !repository.atFirst.has(name))!
  repository.objects.delete(newest)

  const cold = open(repository, source, await freshState())
  await cold.restore(before!.id, { to: 'before' })
  expect(Object.fromEntries(source.places.get('before')!)).toEqual(first)
  await expect(cold.restore(after!.id, { to: 'after' })).rejects.toMatchObject({ key: newest })
  expect(source.places.has('after')).toBe(false)
  const report = await cold.verify()
  expect(report.problems).toEqual([expect.objectContaining({ key: newest, kind: 'not-found', snapshots: [after!.id] })])
})

test('a damaged commit takes down its own snapshot, and no other', async () => {
  const repository = await smallRepository()
  const [oldest] = [...repository.objects].filter(([name]) => name.startsWith('commits/')).sort(([a], [b]) => (a < b ? -1 : 1))
  oldest![1][70]! ^= 1
  const source = memorySource()
  const backup = open(repository, source, await freshState())
  expect(await backup.snapshots()).toHaveLength(1)
  // The newer snapshot shares units with the damaged one: its packs must be found without it.
  await backup.restore('latest', { to: 'newest' })
  expect(Object.fromEntries(source.places.get('newest')!)).toEqual(second)
})

test('two repositories mixed in one place are refused before anything is read or written', async () => {
  const one = await smallRepository()
  const other = await smallRepository()
  for (const [name, bytes] of other.objects) one.objects.set(name, bytes)
  const before = new Map(one.objects)
  const backup = open(one, memorySource(first), await freshState())
  await expect(backup.run()).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('mixed') as string })
  expect(one.objects).toEqual(before)
})

test("another repository's packs in the same place do no harm", async () => {
  const one = await smallRepository()
  const other = await smallRepository()
  for (const [name, bytes] of other.objects) if (name.startsWith('packs/')) one.objects.set(name, bytes)
  expect(await restoreLatest(one, await freshState())).toBe('right')
})

test('a repository of a newer format is refused, with what to do', async () => {
  const repository = await smallRepository()
  const [name, bytes] = [...repository.objects].find(([candidate]) => candidate.startsWith('format/'))!
  repository.objects.delete(name)
  const newer = new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"version": 1', '"version": 2'))
  const sha = nodeRuntime.crypto.sha256(newer)
  repository.objects.set(`format/v1/${Buffer.from(sha).toString('hex')}`, newer)
  await expect(open(repository, memorySource(), await freshState()).snapshots()).rejects.toMatchObject({
    kind: 'unsupported',
    hint: expect.stringContaining('Update') as string,
  })
})

test('an unknown feature needed for reading stops the reader, one needed for writing only the writer', async () => {
  for (const [operation, reads] of [['read', false], ['write', true]] as const) {
    const repository = await smallRepository()
    const [name, bytes] = [...repository.objects].find(([candidate]) => candidate.startsWith('format/'))!
    repository.objects.delete(name)
    const format = JSON.parse(new TextDecoder().decode(bytes)) as { requires: Record<string, string[]> }
    format.requires[operation] = ['time-travel']
    const asked = new TextEncoder().encode(JSON.stringify(format))
    repository.objects.set(`format/v1/${Buffer.from(nodeRuntime.crypto.sha256(asked)).toString('hex')}`, asked)
    const backup = open(repository, memorySource(first), await freshState())
    await expect(backup.run()).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringContaining('time-travel') as string })
    expect(await backup.snapshots().then((found) => found.length > 0, () => false)).toBe(reads)
  }
})

interface SmallRepository extends MemoryProvider {
  /** What was there after the first snapshot. */
  readonly atFirst: ReadonlySet<string>
}

async function smallRepository(): Promise<SmallRepository> {
  const provider = memoryProvider()
  const source = memorySource(first)
  const backup = createBackup({ source, providers: [provider], keys: key, runtime: nodeRuntime, workers: 0, state: await freshState() })
  await backup.init()
  await backup.run()
  const atFirst = new Set(provider.objects.keys())
  source.streams.set('main', second.main)
  await backup.run()
  return { ...provider, atFirst }
}

function open(provider: MemoryProvider, source: MemorySource, state: string): ReturnType<typeof createBackup> {
  return createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state })
}

async function restoreLatest(repository: SmallRepository, state: string): Promise<'right' | 'wrong' | 'refused'> {
  const source = memorySource()
  // A copy: a restore leaves its line in the audit trail.
  const copy = copyOf(repository)
  try {
    await open(copy, source, state).restore('latest', { overwrite: true })
  } catch (error) {
    if (BackupError.is(error)) return 'refused'
    throw error
  }
  const restored = JSON.stringify(Object.fromEntries(source.places.get('live')!))
  return restored === JSON.stringify(second) ? 'right' : 'wrong'
}
