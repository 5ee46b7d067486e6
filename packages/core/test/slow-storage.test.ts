import { expect, test, vi } from 'vitest'
import { createBackup, rawKey } from '../src/index.ts'
import type { BackupProvider } from '../src/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'

vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))

/**
 * Storage that does not answer for a while. The engine goes on for as long as that costs no more memory than one full pack
 * that waits, and then stops reading.
 */

const key = rawKey(new Uint8Array(32).fill(9))
const packBytes = 64 << 10

test('a pack is put together while another one is on its way, and then the engine waits', async () => {
  const bytes = noise(40 * packBytes, 1)
  const { provider, place, held, letGo } = holding()
  const source = memorySource({ main: bytes })
  const backup = createBackup({
    source,
    providers: [provider],
    keys: key,
    runtime: withoutFiles,
    workers: 0,
    state: freshMemoryState(),
    compression: 'store',
  })
  await backup.init()
  held.packs = true
  const run = backup.run()
  let readBytes = 0
  const watched = (async () => {
    for await (const event of run) if (event.type === 'progress') readBytes = event.doneBytes
  })()
  await vi.waitFor(() => expect(held.waiting).toBe(1))
  await settled(() => readBytes)
  const most = readBytes
  // The one that is held, the next one, and what is on its way through the lane.
  expect(most).toBeGreaterThanOrEqual(2 * packBytes)
  expect(most).toBeLessThan(5 * packBytes)
  expect(held.waiting).toBe(1)

  letGo()
  await run
  await watched
  expect(readBytes).toBe(bytes.length)
  await backup.restore('latest')
  expectStreams(source.places.get('live'), { main: bytes })
  expect(place.objects.size).toBeGreaterThan(40)
})

/** A provider that takes one pack at a time, and lets none through while it is held. */
function holding(): {
  provider: BackupProvider
  place: ReturnType<typeof memoryProvider>
  held: { packs: boolean; waiting: number }
  letGo(): void
} {
  const place = memoryProvider()
  const held = { packs: false, waiting: 0 }
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  const provider: BackupProvider = {
    ...place,
    capabilities: { ...place.capabilities, concurrency: 1 },
    async put(name, body, options) {
      if (held.packs && name.startsWith('packs/')) {
        held.waiting++
        await gate
      }
      return place.put(name, body, options)
    },
  }
  return {
    provider,
    place,
    held,
    letGo() {
      held.packs = false
      open()
    },
  }
}

/** Waits until a number has not changed for a while. */
async function settled(number: () => number): Promise<void> {
  for (let still = 0, last = number(); still < 10; still = number() === last ? still + 1 : 0) {
    last = number()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
