import { BackupError } from '../errors.ts'
import {
  all,
  failure,
  fails,
  holds,
  patient,
  same,
  type Place,
  type ProviderTest,
} from './provider-suite-place.ts'

// Who may: credentials that are refused, over or renewed. `auth` says what to do in its hint, for nobody can
// guess it.

const key = 'packs/0a/0a01'
const kept = 'packs/0b/kept'
const generalHint = new BackupError('auth', '').hint

export const accessTests: readonly ProviderTest[] = [
  {
    name: 'reports refused rights as auth, whatever was asked',
    covers: [27],
    needs: ['denied'],
    async run({ provider, random, inject }) {
      await provider.put(kept, random.bytes(10))
      const { happened } = await inject('denied')
      await fails('auth', () => provider.put(key, random.bytes(10)))
      await fails('auth', () => provider.get(kept))
      await fails('auth', () => provider.delete(kept))
      await fails('auth', async () => provider.list('')[Symbol.asyncIterator]().next())
      holds(happened() >= 4, 'the store did not refuse every call')
    },
  },
  {
    name: 'says how to sign in again when the sign-in is over',
    covers: [27],
    needs: ['reauth'],
    run: async (place) => {
      await refusedForGood(place, 'reauth')
    },
  },
  {
    name: 'reports a closed account as auth, says whom to ask, and does not knock again',
    covers: [32],
    needs: ['suspended'],
    run: async (place) => {
      await refusedForGood(place, 'suspended')
    },
  },
  {
    name: 'renews an access token that expires, also in the middle of an upload',
    covers: [28],
    needs: ['expired-token', 'refreshes', 'chunkBytes'],
    async run({ fixture, provider, random, inject }) {
      const body = random.bytes(3 * (fixture.chunkBytes ?? 0) + 7)
      const before = fixture.refreshes?.() ?? 0
      let expiring: ReturnType<typeof inject> | undefined
      await provider.put(key, body, { onProgress: () => (expiring ??= inject('expired-token')) })
      holds(expiring !== undefined, 'a put of several chunks told no progress')
      const fault = await expiring
      same(await provider.get(key), body, 'an object during whose upload the token expired')
      holds(fault.happened() > 0, 'no request carried an expired token')
      const refreshes = (fixture.refreshes?.() ?? 0) - before
      holds(refreshes === 1, `the token was renewed ${refreshes} times instead of once`)
    },
  },
  {
    name: 'renews an expired token once for twenty calls, and leaves it to the next process',
    covers: [29],
    needs: ['expired-token', 'refreshes'],
    async run({ fixture, provider, random, inject, other }) {
      const body = random.bytes(100)
      await provider.put(kept, body)
      const before = fixture.refreshes?.() ?? 0
      const fault = await inject('expired-token')
      const got = await Promise.all(Array.from({ length: 20 }, () => provider.get(kept)))
      holds(fault.happened() > 0, 'no request carried an expired token')
      for (const bytes of got) same(bytes, body, 'an object got while the token was renewed')
      const refreshes = (fixture.refreshes?.() ?? 0) - before
      holds(refreshes === 1, `twenty calls renewed the token ${refreshes} times instead of once`)
      // The store may have taken back the refresh token that the first process began with.
      await inject('expired-token')
      same(await (await other()).get(kept), body, 'an object got by the next process')
    },
  },
  {
    name: 'works, or blames the clock, when the clock is twenty minutes off',
    covers: [38],
    needs: ['clock-skew'],
    async run({ provider, random, inject }) {
      const body = random.bytes(1_000)
      await provider.put(kept, body)
      const fault = await inject('clock-skew')
      const one = patient(provider)
      for (const work of [
        async () => same(await one.get(kept), body, 'an object got with a wrong clock'),
        async () => holds((await one.stat(kept))?.size === 1_000, 'stat is wrong when the clock is'),
        async () => holds((await all(one.list('packs/'))).length <= 1, 'an unknown object is listed'),
        async () => one.put(key, body),
      ]) {
        await work().catch((error: unknown) => {
          if (!BackupError.is(error)) throw error
          holds(
            error.kind === 'config',
            `a wrong clock made a call fail with ${error.kind}: ${error.message}`,
          )
          holds(/clock|time/i.test(error.message + error.hint), `"${error.message}" does not blame the clock`)
        })
      }
      holds(fault.happened() > 0, 'the clock was right')
    },
  },
]

/**
 * Every call must fail with `auth` and a hint of its own, at once: an account that is refused is not asked
 * over and over.
 */
async function refusedForGood(
  { provider, random, inject }: Place,
  what: 'reauth' | 'suspended',
): Promise<void> {
  await provider.put(kept, random.bytes(10))
  const fault = await inject(what)
  const retries: string[] = []
  const one = patient(provider, { onRetry: ({ operation }) => retries.push(operation) })
  const calls = [
    () => one.put(key, random.bytes(10)),
    () => one.get(kept),
    () => one.stat(kept),
    () => one.delete(kept),
    () => all(one.list('')),
  ]
  for (const call of calls) {
    const error = await failure('auth', call)
    holds(error.hint !== generalHint, `"${error.message}" only has the general hint: say what to do about it`)
    holds(!error.retryable, `"${error.message}" is said to be worth a retry`)
  }
  holds(retries.length === 0, `calls that were refused for good were repeated ${retries.length} times`)
  holds(fault.happened() > 0, 'the store refused nothing')
  const most = 3 * calls.length
  holds(fault.happened() <= most, `${calls.length} calls knocked ${fault.happened()} times at a closed door`)
}
