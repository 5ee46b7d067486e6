import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { BackupProvider } from '../contract/provider.ts'
import { memoryProvider, type MemoryProvider } from './memory-provider.ts'
import {
  type Need,
  offersNothing,
  providerSuite,
  type ProviderFixture,
  type ProviderSuiteToggles,
  themes,
} from './provider-suite.ts'
import { brokenClouds } from '../../test/broken-clouds.ts'
import { modelFixture } from '../../test/model-client.ts'

// The suite is worth something only if each promise that is broken fails the test that is named for it.

type Break = (good: MemoryProvider) => Partial<BackupProvider>

const broken: readonly [test: string, says: string, change: Break][] = [
  [
    'opens a place that was created, and refuses one that is not there',
    'must fail with target-missing',
    () => ({ open: async () => {} }),
  ],
  [
    'knows nothing of a key that was never put',
    'must fail with not-found',
    (good) => ({ get: async (key) => good.objects.get(key) ?? new Uint8Array() }),
  ],
  [
    'returns objects of every size as they were put',
    '65537 bytes has 65536',
    (good) => ({ put: (key, body) => good.put(key, body.slice(0, 65_536)) }),
  ],
  [
    'takes a body that is a window into a larger buffer',
    '200000 bytes instead of 149000',
    (good) => ({ put: (key, body) => good.put(key, new Uint8Array(body.buffer)) }),
  ],
  [
    'stores the same bytes again without complaint',
    'already there',
    (good) => ({
      put: async (key, body) => {
        if (good.objects.has(key)) throw new Error('already there')
        await good.put(key, body)
      },
    }),
  ],
  [
    'refuses to replace an object by one of another size',
    'must fail with exists',
    (good) => ({
      put: async (key, body) => {
        good.objects.set(key, body.slice())
      },
    }),
  ],
  [
    'shares no memory with its caller',
    'after its body was reused',
    (good) => ({
      put: async (key, body) => {
        good.objects.set(key, body)
      },
    }),
  ],
  [
    'tells progress that only grows and never passes the size',
    'progress jumps',
    (good) => ({
      put: async (key, body, options) => {
        await good.put(key, body, options)
        options?.onProgress?.(1)
      },
    }),
  ],
  [
    'deletes an object twice and stores it again',
    'There is no object',
    (good) => ({
      delete: async (key) => {
        await good.get(key)
        await good.delete(key)
      },
    }),
  ],
  [
    'takes the oddest keys that the rule allows',
    '8 of 9 objects',
    (good) => ({ list: (prefix) => only(good.list(prefix), (key) => !key.includes('..')) }),
  ],
  [
    'refuses keys and prefixes that break the rule',
    'must fail with config',
    (good) => ({ stat: async (key) => (key === '' ? undefined : good.stat(key)) }),
  ],
  [
    'tells its usage in whole bytes, or not at all',
    'freeBytes = NaN',
    () => ({ usage: async () => ({ freeBytes: NaN }) }),
  ],
  [
    'returns fifty random ranges byte for byte',
    'differs at byte 0',
    (good) => ({
      get: async (key, { range } = {}) => good.get(key, { range: { offset: 0, length: range?.length ?? 0 } }),
    }),
  ],
  [
    'returns first and last bytes, and nothing for a range of length zero',
    '0 bytes from 0 has 1000',
    (good) => ({
      get: async (key, options) => (options?.range?.length === 0 ? good.get(key) : good.get(key, options)),
    }),
  ],
  [
    'refuses a range that the object does not have, and never returns less',
    'must fail with range',
    (good) => ({
      get: async (key, { range } = {}) => {
        const bytes = await good.get(key)
        return range ? bytes.slice(range.offset, range.offset + range.length) : bytes
      },
    }),
  ],
  [
    'lets eight puts of one key by two clients end in one object',
    'lost a race',
    (good) => ({
      put: async (key, body) => {
        const taken = good.objects.has(key)
        await new Promise((resolve) => setTimeout(resolve, 1))
        if (!taken && good.objects.has(key)) throw new Error('lost a race')
        await good.put(key, body)
      },
    }),
  ],
  [
    'shows an object whole or not at all while it is put',
    'stat shows 10',
    (good) => ({
      put: async (key, body) => {
        good.objects.set(key, body.slice(0, 10))
        await new Promise((resolve) => setTimeout(resolve, 1))
        good.objects.set(key, body.slice())
      },
    }),
  ],
  [
    'does nothing when the signal fired before the call',
    'must fail with cancelled',
    (good) => ({ put: (key, body) => good.put(key, body) }),
  ],
  [
    'leaves all or nothing of a put that is cancelled on the way',
    'cancelled too late has 10 bytes',
    (good) => ({
      put: async (key, body, options) => {
        good.objects.set(key, body.slice(0, 10))
        await new Promise((resolve) => setTimeout(resolve, 10))
        good.objects.delete(key)
        if (options?.signal?.aborted) good.objects.set(key, body.slice(0, 10))
        await good.put(key, body, options)
      },
    }),
  ],
  [
    'returns all or nothing of a get that is cancelled on the way',
    '8388607 bytes instead of 8388608',
    (good) => ({
      get: async (key, { signal } = {}) => {
        const bytes = await good.get(key)
        await new Promise((resolve) => setTimeout(resolve, 20))
        return signal?.aborted ? bytes.slice(1) : bytes
      },
    }),
  ],
  [
    'shows a second client what the first one did',
    'a second client does not see',
    () => ({ stat: async () => undefined }),
  ],
  [
    'agrees with a model after random work by two clients',
    'is there with',
    () => ({ delete: async () => {} }),
  ],
  [
    'holds no more memory for its puts than it says',
    'four puts of 32 MiB held',
    (good) => ({
      put: async (key, body) => {
        const copies = [body.slice(), body.slice()]
        await new Promise((resolve) => setTimeout(resolve, 20))
        await good.put(key, copies[0] ?? body)
      },
    }),
  ],
  [
    'lists every one of many objects exactly once, under every prefix',
    '1000 of 5000',
    (good) => ({ list: (prefix) => only(good.list(prefix), (_, at) => at < 1_000) }),
  ],
  [
    'lists nothing twice and nothing by halves while objects are put',
    'a half object is listed',
    (good) => ({
      put: async (key, body) => {
        good.objects.set(key, body.slice(0, 10))
        await new Promise((resolve) => setTimeout(resolve, 1))
        good.objects.set(key, body.slice())
      },
    }),
  ],
  [
    'stops a listing when its reader leaves',
    'still listing',
    (good) => ({ list: (prefix) => deaf(good.list(prefix)) }),
  ],
  [
    'ends a listing as cancelled when the signal fires',
    'must fail with cancelled',
    (good) => ({ list: (prefix) => good.list(prefix) }),
  ],
  [
    'passes over what others left in the place',
    '2 of 1 objects',
    (good) => ({
      async *list(prefix) {
        yield* good.list(prefix)
        if (good.objects.has('packs/00/ours')) yield { key: 'packs/00/Thumbs.db', size: 0 }
      },
    }),
  ],
]

