import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BackupSource, ConsistencyProof, RestoreSink, SourceSnapshot } from '../src/contract/source.ts'
import { pageFile } from '../src/node/index.ts'
import { type MemorySource, memorySource, seededRandom, type SourceFixture, sourceSuite, type SuiteFiles } from '../src/testing/index.ts'
import { changedPages, type Ways } from './changed-pages.ts'
import { edited, freshFolder, noise, text } from './fixtures.ts'

describe('memorySource', () => sourceSuite({ describe, test }, () => inMemory()))
describe('pageFile', () => sourceSuite({ describe, test }, () => inPageFile()))
describe('a source that finds changed pages itself', () => sourceSuite({ describe, test }, () => inChangedPages(), { changed: true }))

// The suite is worth something only if each promise that is broken fails the test that is named for it.

interface Broken {
  readonly fault: string
  readonly failing: string
  readonly says: RegExp
  readonly make: () => Promise<SourceFixture> | SourceFixture
}

const broken: readonly Broken[] = [
  {
    fault: 'is of another contract',
    failing: 'is a plugin with a name and a label',
    says: /contract 2/,
    make: () => inMemory((good) => ({ ...good, contract: 2 as never })),
  },
  {
    fault: 'gives two streams one name',
    failing: 'hands out streams of the form they say, with names of their own',
    says: /two streams are named "text"/,
    make: () =>
      inMemory((good) =>
        opening(good, (snapshot) => ({
          async *streams() {
            for await (const stream of snapshot.streams()) yield { ...stream, name: 'text' }
          },
        })),
      ),
  },
  {
    fault: 'says another size than it has',
    failing: 'hands out streams of the form they say, with names of their own',
    says: /not the \d+ it said/,
    make: () => inMemory((good) => bytesOf(good, (bytes) => bytes.subarray(1))),
  },
  {
    fault: 'is never the same twice',
    failing: 'hands out the same again as long as nothing changes',
    says: /differs at byte/,
    make: () => inMemory((good) => bytesOf(good, (bytes) => bytes.map((byte) => byte ^ Math.floor(Math.random() * 256)))),
  },
  {
    fault: 'never looks again',
    failing: 'hands out a change in the next snapshot',
    says: /what changed is not/,
    make: () => {
      const fixture = inMemory()
      const frozen = memorySource(Object.fromEntries([...(fixture.source as MemorySource).streams].map(([name, bytes]) => [name, bytes.slice()])))
      return { ...fixture, source: { ...fixture.source, open: frozen.open } }
    },
  },
  {
    fault: 'lets its view follow the data',
    failing: 'keeps its view while the data changes, or does not call it complete',
    says: /during which the data changed/,
    make: () => inMemory((good) => bytesOf(good, (piece, at, name) => (name === 'noise' ? good.streams.get(name)!.subarray(at, at + 65_536) : piece))),
  },
  {
    fault: 'does not look whether its file was changed',
    failing: 'keeps its view while the data changes, or does not call it complete',
    says: /during which the data changed/,
    make: () => inPageFile((good) => opening(good, () => ({ finish: async () => ({ complete: true }) }))),
  },
  {
    fault: 'does not say complete',
    failing: 'calls complete what was read to its end',
    says: /does not say complete/,
    make: () => inMemory((good) => opening(good, () => ({ finish: async () => ({ complete: false }) }))),
  },
  {
    fault: 'proves with something that is no plain data',
    failing: 'calls complete what was read to its end',
    says: /no text, number or boolean: when/,
    make: () => inMemory((good) => opening(good, () => ({ finish: async () => ({ complete: true, when: {} }) as unknown as ConsistencyProof }))),
  },
  {
    fault: 'calls complete what nobody read',
    failing: 'does not call complete what was not read',
    says: /nobody has read/,
    make: () => inMemory((good) => opening(good, () => ({ finish: async () => ({ complete: true }) }))),
  },
  {
    fault: 'cannot be closed before it was read',
    failing: 'can be closed at any moment, and opened again',
    says: /not read yet/,
    make: () => inMemory((good) => opening(good, (snapshot) => ({ close: async () => void ((await snapshot.finish()).complete || fail('not read yet')) }))),
  },
  {
    fault: 'forgets a temporary file',
    failing: 'can be closed at any moment, and opened again',
    says: /left something behind: opened-/,
    make: () => {
      let opened = 0
      return inPageFile((good, folder) => ({ ...good, open: (context) => writeFile(join(folder, `opened-${++opened}`), '').then(() => good.open(context)) }))
    },
  },
  {
    fault: 'does not look at its signal when it opens',
    failing: 'opens nothing when the signal fired before',
    says: /must fail with cancelled/,
    make: () => inMemory((good) => ({ ...good, open: ({ signal: _, ...context }) => good.open(context) })),
  },
  {
    fault: 'does not look at its signal while it reads',
    failing: 'does not complete what is cancelled on the way',
    says: /must fail with cancelled/,
    make: () => inMemory((good) => ({ ...good, open: ({ signal: _, ...context }) => good.open(context) })),
  },
  {
    fault: 'does not find changed pages itself, though it says so',
    failing: 'hands out everything when it knows of no state',
    says: /no changed content/,
    make: () => inMemory(),
  },
  {
    fault: 'hands out too little of what changed',
    failing: 'makes of the last snapshot and what changed the same as all of it',
    says: /differs at byte/,
    make: () => inChangedPages({ isChanged: (known, hash) => !known || known[0]! >> 7 !== hash[0]! >> 7 }),
  },
  {
    fault: 'never uses its state',
    failing: 'makes of the last snapshot and what changed the same as all of it',
    says: /never used the state/,
    make: () => inChangedPages({ hashesIn: () => undefined }),
  },
  {
    fault: 'believes any state that is long enough',
    failing: 'makes the best of a state that is damaged: right, if slower',
    says: /differs at byte/,
    make: () =>
      inChangedPages({
        hashesIn: (state) => (state.length > 16 ? state.subarray(16) : undefined),
        isChanged: (known, hash) => !known || (known.length > 0 && Buffer.compare(known, hash) !== 0),
      }),
  },
  {
    fault: 'goes by what it remembers and not by the state it is given',
    failing: 'does not take the state of one snapshot for that of another',
    says: /differs at byte/,
    make: async () => {
      const remembered: { hashes?: Uint8Array } = {}
      const fixture = await inChangedPages({ hashesIn: () => remembered.hashes })
      const source = opening(fixture.source, (snapshot) => ({
        async *streams() {
          for await (const stream of snapshot.streams()) {
            yield stream
            if (stream.content.kind === 'changed') remembered.hashes = stream.content.state().subarray(16)
          }
        },
      }))
      return { ...fixture, source }
    },
  },
  {
    fault: 'loses a stream on the way back',
    failing: 'brings back at a new place what it handed out, and says where',
    says: /has the streams/,
    make: () =>
      inMemory((good) =>
        restoring(good, (sink) => ({ open: async (stream) => (stream.name === 'text' ? { kind: 'bytes', write: async () => {}, end: async () => {} } : sink.open(stream)) })),
      ),
  },
  {
    fault: 'names another place than it restored to',
    failing: 'brings back at a new place what it handed out, and says where',
    says: /under the name that a restore gave nothing lies/,
    make: () => inMemory((good) => restoring(good, (sink) => ({ commit: async () => ({ ...(await sink.commit()), place: 'elsewhere' }) }))),
  },
  {
    fault: 'writes at the place itself',
    failing: 'shows nothing at the place before it is complete',
    says: /before commit something lies/,
    make: () => inPageFile((good) => ({ ...good, restore: async ({ to }) => inPlace(to!) })),
  },
  {
    fault: 'replaces what is there without being told to',
    failing: 'refuses a place where something is',
    says: /must fail with exists/,
    make: () => inMemory((good) => ({ ...good, restore: (context) => good.restore({ ...context, overwrite: true }) })),
  },
  {
    fault: 'looks only once whether something is there',
    failing: 'refuses a place to which something came in the meantime',
    says: /must fail with exists/,
    make: () =>
      inMemory((good) => ({
        ...good,
        async restore(context) {
          await (await good.restore(context)).abort()
          return good.restore({ ...context, overwrite: true })
        },
      })),
  },
  {
    fault: 'never replaces anything',
    failing: 'replaces what is there, all or nothing, when it is told to',
    says: /exists already/,
    make: () => inMemory((good) => ({ ...good, restore: (context) => good.restore({ ...context, overwrite: false }) })),
  },
  {
    fault: 'removes what is there before it has something better',
    failing: 'leaves what is there as it was when a replacement is given up',
    says: /nothing lies at the place/,
    make: () =>
      inMemory((good) => ({
        ...good,
        async restore(context) {
          const sink = await good.restore(context)
          good.places.delete(context.to!)
          return sink
        },
      })),
  },
  {
    fault: 'leaves half of a restore behind',
    failing: 'leaves no trace of what is given up',
    says: /left something behind: .*partial/,
    make: () => inPageFile((good) => restoring(good, () => ({ abort: async () => {} }))),
  },
  {
    fault: 'does not look at its signal before it restores',
    failing: 'prepares nothing when the signal fired before',
    says: /must fail with cancelled/,
    make: () => inMemory((good) => ({ ...good, restore: ({ signal: _, ...context }) => good.restore(context) })),
  },
  {
    fault: 'needs less room than the data has',
    failing: 'knows how much room it needs, if it says so',
    says: /it needs 10 bytes/,
    make: () => inMemory((good) => restoring(good, () => ({ space: async () => ({ neededBytes: 10 }) }))),
  },
]

