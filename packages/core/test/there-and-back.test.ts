import { expect, test, describe } from 'vitest'
import { type BackupConfig, createBackup, portableRuntime, rawKey, type Runtime } from '../src/index.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshState, noise, text } from './fixtures.ts'

const key = new Uint8Array(32).fill(7)
const runtimes: Record<string, Runtime> = { node: nodeRuntime, portable: portableRuntime }

const streams = {
  empty: new Uint8Array(0),
  one: Uint8Array.of(42),
  text: text(300_000),
  noise: noise(200_000, 1),
  zeros: new Uint8Array(500_000),
}

describe.each(Object.keys(runtimes))('written on %s', (writer) => {
  test.each(Object.keys(runtimes))('every stream comes back byte by byte on %s', async (reader) => {
    const source = memorySource(streams)
    const provider = memoryProvider()
    const open = async (runtime: Runtime): Promise<ReturnType<typeof createBackup>> =>
      createBackup({ source, providers: [provider], keys: rawKey(key), runtime, workers: 0, state: await freshState() })
    const writing = await open(runtimes[writer]!)
    await writing.init()
    // What one runtime cannot read, the other must not be made to write: that is what `auto` is for.
    const snapshot = await writing.run()
    expect(snapshot.sizeBytes).toBe(1_000_001)

    const reading = await open(runtimes[reader]!)
    await reading.restore('latest', { to: 'there' })
    expect(Object.fromEntries(source.places.get('there')!)).toEqual(streams)
  })
})

test.each(['aes-256-gcm', 'xchacha20-poly1305'] as const)('suite %s goes there and back', async (suite) => {
  const { backup, source } = await fresh({ suite })
  await backup.run()
  await backup.restore('latest')
  expect(source.places.get('live')!.get('text')).toEqual(streams.text)
})

test.each(['auto', 'store', 'gzip', 'brotli', 'lz4', 'zstd'] as const)('compression "%s" goes there and back', async (compression) => {
  const { backup, source } = await fresh({ compression })
  await backup.run()
  await backup.restore('latest')
  expect(Object.fromEntries(source.places.get('live')!)).toEqual(streams)
})

test('a backup without changes adds one small object', async () => {
  const { backup, provider } = await fresh()
  await backup.run()
  const before = new Set(provider.objects.keys())
  const again = await backup.run()
  const added = [...provider.objects.keys()].filter((name) => !before.has(name))
  expect(added).toHaveLength(1)
  expect(added[0]).toMatch(/^commits\//)
  expect(provider.objects.get(added[0]!)!.length).toBeLessThan(2048)
  expect(again.storedBytes).toBe(0)
})

test('a small change adds two objects and about its own size', async () => {
  const { backup, source, provider } = await fresh()
  await backup.run()
  const changed = streams.noise.slice()
  changed.set(noise(100, 2), 90_000)
  source.streams.set('noise', changed)
  const before = provider.objects.size
  const snapshot = await backup.run()
  expect(provider.objects.size - before).toBe(2)
  expect(snapshot.freshBytes).toBeLessThan(100_000)
  await backup.restore('latest')
  expect(source.places.get('live')!.get('noise')).toEqual(changed)
})

test('an older snapshot stays what it was', async () => {
  const { backup, source } = await fresh()
  const first = await backup.run()
  source.streams.set('text', text(10))
  await backup.run()
  await backup.restore(first.id.slice(0, 8), { to: 'old' })
  expect(source.places.get('old')!.get('text')).toEqual(streams.text)
})

test('with no local state at all the next backup still stores nothing twice', async () => {
  const { source, provider, backup } = await fresh()
  await backup.run()
  const elsewhere = createBackup({ source, providers: [provider], keys: rawKey(key), runtime: nodeRuntime, workers: 0, state: await freshState() })
  const again = await elsewhere.run()
  expect(again.freshBytes).toBe(0)
})

test('a source that is not complete never becomes a snapshot', async () => {
  const { backup, source } = await fresh()
  source.complete = false
  await expect(backup.run()).rejects.toMatchObject({ kind: 'source' })
  expect(await backup.snapshots()).toEqual([])
  source.complete = true
  await backup.run()
  expect(await backup.snapshots()).toHaveLength(1)
})

test('verify finds nothing wrong, at every depth', async () => {
  const { backup } = await fresh()
  await backup.run()
  for (const depth of ['structure', 'hash', 'data'] as const) {
    expect(await backup.verify({ depth })).toMatchObject({ ok: true, problems: [], snapshots: 1, unusedPacks: 0 })
  }
})

async function fresh(options: Partial<BackupConfig> = {}): Promise<{
  backup: ReturnType<typeof createBackup>
  source: ReturnType<typeof memorySource>
  provider: ReturnType<typeof memoryProvider>
}> {
  const source = memorySource(streams)
  const provider = memoryProvider()
  const backup = createBackup({
    source,
    providers: [provider],
    keys: rawKey(key),
    runtime: nodeRuntime,
    workers: 0,
    state: await freshState(),
    ...options,
  })
  await backup.init()
  return { backup, source, provider }
}