/** Each theme, and the rows of the table in the guide that its tests stand for. */
const rows: Readonly<Record<string, readonly number[]>> = {
  keys: [26],
  objects: [1, 2, 25],
  ranges: [3, 4],
  calls: [5, 12, 13, 14, 18],
  listing: [21, 22, 23, 24],
  uploads: [6, 7, 8, 9, 10, 11, 14, 39],
  bodies: [15, 16, 17, 19],
  room: [30, 31],
  access: [27, 28, 29, 32, 38],
  patience: [33, 34, 35],
  answers: [36, 37],
  load: [20, 40],
  resources: [40],
}

describe('the provider suite', () => {
  const names = collect(() => fixtureOf(() => ({}))).map(({ name }) => name)

  test('stands for all forty rows, each in its theme', () => {
    const covered = Object.entries(themes).map(([theme, tests]) => [
      theme,
      [...new Set(tests.flatMap(({ covers = [] }) => covers))].sort((a, b) => a - b),
    ])
    expect(Object.fromEntries(covered)).toEqual(rows)
    const all = new Set(Object.values(rows).flat())
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
  })

  test('names no two tests alike', () => {
    expect(new Set(names).size).toBe(names.length)
  })

  test('has a broken provider for each of its tests', () => {
    const caught = [...broken, ...brokenClouds].map(([name]) => name)
    expect([...new Set(caught)].sort()).toEqual([...names].sort())
  })

  test.each(broken)('%s: fails when broken', async (name, says, change) => {
    const found = collect(() => fixtureOf(change)).find((entry) => entry.name === name)
    await expect(found?.body()).rejects.toThrow(says)
  })

  test.each(brokenClouds)('%s: fails when broken (%s)', async (name, says, change) => {
    const found = collect(() => modelFixture(change)).find((entry) => entry.name === name)
    await expect(found?.body()).rejects.toThrow(says)
  })

  test('leaves out what is switched off, and says why', () => {
    const off = { 'stores the same bytes again without complaint': 'one-way store' }
    const skipped: string[] = []
    const run = collect(() => fixtureOf(() => ({})), { off }, skipped)
    expect(run.length).toBe(names.length - 1)
    expect(skipped).toEqual(['stores the same bytes again without complaint (off: one-way store)'])
  })

  test('leaves out what needs something that the store cannot offer, and says why', () => {
    const skipped: string[] = []
    collect(() => fixtureOf(() => ({})), { without: { duplicates: 'names are unique' } }, skipped)
    expect(skipped).toEqual(['takes two objects of one name for one (off: duplicates: names are unique)'])
  })

  test('fails a test whose fault is neither offered nor switched off', async () => {
    const bare = (): ProviderFixture => {
      const good = memoryProvider()
      return { provider: good, second: () => good }
    }
    const needy = Object.values(themes)
      .flat()
      .filter(({ needs = [] }) => needs.length > 0)
    expect(needy.length).toBeGreaterThan(25)
    const run = collect(bare)
    for (const { name } of needy) {
      const found = run.find((entry) => entry.name === name)
      await expect(found?.body()).rejects.toThrow(/does not offer .*switch this test off and say why/)
    }
    // Switched off in one stroke, none of them is left.
    const skipped: string[] = []
    collect(bare, { without: offersNothing('a map is never far away') }, skipped)
    expect(skipped.length).toBe(needy.length)
  })

  test('fails a test whose fault never happened', async () => {
    const idle = (): ProviderFixture => {
      const inject = () => ({ happened: () => 0 })
      return { ...modelFixture(), inject }
    }
    const faulty = Object.values(themes)
      .flat()
      .filter(({ needs = [] }) => modelFixture().faults?.some((fault) => needs.includes(fault)))
    expect(faulty.length).toBeGreaterThan(25)
    for (const { name } of faulty) {
      const found = collect(idle).find((entry) => entry.name === name)
      await expect(found?.body()).rejects.toThrow('Broken promise')
    }
  })

  test.each([
    ['passes', true],
    ['fails', false],
  ])('tells the near end of a connection from the far one: %s when it is closed (%s)', async (_, closes) => {
    const far = new Set<Socket>()
    const server = createServer((socket) =>
      far.add(socket.on('close', () => far.delete(socket)).on('error', () => {})),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const near: Socket[] = []
    const connected = (): ProviderFixture => {
      const good = memoryProvider()
      const open: typeof good.open = async (options) => {
        const { port } = server.address() as AddressInfo
        await new Promise<void>((resolve) => near.push(connect(port, '127.0.0.1', resolve)))
        await good.open(options)
      }
      const close = async (): Promise<void> => {
        if (closes) for (const socket of near) socket.destroy()
      }
      return { provider: { ...good, open, close }, second: () => good, sockets: () => far.size }
    }
    const found = collect(connected).find(({ name }) => name.startsWith('leaves no socket'))
    const ran = await found?.body().then(
      () => 'passed',
      (error: unknown) => String(error),
    )
    expect(near.length).toBe(1)
    expect(ran).toMatch(closes ? /^passed$/ : /after close there is still: 1 TCPSocketWrap/)
    for (const socket of [...near, ...far]) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  test('refuses to switch off a test that it does not have, or for no reason', () => {
    const fixture = () => fixtureOf(() => ({}))
    const name = 'stores the same bytes again without complaint'
    expect(() => collect(fixture, { off: { 'is fast': 'it is slow' } })).toThrow('no such test: is fast')
    expect(() => collect(fixture, { off: { [name]: ' ' } })).toThrow('Say why')
    const wrong = { fog: 'no weather' } as Partial<Record<Need, string>>
    expect(() => collect(fixture, { without: wrong })).toThrow('no such test: fog')
    expect(() => collect(fixture, { without: { full: '' } })).toThrow('Say why')
  })
})

function collect(make: () => ProviderFixture, toggles: ProviderSuiteToggles = {}, skipped: string[] = []) {
  const found: { name: string; body: () => Promise<void> }[] = []
  const add = (name: string, body: () => Promise<void>): void => void found.push({ name, body })
  const skip = (name: string): void => void skipped.push(name)
  providerSuite({ describe: (_, body) => body(), test: Object.assign(add, { skip }) }, make, toggles)
  return found
}

function fixtureOf(change: Break): ProviderFixture {
  const good = memoryProvider()
  const provider = { ...good, ...change(good) }
  return {
    provider,
    second: () => ({ ...memoryProvider({ store: good.store }), ...change(good) }),
    litter: async () => {},
  }
}

async function* only<T extends { key: string }>(
  objects: AsyncIterable<T>,
  keeps: (key: string, at: number) => boolean,
): AsyncGenerator<T> {
  let at = 0
  for await (const object of objects) if (keeps(object.key, at++)) yield object
}

/** A listing that cannot be left: leaving it is an error. */
function deaf<T>(objects: AsyncIterable<T>): AsyncIterable<T> {
  const listing = objects[Symbol.asyncIterator]()
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => listing.next(),
      return: () => Promise.reject(new Error('still listing')),
    }),
  }
}
