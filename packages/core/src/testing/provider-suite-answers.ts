import { BackupError } from '../errors.ts'
import type { FixtureFault } from './provider-suite-fixture.ts'
import { all, fails, holds, same, type Place, type ProviderTest } from './provider-suite-place.ts'

// Between a client and its store stand proxies, and stores have bad days. An answer that makes no sense is no
// answer.

const key = 'packs/0a/0a01'
const kept = 'packs/0b/kept'

export const answerTests: readonly ProviderTest[] = [
  {
    name: 'reports a page of a gateway in place of an answer as transient',
    covers: [36],
    needs: ['html-error'],
    run: (place) => transient(place, 'html-error'),
  },
  {
    name: 'reports a server error without words as transient',
    covers: [36],
    needs: ['empty-error'],
    run: (place) => transient(place, 'empty-error'),
  },
  {
    name: 'takes no nonsense for an answer',
    covers: [36],
    needs: ['garbage'],
    run: (place) => rightOrError(place, 'garbage'),
  },
  {
    name: 'takes no error for an answer because its status is 200',
    covers: [36],
    needs: ['error-in-200'],
    run: (place) => rightOrError(place, 'error-in-200'),
  },
  {
    name: 'hears a refusal that comes before the body was sent',
    covers: [37],
    needs: ['early-refusal'],
    async run({ provider, random, inject }) {
      const fault = await inject('early-refusal')
      await fails('auth', () => provider.put(key, random.bytes(8 * 1024 * 1024)))
      holds(fault.happened() > 0, 'nothing was refused early')
      await fault.end()
      holds((await provider.stat(key)) === undefined, 'an object that was refused is there')
    },
  },
]

async function transient({ provider, random, inject }: Place, what: FixtureFault): Promise<void> {
  const body = random.bytes(1_000)
  await provider.put(kept, body)
  const fault = await inject(what)
  const calls = [
    () => provider.put(key, body),
    () => provider.get(kept),
    () => provider.stat(kept),
    () => provider.delete(kept),
    () => all(provider.list('')),
  ]
  for (const call of calls) await fails('transient', call)
  holds(fault.happened() >= calls.length, 'the store answered as it should')
  await fault.end()
  same(await provider.get(kept), body, 'an object after the store had a bad day')
}

/** What a call says it did must be true; otherwise it has to fail, and to say that the store is at fault. */
async function rightOrError({ provider, random, inject, settles }: Place, what: FixtureFault): Promise<void> {
  const body = random.bytes(1_000)
  await provider.put(kept, body)
  await settles('', [kept])
  const fault = await inject(what)
  const put = await rightOr(() => provider.put(key, body))
  const got = await rightOr(() => provider.get(kept))
  const stat = await rightOr(() => provider.stat(kept))
  const list = await rightOr(() => all(provider.list('')))
  const range = await rightOr(() => provider.get(kept, { range: { offset: 5, length: 10 } }))
  holds(fault.happened() > 0, 'the store answered as it should')
  await fault.end()

  if (put.done) same(await provider.get(key), body, 'an object whose put got an answer without sense')
  if (got.done) same(got.value, body, 'an object whose get got an answer without sense')
  if (range.done) same(range.value, body.subarray(5, 15), 'a range whose get got an answer without sense')
  if (stat.done)
    holds(stat.value?.size === body.length, `stat took nonsense for ${stat.value?.size ?? 'no'} bytes`)
  if (list.done)
    holds(
      list.value.some((object) => object.key === kept),
      'nonsense was taken for an empty listing',
    )
  same(await provider.get(kept), body, 'an object after the store talked nonsense')
}

async function rightOr<T>(call: () => Promise<T>): Promise<{ done: false } | { done: true; value: T }> {
  try {
    return { done: true, value: await call() }
  } catch (error) {
    holds(
      BackupError.is(error, 'transient', 'corrupt', 'permanent', 'unsupported'),
      `an answer without sense made a call fail with ${String(error)}`,
    )
    return { done: false }
  }
}
