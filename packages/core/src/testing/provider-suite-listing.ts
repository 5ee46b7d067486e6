import { capabilitiesOf } from '../contract/provider.ts'
import { all, fails, holds, othersRun, type ProviderTest } from './provider-suite-place.ts'

export const listingTests: readonly ProviderTest[] = [
  {
    name: 'lists every one of many objects exactly once, under every prefix',
    covers: [21],
    async run({ provider, sizes, listing, settles }) {
      const keys = Array.from({ length: sizes.listedObjects }, (_, at) => {
        const digits = ((at * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')
        return `${at % 10 === 0 ? 'commits' : 'packs'}/${digits.slice(0, 2)}/${digits}`
      })
      await inParallel(keys, capabilitiesOf(provider).concurrency, (key, at) =>
        provider.put(key, new Uint8Array(at % 7)),
      )
      const prefixes = [
        '',
        'packs/',
        'commits/',
        'packs/0',
        'packs/00/',
        'packs/00/0',
        'commits/00/00000000',
        'nothing/',
        'pack',
      ]
      for (const prefix of prefixes)
        await settles(
          prefix,
          keys.filter((key) => key.startsWith(prefix)),
        )
      const sizeOf = new Map(keys.map((key, at) => [key, at % 7]))
      const wrong = (await listing('')).find(({ key, size }) => sizeOf.get(key) !== size)
      holds(wrong === undefined, `the listing misstates the size of ${wrong?.key}`)
    },
  },
  {
    name: 'lists nothing twice and nothing by halves while objects are put',
    covers: [22],
    async run({ provider, random, listing, settles }) {
      const body = random.bytes(200_000)
      const keys = Array.from({ length: 40 }, (_, at) => `packs/0${at % 4}/new-${at}`)
      let putting = true
      const puts = inParallel(keys, 4, (key) => provider.put(key, body)).finally(() => {
        putting = false
      })
      do {
        const seen = await listing('packs/')
        holds(new Set(seen.map(({ key }) => key)).size === seen.length, 'an object is listed twice')
        holds(
          seen.every(({ size }) => size === body.length),
          'a half object is listed',
        )
        await othersRun()
      } while (putting)
      await puts
      await settles('packs/', keys)
    },
  },
  {
    name: 'stops a listing when its reader leaves',
    covers: [23],
    async run({ provider, settles }) {
      const keys = Array.from({ length: 20 }, (_, at) => `packs/00/some-${at}`)
      await inParallel(keys, 4, (key) => provider.put(key, new Uint8Array(1)))
      await settles('packs/', keys)
      for await (const { key } of provider.list('packs/')) {
        holds(keys.includes(key), 'an unknown object is listed')
        break
      }
      const listing = provider.list('packs/')
      const thrown = await failsInside(listing)
      holds(thrown, 'an error of the reader does not reach the reader')
      await settles('packs/', keys)
    },
  },
  {
    name: 'ends a listing as cancelled when the signal fires',
    covers: [23],
    async run({ provider, settles, refuses }) {
      const keys = Array.from({ length: 20 }, (_, at) => `packs/00/some-${at}`)
      await inParallel(keys, 4, (key) => provider.put(key, new Uint8Array(1)))
      await settles('packs/', keys)
      const before = { signal: AbortSignal.abort() }
      await refuses('cancelled', () => all(provider.list('packs/', before)), { arrives: false })
      const during = new AbortController()
      await fails('cancelled', async () => {
        for await (const _ of provider.list('packs/', during)) during.abort()
      })
    },
  },
  {
    name: 'passes over what others left in the place',
    covers: [24],
    needs: ['litter'],
    async run({ fixture, provider, settles }) {
      await provider.put('packs/00/ours', new Uint8Array([1]))
      await fixture.litter?.()
      await settles('', ['packs/00/ours'])
      await settles('packs/', ['packs/00/ours'])
      await settles('packs/00/', ['packs/00/ours'])
    },
  },
]

async function failsInside(listing: AsyncIterable<unknown>): Promise<boolean> {
  const mine = new Error('of the reader')
  try {
    for await (const _ of listing) throw mine
  } catch (error) {
    return error === mine
  }
  return false
}

/** Runs the work for all items, `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, at: number) => Promise<unknown>,
): Promise<void> {
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [at, item] of queue) await work(item, at)
  }
  await Promise.all(Array.from({ length: width }, worker))
}
