import { BackupError } from '../errors.ts'
import {
  fails,
  holds,
  same,
  type FixtureFault,
  type Place,
  type ProviderTest,
} from './provider-suite-place.ts'

const key = 'packs/0a/0a01'

export const damageTests: readonly ProviderTest[] = [
  {
    name: 'reports a full store as quota and stores nothing',
    async run(place) {
      const { provider, random } = place
      const body = random.bytes(100_000)
      await provider.put('packs/0b/before', body)
      const happened = await inject(place, 'full')
      await fails('quota', () => provider.put(key, random.bytes(100_000)))
      holds(happened() > 0, 'the store was never full')
      holds((await provider.stat(key)) === undefined, 'an object for which there was no room is there')
      same(await provider.get('packs/0b/before'), body, 'an object that was stored before the store was full')
    },
  },
  {
    name: 'reports refused rights as auth, whatever was asked',
    async run(place) {
      const { provider, random } = place
      await provider.put('packs/0b/before', random.bytes(10))
      const happened = await inject(place, 'denied')
      await fails('auth', () => provider.put(key, random.bytes(10)))
      await fails('auth', () => provider.get('packs/0b/before'))
      await fails('auth', () => provider.delete('packs/0b/before'))
      await fails('auth', async () => provider.list('')[Symbol.asyncIterator]().next())
      holds(happened() >= 4, 'the store did not refuse every call')
    },
  },
  {
    name: 'reports a store out of reach as transient, and never as an empty one',
    async run(place) {
      const { provider, random } = place
      await provider.put('packs/0b/before', random.bytes(10))
      const happened = await inject(place, 'unreachable')
      await fails('transient', () => provider.put(key, random.bytes(10)))
      await fails('transient', () => provider.get('packs/0b/before'))
      await fails('transient', () => provider.stat('packs/0b/before'))
      await fails('transient', () => provider.delete('packs/0b/before'))
      await fails('transient', async () => provider.list('')[Symbol.asyncIterator]().next())
      holds(happened() > 0, 'the store was never out of reach')
    },
  },
  {
    name: 'never returns less than was asked for when a body breaks off',
    async run(place) {
      const { provider, random } = place
      const body = random.bytes(500_000)
      await provider.put(key, body)
      const happened = await inject(place, 'cut')
      for (const options of [{}, { range: { offset: 1_000, length: 400_000 } }]) {
        const error = await provider.get(key, options).then(
          ({ length }) => holds(false, `a get whose body broke off returned ${length} bytes`),
          (reason: unknown) => reason,
        )
        holds(
          BackupError.is(error, 'transient', 'corrupt', 'range'),
          `a get whose body broke off failed with ${String(error)}`,
        )
      }
      holds(happened() >= 2, 'no body broke off')
    },
  },
]

async function inject({ fixture }: Place, fault: FixtureFault): Promise<() => number> {
  holds(
    fixture.inject !== undefined,
    `the fixture has no inject('${fault}'); add it, or switch this test off and say why`,
  )
  const { happened } = await fixture.inject(fault)
  return happened
}
