import type { BackupProvider } from '../contract/provider.ts'
import { holds, same, type Place, type ProviderTest } from './provider-suite-place.ts'

const MiB = 1024 * 1024

export const loadTests: readonly ProviderTest[] = [
  {
    name: 'agrees with a model after random work by two clients',
    covers: [20],
    async run(place) {
      const { provider, random, settles, sizes } = place
      const clients = [provider, await place.other()]
      const model = new Map<string, Uint8Array>()
      for (let step = 0; step < sizes.modelSteps; step++)
        await randomStep(clients[random.below(2)] ?? provider, place, model)
      await settles('', [...model.keys()])
      for (const [name, body] of model) same(await provider.get(name), body, name)
    },
  },
  {
    name: 'holds no more memory for its puts than it says',
    covers: [40],
    async run({ provider, random, sizes }) {
      const body = random.bytes(32 * MiB)
      // What a runtime adds to each buffer for itself is not the provider's.
      const allowed = puts * (sizes.heldBytesPerPut + 1024)
      const held = await heldWhilePut(provider, body, allowed)
      holds(held <= allowed, `four puts of 32 MiB held ${held} bytes more, not ${allowed}`)
    },
  },
]

const puts = 4

/** Bytes more than before, at most, while the body is put several times at once. */
async function heldWhilePut(provider: BackupProvider, body: Uint8Array, allowed: number): Promise<number> {
  const collect = garbageCollector()
  collect?.()
  const before = heldBytes()
  let most = 0
  const look = (): void => {
    // What nobody holds any more, and was not collected yet, does not count.
    if (heldBytes() - before > allowed) collect?.()
    most = Math.max(most, heldBytes() - before)
  }
  const watch = setInterval(look, 2)
  try {
    await Promise.all(Array.from({ length: puts }, (_, at) => provider.put(`packs/0a/large-${at}`, body)))
  } finally {
    clearInterval(watch)
  }
  look()
  return most
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

/** V8's own, where somebody can be asked for it: Node from 22.3, and 20.16. */
function garbageCollector(): (() => void) | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
  const v8 = process?.getBuiltinModule?.('node:v8') as { setFlagsFromString?(flags: string): void } | undefined
  const vm = process?.getBuiltinModule?.('node:vm') as { runInNewContext?(code: string): unknown } | undefined
  if (!v8?.setFlagsFromString || !vm?.runInNewContext) return undefined
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('globalThis.gc')
  return typeof collect === 'function' ? (collect as () => void) : undefined
}
