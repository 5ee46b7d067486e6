import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Backup, type BackupProvider, createBackup, type KeyProvider, portableRuntime, rawKey, type Runtime } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { openRepository } from '../src/repository/repository.ts'
import { memoryProvider, type MemoryProvider, memorySource, type MemorySource } from '../src/testing/index.ts'
import { edited, freshFolder, freshMemoryState, freshState, text, withoutFiles } from './fixtures.ts'
import { goldenNames, readGolden } from './golden.ts'
import { restoreProgram, runRestore } from './restore-program.ts'

/** SHA-256 of each golden repository. They are never made again: whoever has to change a line here has broken somebody's backup. */
const committed: Readonly<Record<string, string>> = {
  'aes-passphrase': 'c2d6d8a6e4edd93a20b2dece70965790ac6619598fee08e99cceadf5e441a789',
  'every-form': '18869a4eca006f9439c8856d4282d32e390591ace2d59453018d6aa91aab70b9',
  'xchacha-raw-key': '56c66f2b8a8011d1bf17788d572e4ce3eb8947484847d815bea39713cfb0e323',
}

const runtimes: Readonly<Record<string, Runtime>> = { node: withoutFiles, portable: portableRuntime }

test('the golden repositories are those that were committed', () => {
  expect(Object.fromEntries(goldenNames.map((name) => [name, readGolden(name).sha256]))).toEqual(committed)
})

test('they have between them all that can be written', async () => {
  const found = { suites: new Set(), epochs: new Set(), codecs: new Set(), chains: new Set<number>(), pages: new Set(), gear: new Set(), tocs: new Set() }
  for (const name of goldenNames) {
    const golden = readGolden(name)
    const { ring, commits, catalog } = await openRepository({
      provider: golden.copy(),
      runtime: withoutFiles,
      keys: Object.values(golden.keys),
      stateDirectory: freshMemoryState(),
      warn: (message) => expect.unreachable(message),
    })
    found.suites.add(ring.suite)
    found.epochs.add(ring.epochs.length)
    for (const { streams, packs } of commits.values()) {
      for (const { toc } of packs) found.tocs.add(toc === null ? 'in the pack' : 'in the commit')
      for (const { chunking, root } of streams) found[chunking.kind].add(root?.level)
    }
    for (let unit = 0; unit < catalog.units.size; unit++) {
      found.codecs.add(catalog.segment(catalog.units.segmentOf(unit)).descriptor.codec)
      found.chains.add(catalog.chainOf(unit))
    }
  }
  expect(found).toEqual({
    suites: new Set([1, 2]),
    epochs: new Set([1, 2]),
    codecs: new Set([0, 1, 2, 3, 4]),
    chains: new Set([0, 1, 2, 3, 4, 5, 6, 7, 8]),
    pages: new Set([0, 2]),
    gear: new Set([undefined, 0, 1]),
    tocs: new Set(['in the pack', 'in the commit']),
  })
})

describe.each(goldenNames)('%s', (name) => {
  const golden = readGolden(name)
  const [anyKey] = Object.values(golden.keys)
  const [anyEnvironment] = Object.values(golden.environments)

  test.each(Object.keys(golden.keys))('is opened by its %s', async (secret) => {
    const { backup } = open(golden.copy(), golden.keys[secret]!)
    expect((await backup.snapshots()).map(({ id, note }) => ({ id, note }))).toEqual(golden.snapshots.map(({ id, note }) => ({ id, note })))
  })

  test.each(Object.keys(runtimes))('is restored to the byte by the %s runtime', async (runtime) => {
    const { backup, source } = open(golden.copy(), anyKey!, runtimes[runtime])
    for (const snapshot of golden.snapshots) {
      const restoring = backup.restore(snapshot.id, { to: snapshot.note })
      if (runtime === 'portable' && snapshot.note === 'brotli') {
        await expect(restoring).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringContaining('brotli') as string })
        continue
      }
      await restoring
      expect(summary(source.places.get(snapshot.note)!)).toEqual(snapshot.streams)
      source.places.clear()
    }
  })

  test('is restored into files by lanes', async () => {
    const folder = await freshFolder()
    const source = pageFile(join(folder, 'unused'))
    const backup = createBackup({ source: { ...source, restore: ({ to }) => intoFiles(join(folder, to!)) }, providers: [golden.copy()], keys: anyKey!, workers: 0, state: await freshState() })
    for (const snapshot of golden.snapshots) {
      await backup.restore(snapshot.id, { to: 'restored' })
      expect(await summaryOf(join(folder, 'restored'))).toEqual(snapshot.streams)
      await rm(join(folder, 'restored'), { recursive: true, force: true })
    }
  })

  test('has nothing wrong', async () => {
    const report = await open(golden.copy(), anyKey!).backup.verify({ depth: 'data' })
    expect(report).toMatchObject({ ok: true, problems: [], snapshots: golden.snapshots.length, unusedPacks: 0 })
  })

  test('can be gone on with', async () => {
    const { backup, source } = open(golden.copy(), anyKey!)
    source.streams.set('new', text(3000))
    const { id } = await backup.run()
    await backup.restore(id, { to: 'new' })
    await backup.restore(golden.snapshots[0]!.id, { to: 'old' })
    expect(Buffer.compare(source.places.get('new')!.get('new')!, text(3000))).toBe(0)
    expect(summary(source.places.get('old')!)).toEqual(golden.snapshots[0]!.streams)
  })

  test('is restored by the restore program alone', async () => {
    const folder = await freshFolder()
    for (const snapshot of golden.snapshots) {
      const to = join(folder, snapshot.id)
      expect(await runRestore(restoreProgram, [golden.folder, 'restore', snapshot.id, '--to', `${to}/`], anyEnvironment!)).toMatchObject({ code: 0 })
      expect(await summaryOf(to)).toEqual(snapshot.streams)
      await rm(to, { recursive: true })
    }
  })

  test.each(Object.keys(golden.environments))('is opened in the restore program by its %s', async (secret) => {
    const { code, out } = await runRestore(restoreProgram, [golden.folder, 'list'], golden.environments[secret]!)
    expect(code).toBe(0)
    for (const { id } of golden.snapshots) expect(out).toContain(id.slice(0, 8))
  })
})