describe('a source is found out that', () => {
  test.each(broken)('$fault', async ({ failing, says, make }) => {
    const outcomes = await outcomesOf(make, (name) => name === failing)
    expect(String(outcomes[failing])).toMatch(says)
  })
})

describe('the suite', () => {
  test('has a fault here for each of its tests', async () => {
    const names = Object.keys(await outcomesOf(() => inChangedPages()))
    const proved = new Set(broken.map(({ failing }) => failing))
    expect(names.filter((name) => !proved.has(name))).toEqual([])
    expect([...proved].filter((name) => !names.includes(name))).toEqual([])
  })

  test('says what is missing when a source works with files', async () => {
    const { files: _, ...fixture } = await inPageFile()
    const outcomes = await outcomesOf(() => fixture, (name) => name.startsWith('calls complete'))
    expect(String(outcomes['calls complete what was read to its end'])).toMatch(/fixture has to say in `files`/)
  })

  test('leaves out only what exists, and only for a reason', () => {
    const api = { describe: (_: string, body: () => void) => body(), test: () => {} }
    expect(() => sourceSuite(api, () => inMemory(), { off: { 'flies to the moon': 'no wings' } })).toThrow(/no such test: flies/)
    expect(() => sourceSuite(api, () => inMemory(), { off: { 'refuses a place where something is': ' ' } })).toThrow(/Say why/)
  })
})

