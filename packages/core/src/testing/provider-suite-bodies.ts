import type { GetOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { FixtureFault } from './provider-suite-fixture.ts'
import { fails, holds, same, type Place, type ProviderTest } from './provider-suite-place.ts'

// What comes back must be what was asked for, or an error: never less, never other bytes.

const key = 'packs/0a/0a01'
const range = { offset: 1_000, length: 400_000 }

export const bodyTests: readonly ProviderTest[] = [
  {
    name: 'never returns less than was asked for when a body breaks off',
    covers: [15],
    needs: ['cut'],
    run: (place) => neverShort(place, 'cut'),
  },
  {
    name: 'never returns less than was asked for when a body ends early',
    covers: [15],
    needs: ['short-body'],
    run: (place) => neverShort(place, 'short-body'),
  },
  {
    name: 'returns the range or fails when the store ignores ranges',
    covers: [16],
    needs: ['ignores-range'],
    run: (place) => rangeOrError(place, 'ignores-range'),
  },
  {
    name: 'returns the range or fails when the store sends another one',
    covers: [16],
    needs: ['wrong-range'],
    run: (place) => rangeOrError(place, 'wrong-range'),
  },
  {
    name: 'does not vouch for an object that was damaged in the store',
    covers: [17],
    needs: ['flipped'],
    async run({ provider, random, inject }) {
      const body = random.bytes(200_000)
      await provider.put(key, body)
      const fault = await inject('flipped')
      holds(fault.happened() > 0, 'no stored byte changed')
      const got = await provider.get(key).catch((error: unknown) => {
        holds(BackupError.is(error, 'corrupt'), `a get of damaged bytes failed with ${String(error)}`)
      })
      if (got) holds(got.length === body.length, `a damaged object has ${got.length} bytes`)
      const repaired = await provider.put(key, body).then(
        () => true,
        (error: unknown) => {
          holds(BackupError.is(error, 'corrupt'), `a put over damaged bytes failed with ${String(error)}`)
          return false
        },
      )
      if (repaired) same(await provider.get(key), body, 'an object that was put again after it was damaged')
    },
  },
  {
    name: 'takes two objects of one name for one',
    covers: [19],
    needs: ['duplicates'],
    async run({ provider, random, inject, settles, other }) {
      const body = random.bytes(10_000)
      await provider.put(key, body)
      const fault = await inject('duplicates')
      const second = await other()
      await settles('', [key])
      await settles('packs/0a/', [key], second)
      for (const client of [provider, second]) {
        same(await client.get(key), body, 'an object that is there twice')
        holds((await client.stat(key))?.size === body.length, 'stat misstates an object that is there twice')
        await client.put(key, body)
      }
      holds(fault.happened() > 0, 'no object was there twice')
      await fault.end()
      await provider.delete(key)
      await settles('', [])
      for (const client of [provider, second]) {
        holds((await client.stat(key)) === undefined, 'of two objects of one name, one outlived its delete')
        await fails('not-found', () => client.get(key))
      }
    },
  },
]

async function neverShort({ provider, random, inject }: Place, what: FixtureFault): Promise<void> {
  await provider.put(key, random.bytes(500_000))
  const fault = await inject(what)
  for (const options of [{}, { range }] satisfies GetOptions[]) {
    const error = await provider.get(key, options).then(
      ({ length }) => holds(false, `a get whose body broke off returned ${length} bytes`),
      (reason: unknown) => reason,
    )
    holds(
      BackupError.is(error, 'transient', 'corrupt', 'range'),
      `a get whose body broke off failed with ${String(error)}`,
    )
  }
  holds(fault.happened() >= 2, 'no body broke off')
}

async function rangeOrError({ provider, random, inject }: Place, what: FixtureFault): Promise<void> {
  const body = random.bytes(500_000)
  await provider.put(key, body)
  const fault = await inject(what)
  for (const { offset, length } of [range, { offset: 499_990, length: 10 }, { offset: 7, length: 1 }]) {
    const got = await provider.get(key, { range: { offset, length } }).catch((error: unknown) => {
      holds(
        BackupError.is(error, 'corrupt', 'permanent', 'transient', 'unsupported'),
        `a get whose range was not honoured failed with ${String(error)}`,
      )
    })
    if (got) same(got, body.subarray(offset, offset + length), `the range of ${length} bytes from ${offset}`)
  }
  holds(fault.happened() > 0, 'every range was honoured')
  await fault.end()
  same(await provider.get(key), body, 'the whole object')
}
