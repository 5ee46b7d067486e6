import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupProvider, type BackupSource, createBackup, rawKey } from '../src/index.ts'
import { nodeRuntime, pageFile } from '../src/node/index.ts'
import { memoryProvider, type MemoryProvider, memorySource, seededRandom } from '../src/testing/index.ts'
import { changedPages } from './changed-pages.ts'
import { pieces } from './pieces.ts'
import { freshFolder, freshMemoryState, freshState, text, withoutFiles } from './fixtures.ts'

// Tables of contents that are in no commit: what is in a pack that has vanished is then known to be missing.
vi.mock('../src/write/limits.ts', async () => {
  const { limits } = await import('./small-limits.ts')
  return { limits: { ...limits, inlineTocBytes: 0 } }
})

/** Packs vanish: a disk loses a file, somebody tidies up. What local state says is stored may be stored no more. */

const key = rawKey(new Uint8Array(32).fill(17))

interface Kind {
  readonly name: string
  readonly deltas: boolean
  readonly make: (folder: string) => { readonly source: BackupSource; readonly write: (content: Uint8Array) => Promise<void> }
}

const kinds: readonly Kind[] = [
  { name: 'a file of pages', deltas: false, make: inFile },
  { name: 'a file of pages, with deltas', deltas: true, make: inFile },
  { name: 'a source that says which pages changed', deltas: true, make: inMemory },
  { name: 'a source that keeps pieces', deltas: false, make: inPieces },
]

describe.each(kinds)('of $name', ({ deltas, make }) => {
  let before: Uint8Array
  let after: Uint8Array
  let state: string
  let place: MemoryProvider
  let made: ReturnType<Kind['make']>

  beforeAll(async () => {
    made = make(await freshFolder())
    state = await freshState()
    place = memoryProvider()
    before = text(150_000)
    after = before.slice()
    const random = seededRandom(17)
    for (let page = 0; page < 40; page++) after.set(random.bytes(6), page * 2048 + random.below(500))
    await open(place, state).init()
    for (const content of [before, after]) {
      await made.write(content)
      await open(place, state).run()
    }
  })

  test('any pack may be gone: what it held is stored again, though nothing has changed', async () => {
    const packs = [...place.objects.keys()].filter((name) => name.startsWith('packs/'))
    expect(packs.length).toBeGreaterThan(2)
    for (const gone of packs) {
      const left = copyOf(place)
      left.objects.delete(gone)
      const { freshBytes } = await open(left, await copyOfState()).run()
      expect(freshBytes, gone).toBeLessThan(after.length)
      await expectNewest(left, after)
    }
  })

  test('all may be gone', async () => {
    const left = copyOf(place)
    for (const name of left.objects.keys()) if (name.startsWith('packs/')) left.objects.delete(name)
    expect(await open(left, await copyOfState()).run()).toMatchObject({ sizeBytes: after.length })
    await expectNewest(left, after)
  })

  test('also if nobody remembers anything', async () => {
    const [oldest] = [...place.objects.keys()].filter((name) => name.startsWith('packs/'))
    const left = copyOf(place)
    left.objects.delete(oldest!)
    await open(left, await freshState()).run()
    await expectNewest(left, after)
  })

  test('a snapshot may be gone: the next one does not need the packs that only it named', async () => {
    const [oldest] = [...place.objects.keys()].filter((name) => name.startsWith('commits/')).sort()
    const left = copyOf(place)
    left.objects.delete(oldest!)
    await open(left, await copyOfState()).run()
    // Nobody can look into packs that no commit names.
    const list: BackupProvider['list'] = (prefix, options) => left.list(prefix === 'packs/' ? 'packs/none' : prefix, options)
    await expectNewest({ ...left, list }, after)
  })

  const open = (provider: BackupProvider, folder: string): Backup =>
    createBackup({ source: made.source, providers: [provider], keys: key, runtime: nodeRuntime, workers: 0, state: folder, deltas, compression: 'lz4' })

  const copyOfState = async (): Promise<string> => {
    const copy = await freshState()
    await cp(state, copy, { recursive: true })
    return copy
  }
})

function inFile(folder: string): ReturnType<Kind['make']> {
  const path = join(folder, 'live')
  return { source: pageFile(path, { pageBytes: 512 }), write: (content) => writeFile(path, content) }
}

function inMemory(folder: string): ReturnType<Kind['make']> {
  const source = changedPages(folder, new Uint8Array(0))
  return {
    source,
    async write(content) {
      source.data = content
    },
  }
}

function inPieces(): ReturnType<Kind['make']> {
  const source = pieces(new Uint8Array(0))
  return {
    source,
    async write(content) {
      source.data = content
    },
  }
}

function copyOf(place: MemoryProvider): MemoryProvider {
  return memoryProvider({ location: place.location, store: { objects: new Map(place.objects), created: true } })
}

/** What somebody gets who has no local state. */
async function expectNewest(place: BackupProvider, expected: Uint8Array): Promise<void> {
  const source = memorySource()
  const stranger = createBackup({ source, providers: [place], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
  await stranger.restore('latest')
  expect(Buffer.compare(source.places.get('live')!.get('main')!, expected)).toBe(0)
}
