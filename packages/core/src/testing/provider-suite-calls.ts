import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { holds, othersRun, same, type Place, type ProviderTest } from './provider-suite-place.ts'

const key = 'packs/0a/0a01'
const MiB = 1024 * 1024

export const callTests: readonly ProviderTest[] = [
  {
    name: 'lets eight puts of one key by two clients end in one object',
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
    async run(place) {
      const body = place.random.bytes(4 * MiB)
      for (const afterMs of [0, 1, 2, 5, 10, 20])
        await cancelPut(place, `packs/0a/after-${afterMs}`, body, afterMs)
      await cancelPut(place, 'packs/0a/at-first-progress', body, 'first progress')
    },
  },
  {
    name: 'returns all or nothing of a get that is cancelled on the way',
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
  {
    name: 'agrees with a model after random work by two clients',
    async run(place) {
      const { provider, random, settles } = place
      const clients = [provider, await place.other()]
      const model = new Map<string, Uint8Array>()
      for (let step = 0; step < 200; step++)
        await randomStep(clients[random.below(2)] ?? provider, place, model)
      await settles('', [...model.keys()])
      for (const [name, body] of model) same(await provider.get(name), body, name)
    },
  },
  {
    name: 'holds no more memory for its puts than it says',
    async run({ provider, random, sizes }) {
      const body = random.bytes(32 * MiB)
      const puts = 4
      const before = heldBytes()
      let most = before
      const watch = setInterval(() => {
        most = Math.max(most, heldBytes())
      }, 2)
      try {
        await Promise.all(Array.from({ length: puts }, (_, at) => provider.put(`packs/0a/large-${at}`, body)))
      } finally {
        clearInterval(watch)
      }
      most = Math.max(most, heldBytes())
      const allowed = puts * sizes.heldBytesPerPut
      holds(most - before <= allowed, `four puts of 32 MiB held ${most - before} bytes more, not ${allowed}`)
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

async function randomStep(
  client: BackupProvider,
  { random }: Place,
  model: Map<string, Uint8Array>,
): Promise<void> {
  const name = `packs/0${random.below(3)}/object-${random.below(20)}`
  const known = model.get(name)
  const action = random.below(4)
  if (action === 0) {
    const body = known ?? random.bytes(random.below(3_000))
    await client.put(name, body)
    model.set(name, body)
  } else if (action === 1) {
    await client.delete(name)
    model.delete(name)
  } else if (action === 2) {
    holds((await client.stat(name))?.size === known?.length, `stat of ${name} disagrees with the model`)
  } else if (known) {
    same(await client.get(name), known, name)
  }
}

/** Memory outside the heap of JavaScript, where bodies lie. 0 where the runtime does not tell. */
function heldBytes(): number {
  const { process } = globalThis as {
    process?: { memoryUsage?(): { external: number; arrayBuffers: number } }
  }
  return process?.memoryUsage?.().external ?? 0
}
