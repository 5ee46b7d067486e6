import { maxKeyLength } from '../provider/check-key.ts'
import { fails, holds, same, type ProviderTest } from './provider-suite-place.ts'

const key = 'packs/0a/0a01'
const MiB = 1024 * 1024

// Around the sizes at which stores cut bodies into pieces: 64 KiB, 320 KiB, 1 MiB, 8 MiB.
const sizes = [
  0,
  1,
  2,
  65_535,
  65_536,
  65_537,
  327_679,
  327_680,
  327_681,
  MiB,
  MiB + 1,
  3 * MiB + 7,
  8 * MiB,
  8 * MiB + 1,
]

const oddKeys = [
  'a/b/c',
  '0/0/0',
  'packs/0a/a..b',
  'packs/0a/a.',
  'packs/0a/a-_-',
  'packs/0a/a._.-z',
  'restore/1/restore.mjs',
  'commits/203112/31t235959999z-0a',
  `longest/key/${'k'.repeat(maxKeyLength - 12)}`,
]

const illegalKeys = [
  '',
  'packs',
  'packs/0a',
  'packs/0a/',
  '/packs/0a/x',
  'packs/0A/x',
  'packs/0a/../x',
  '../0a/x',
  'a/b/c/d',
  'packs/0a/x y',
  `a/b/${'c'.repeat(97)}`,
]

export const objectTests: readonly ProviderTest[] = [
  {
    name: 'opens a place that was created, and refuses one that is not there',
    created: false,
    async run({ fixture, provider }) {
      const early = await fixture.second()
      await fails('target-missing', () => early.open({}))
      await fails('target-missing', () => provider.open({}))
      await provider.open({ create: true })
      const late = await fixture.second()
      await late.open({})
      await late.open({ create: true })
      await late.put(key, new Uint8Array([7]))
      same(await provider.get(key), new Uint8Array([7]), 'what a second client put')
      for (const client of [early, late]) await client.close?.()
    },
  },
  {
    name: 'knows nothing of a key that was never put',
    async run({ provider, refuses }) {
      holds((await provider.stat(key)) === undefined, 'stat knows an object that was never put')
      await refuses('not-found', () => provider.get(key))
      await refuses('not-found', () => provider.get(key, { range: { offset: 0, length: 1 } }))
      await refuses('not-found', () => provider.get(key, { range: { offset: 0, length: 0 } }))
      await provider.delete(key)
    },
  },
  {
    name: 'returns objects of every size as they were put',
    async run({ provider, random }) {
      for (const size of sizes) {
        const body = random.bytes(size)
        const name = `packs/00/size-${size}`
        await provider.put(name, body)
        same(await provider.get(name), body, `an object of ${size} bytes`)
        holds((await provider.stat(name))?.size === size, `stat misstates the size of ${size} bytes`)
      }
    },
  },
  {
    name: 'takes a body that is a window into a larger buffer',
    async run({ provider, random }) {
      const buffer = random.bytes(200_000)
      await provider.put(key, buffer.subarray(1_001, 150_001))
      same(await provider.get(key), buffer.slice(1_001, 150_001), 'the object')
    },
  },
  {
    name: 'stores the same bytes again without complaint',
    async run({ provider, random, listing }) {
      const body = random.bytes(100_000)
      for (let time = 0; time < 3; time++) await provider.put(key, body)
      same(await provider.get(key), body, 'the object')
      holds(
        (await listing('packs/')).length <= 1,
        'an object that was put three times is listed more than once',
      )
    },
  },
  {
    name: 'refuses to replace an object by one of another size',
    async run({ provider, random, refuses }) {
      const body = random.bytes(1_000)
      await provider.put(key, body)
      for (const size of [0, 999, 1_001]) await refuses('exists', () => provider.put(key, random.bytes(size)))
      same(await provider.get(key), body, 'the object that was there')
    },
  },
  {
    name: 'shares no memory with its caller',
    async run({ provider, random }) {
      const body = random.bytes(1_000)
      const kept = body.slice()
      await provider.put(key, body)
      body.fill(0)
      const got = await provider.get(key)
      same(got, kept, 'the object after its body was reused')
      got.fill(0)
      same(await provider.get(key), kept, 'the object after a result was reused')
    },
  },
  {
    name: 'tells progress that only grows and never passes the size',
    async run({ provider, random }) {
      const body = random.bytes(3 * MiB + 1)
      const told: number[] = []
      await provider.put(key, body, { onProgress: (sentBytes) => told.push(sentBytes) })
      holds(
        told.every((sent, at) => sent >= (told[at - 1] ?? 0) && sent <= body.length),
        `progress jumps: ${told.join(', ')}`,
      )
    },
  },
  {
    name: 'deletes an object twice and stores it again',
    async run({ provider, random, refuses, settles }) {
      const body = random.bytes(5_000)
      await provider.put(key, body)
      await provider.delete(key)
      await provider.delete(key)
      holds((await provider.stat(key)) === undefined, 'stat knows a deleted object')
      await refuses('not-found', () => provider.get(key))
      await settles('packs/', [])
      const other = random.bytes(6_000)
      await provider.put(key, other)
      same(await provider.get(key), other, 'the object that was stored after the delete')
      await settles('packs/', [key])
    },
  },
  {
    name: 'takes the oddest keys that the rule allows',
    async run({ provider, settles }) {
      for (const [at, odd] of oddKeys.entries()) await provider.put(odd, new Uint8Array([at]))
      for (const [at, odd] of oddKeys.entries()) same(await provider.get(odd), new Uint8Array([at]), odd)
      await settles('', oddKeys)
    },
  },
  {
    name: 'refuses keys and prefixes that break the rule',
    async run({ provider, refuses, settles }) {
      const notSent = { arrives: false }
      for (const illegal of illegalKeys) {
        await refuses('config', () => provider.put(illegal, new Uint8Array([1])), notSent)
        await refuses('config', () => provider.get(illegal), notSent)
        await refuses('config', () => provider.stat(illegal), notSent)
        await refuses('config', () => provider.delete(illegal), notSent)
      }
      for (const illegal of ['/', '../', 'packs//', 'PACKS/', 'packs/0a/x/']) {
        await refuses('config', async () => provider.list(illegal)[Symbol.asyncIterator]().next(), notSent)
      }
      await settles('', [])
    },
  },
  {
    name: 'tells its usage in whole bytes, or not at all',
    async run({ provider }) {
      const usage = (await provider.usage?.()) ?? {}
      for (const [what, bytes] of Object.entries(usage)) {
        holds(Number.isSafeInteger(bytes) && bytes >= 0, `usage tells ${what} = ${bytes}`)
      }
    },
  },
]