test('the restore program that lies in a golden repository restores it', async () => {
  const golden = readGolden('aes-passphrase')
  const folder = await freshFolder()
  const newest = golden.snapshots.at(-1)!
  const program = fileURLToPath(new URL('./golden/v1/aes-passphrase/repository/restore/1/restore.mjs', import.meta.url))
  expect(await runRestore(program, [golden.folder, 'restore', '--to', `${folder}/out/`], golden.environments['passphrase']!)).toMatchObject({ code: 0 })
  expect(await summaryOf(join(folder, 'out'))).toEqual(newest.streams)
})

describe('a repository of today, with pages, deltas and worker threads, is restored by the restore program that lies in it', () => {
  const folders: Record<string, (folder: string) => Promise<{ provider: BackupProvider; save(): Promise<void> }>> = {
    'from a folder that the local provider made': async (folder) => ({ provider: await localProvider(folder), save: async () => {} }),
    'from a copy of its objects': async (folder) => {
      const provider = memoryProvider()
      return { provider, save: () => save(provider, folder) }
    },
  }

  test.each(Object.keys(folders))('%s', async (from) => {
    const folder = await freshFolder()
    const [live, place] = [join(folder, 'live.db'), join(folder, 'repository')]
    const { provider, save: saveAll } = await folders[from]!(place)
    const key = new Uint8Array(32).fill(9)
    const backup = createBackup({ source: pageFile(live), providers: [provider], keys: rawKey(key), state: await freshState(), deltas: true, workers: 2 })
    await backup.init()
    const versions = [text(400_000)]
    for (let version = 1; version < 4; version++) versions.push(edited(versions.at(-1)!, [version * 9000, 100_000, 390_000], version))
    const made = new Map<string, Uint8Array>()
    for (const version of versions) {
      await writeFile(live, version)
      made.set((await backup.run()).id, version)
    }
    await saveAll()
    for (const [id, version] of made) {
      const to = join(folder, `restored-${id}`)
      const words = [place, 'restore', id, '--to', to]
      expect(await runRestore(join(place, 'restore/1/restore.mjs'), words, { BACKUP_KEY: Buffer.from(key).toString('hex') })).toMatchObject({ code: 0 })
      expect(Buffer.compare(await readFile(to), version)).toBe(0)
    }
  })
})

/** From the sister package. Named by its place, because core does not depend on it: that would be a circle. */
async function localProvider(folder: string): Promise<BackupProvider> {
  const { href } = new URL('../../local/src/index.ts', import.meta.url)
  const { local } = (await import(href)) as { local(root: string): BackupProvider }
  return local(folder)
}

function open(provider: MemoryProvider, keys: KeyProvider, runtime: Runtime = withoutFiles): { backup: Backup; source: MemorySource } {
  const source = memorySource()
  return { source, backup: createBackup({ source, providers: [provider], keys, runtime, workers: 0, state: freshMemoryState() }) }
}

type Summary = Record<string, { size: number; sha256: string }>

const describeBytes = (bytes: Uint8Array): Summary[string] => ({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })

const summary = (streams: ReadonlyMap<string, Uint8Array>): Summary => Object.fromEntries([...streams].map(([name, bytes]) => [name, describeBytes(bytes)]))

async function summaryOf(folder: string): Promise<Summary> {
  const names = await readdir(folder)
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, describeBytes(await readFile(join(folder, name)))] as const)))
}

async function intoFiles(folder: string): ReturnType<ReturnType<typeof pageFile>['restore']> {
  return {
    async open({ name, size }) {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, name), new Uint8Array(size))
      return { kind: 'file', path: join(folder, name) }
    },
    commit: async () => ({ place: folder, requiresRestart: false }),
    abort: async () => {},
  }
}

async function save({ objects }: MemoryProvider, folder: string): Promise<void> {
  for (const [key, bytes] of objects) {
    await mkdir(dirname(join(folder, key)), { recursive: true })
    await writeFile(join(folder, key), bytes)
  }
}
