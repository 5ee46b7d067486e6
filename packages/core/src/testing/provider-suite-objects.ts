import { holds, same, type ProviderTest } from './provider-suite-place.ts'

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

/** Around the size at which this store's client begins to cut. */
function sizesAround(chunkBytes: number | undefined): number[] {
  return chunkBytes === undefined ? [] : [chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes + 7]
}

export const objectTests: readonly ProviderTest[] = [
  {
    name: 'knows nothing of a key that was never put',
    covers: [1],
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
    covers: [2],
    async run({ fixture, provider, random }) {
      for (const size of new Set([...sizes, ...sizesAround(fixture.chunkBytes)])) {
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
    covers: [25],
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
]