/** Runs the suite as a test runner would, and notes what became of each test. */
async function outcomesOf(make: Broken['make'], wanted: (name: string) => boolean = () => true): Promise<Record<string, unknown>> {
  const bodies: [name: string, body: () => Promise<void>][] = []
  const api = {
    describe: (_: string, body: () => void) => body(),
    test: (name: string, body: () => Promise<void>) => bodies.push([name, body]),
  }
  sourceSuite(api, make, { changed: true })
  const outcomes: Record<string, unknown> = {}
  for (const [name, body] of bodies.filter(([candidate]) => wanted(candidate))) {
    outcomes[name] = await body().then(
      () => 'passed',
      (error: unknown) => error,
    )
  }
  return outcomes
}

function inMemory(alter: (good: MemorySource) => BackupSource = (good) => good): SourceFixture {
  const good = memorySource({ text: text(150_000), noise: noise(100_000, 1), nothing: new Uint8Array(0) })
  let changes = 0
  let places = 0
  return {
    source: alter(good),
    change() {
      // In place too, as an application that works on its own buffers would.
      good.streams.set('text', edited(text(140_000 + ++changes), [120_000], changes))
      good.streams.get('noise')!.set(noise(50, changes), 90_000)
    },
    freshPlace: () => `place ${++places}`,
    contents: async (place) => good.places.has(place) ? Object.fromEntries(good.places.get(place)!) : undefined,
    traces: async () => [...good.places.keys()],
  }
}

