import { holds, same, type ProviderTest } from './provider-suite-place.ts'

const key = 'packs/0a/0a01'

export const rangeTests: readonly ProviderTest[] = [
  {
    name: 'returns fifty random ranges byte for byte',
    covers: [3],
    async run({ provider, random }) {
      const body = random.bytes(300_007)
      await provider.put(key, body)
      for (let time = 0; time < 50; time++) {
        const offset = random.below(body.length)
        const length = random.below(body.length - offset) + 1
        const got = await provider.get(key, { range: { offset, length } })
        same(got, body.subarray(offset, offset + length), `the range of ${length} bytes from ${offset}`)
      }
    },
  },
  {
    name: 'returns first and last bytes, and nothing for a range of length zero',
    async run({ provider, random }) {
      const body = random.bytes(1_000)
      await provider.put(key, body)
      for (const [offset, length] of [
        [0, 1],
        [999, 1],
        [0, 1_000],
        [0, 0],
        [500, 0],
        [1_000, 0],
      ] as const) {
        const got = await provider.get(key, { range: { offset, length } })
        same(got, body.subarray(offset, offset + length), `the range of ${length} bytes from ${offset}`)
      }
      await provider.put('packs/0b/empty', new Uint8Array())
      const nothing = await provider.get('packs/0b/empty', { range: { offset: 0, length: 0 } })
      holds(nothing.length === 0, 'an empty object has bytes')
    },
  },
  {
    name: 'refuses a range that the object does not have, and never returns less',
    covers: [4],
    async run({ provider, random, refuses }) {
      await provider.put(key, random.bytes(1_000))
      await provider.put('packs/0b/empty', new Uint8Array())
      for (const [offset, length] of [
        [0, 1_001],
        [999, 2],
        [1_000, 1],
        [1_001, 0],
        [5_000, 10],
        [2 ** 40, 1],
      ] as const) {
        await refuses('range', () => provider.get(key, { range: { offset, length } }))
      }
      await refuses('range', () => provider.get('packs/0b/empty', { range: { offset: 0, length: 1 } }))
    },
  },
]
