import { BackupError } from '../errors.ts'
import { holds, othersRun, same, type Place, type ProviderTest } from './provider-suite-place.ts'

const key = 'packs/0a/0a01'
const MiB = 1024 * 1024

export const callTests: readonly ProviderTest[] = [
  {
    name: 'lets eight puts of one key by two clients end in one object',
    covers: [12],
    async run({ provider, other, random, settles }) {
      const second = await other()
      const body = random.bytes(300_000)
      await Promise.all(Array.from({ length: 8 }, (_, at) => (at % 2 ? provider : second).put(key, body)))
      same(await second.get(key), body, 'the object')
      await settles('', [key])
    },
  },
  {
    name: 'shows an object whole or not at all while it is put',
    covers: [13],
    async run({ provider, other, random }) {
      const reader = await other()
      const body = random.bytes(6 * MiB)
      let putting = true
      const put = provider.put(key, body).finally(() => {
        putting = false
      })
      while (putting) {
        const info = await reader.stat(key)
        holds(
          info === undefined || info.size === body.length,
          `stat shows ${info?.size} of ${body.length} bytes`,
        )
        if (info) same(await reader.get(key), body, 'an object read while it was put')
        await othersRun()
      }
      await put
      same(await reader.get(key), body, 'the object')
    },
  },
  {
    name: 'does nothing when the signal fired before the call',
    async run({ provider, random, refuses, settles }) {
      await provider.put('packs/0b/kept', random.bytes(10))
      const signal = AbortSignal.abort()
      const notSent = { arrives: false }
      await refuses('cancelled', () => provider.put(key, random.bytes(10), { signal }), notSent)
      await refuses('cancelled', () => provider.get('packs/0b/kept', { signal }), notSent)
      await refuses('cancelled', () => provider.stat('packs/0b/kept', { signal }), notSent)
      await refuses('cancelled', () => provider.delete('packs/0b/kept', { signal }), notSent)
      await refuses('cancelled', () => provider.open({ signal }), notSent)
      await settles('packs/', ['packs/0b/kept'])
    },
  },
  {
    name: 'leaves all or nothing of a put that is cancelled on the way',
    covers: [14],
    async run(place) {
      const body = place.random.bytes(4 * MiB)
      for (const afterMs of [0, 1, 2, 5, 10, 20])
        await cancelPut(place, `packs/0a/after-${afterMs}`, body, afterMs)
      await cancelPut(place, 'packs/0a/at-first-progress', body, 'first progress')
    },
  },
  {
    name: 'returns all or nothing of a get that is cancelled on the way',
    covers: [5],
    async run({ provider, random }) {
      const body = random.bytes(8 * MiB)
      await provider.put(key, body)
      for (const afterMs of [0, 1, 2, 5]) {
        const controller = new AbortController()
        setTimeout(() => controller.abort(), afterMs)
        const got = await provider.get(key, { signal: controller.signal }).catch(cancelledOnly)
        if (got) same(got, body, 'an object whose get was cancelled too late')
      }
    },
  },
  {
    name: 'shows a second client what the first one did',
    covers: [18],
    async run({ provider, other, random, settles }) {
      const second = await other()
      const body = random.bytes(1_000)
      await provider.put(key, body)
      same(await second.get(key), body, 'the object')
      holds((await second.stat(key))?.size === 1_000, 'a second client does not see an object')
      await settles('', [key], second)
      await second.delete(key)
      holds((await provider.stat(key)) === undefined, 'the first client still sees what the second deleted')
    },
  },
]

async function cancelPut(
  { provider }: Place,
  name: string,
  body: Uint8Array,
  when: number | 'first progress',
): Promise<void> {
  const controller = new AbortController()
  if (when !== 'first progress') setTimeout(() => controller.abort(), when)
  const done = await provider
    .put(name, body, {
      signal: controller.signal,
      onProgress: () => when === 'first progress' && controller.abort(),
    })
    .then(() => true, cancelledOnly)
  const info = await provider.stat(name)
  holds(!done || info !== undefined, 'a put that succeeded left no object')
  if (info) same(await provider.get(name), body, 'an object whose put was cancelled too late')
}

function cancelledOnly(error: unknown): undefined {
  holds(
    BackupError.is(error, 'cancelled'),
    `a cancelled call failed with ${String(error)} instead of cancelled`,
  )
}