async function inPageFile(alter: (good: BackupSource, folder: string) => BackupSource = (good) => good): Promise<SourceFixture> {
  const folder = await freshFolder()
  const live = join(folder, 'live')
  await writeFile(live, noise(200_000, 2))
  let changes = 0
  let places = 0
  return {
    source: alter(pageFile(live), folder),
    change: async () => writeFile(live, edited(noise(200_000 + 100 * ++changes, 2), [10, 190_000], changes)),
    freshPlace: () => join(folder, `place-${++places}`),
    contents: async (place) => contentsOf(place),
    traces: () => readdir(folder),
    files,
  }
}

async function inChangedPages(ways: Partial<Ways> = {}): Promise<SourceFixture> {
  const [spool, random] = [await freshFolder(), seededRandom(3)]
  const source = changedPages(spool, noise(60_000, 3), ways)
  let places = 0
  return {
    source,
    change() {
      const length = random.below(4) === 0 ? 40_000 + random.below(40_000) : source.data.length
      const data = new Uint8Array(length)
      data.set(source.data.subarray(0, length))
      for (let edits = random.below(5); edits >= 0; edits--) data.set(random.bytes(20), random.below(length - 20))
      source.data = data
    },
    freshPlace: () => `place ${++places}`,
    contents: async (place) => source.places.has(place) ? contentsOf(source.places.get(place)!) : undefined,
    files,
  }
}

const files: SuiteFiles = {
  async read(path, offset, length) {
    const file = await open(path)
    try {
      const { buffer } = await file.read(new Uint8Array(length), 0, length, offset)
      return buffer
    } finally {
      await file.close()
    }
  },
  async write(path, offset, bytes) {
    const file = await open(path, 'r+')
    try {
      await file.write(bytes, 0, bytes.length, offset)
    } finally {
      await file.close()
    }
  },
}

async function contentsOf(path: string): Promise<Record<string, Uint8Array> | undefined> {
  if (!(await readdir(dirname(path))).includes(basename(path))) return undefined
  return { main: Uint8Array.from(await readFile(path)) }
}

/** The same source with something else about its snapshots. */
function opening<Source extends BackupSource>(good: Source, alter: (snapshot: SourceSnapshot) => Partial<SourceSnapshot>): Source {
  return {
    ...good,
    async open(context) {
      const snapshot = await good.open(context)
      return { ...snapshot, ...alter(snapshot) }
    },
  }
}

/** The same source with other bytes in its pieces. */
function bytesOf(good: MemorySource, alter: (piece: Uint8Array, at: number, name: string) => Uint8Array): MemorySource {
  return opening(good, (snapshot) => ({
    async *streams() {
      for await (const { name, content } of snapshot.streams()) {
        if (content.kind !== 'bytes') continue
        const read = async function* (): AsyncGenerator<Uint8Array> {
          let at = 0
          for await (const piece of content.read()) {
            yield alter(piece, at, name)
            at += piece.length
          }
        }
        yield { name, content: { ...content, read } }
      }
    },
  }))
}

/** The same source with something else about its restores. */
function restoring<Source extends BackupSource>(good: Source, alter: (sink: RestoreSink) => Partial<RestoreSink>): Source {
  return {
    ...good,
    async restore(context) {
      const sink = await good.restore(context)
      return { ...sink, ...alter(sink) }
    },
  }
}

function inPlace(path: string): RestoreSink {
  return {
    async open({ size }) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, new Uint8Array(size))
      return { kind: 'file', path }
    },
    commit: async () => ({ place: path, requiresRestart: false }),
    abort: () => rm(path, { force: true }),
  }
}

function fail(why: string): never {
  throw new Error(why)
}
