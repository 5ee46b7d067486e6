import { expect, test, vi } from 'vitest'
import { createBackup, rawKey } from '../src/index.ts'
import type { BackupProvider, BackupSource } from '../src/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'

vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))

/**
 * Storage that does not answer for a while. The engine goes on for as long as that costs no more memory than one full pack
 * that waits, and then stops reading.
 */

const key = rawKey(new Uint8Array(32).fill(9))
const packBytes = 64 << 10

test.each([
  // Threads get blocks of 1 MiB, and two of them at a time.
  { workers: 1, least: 2, most: 33 },
  { workers: 0, least: 1, most: 4 },
])('with $workers workers no more is read than fits into the packs that are put together', async ({ workers, least, most: limit }) => {
  const bytes = noise(40 * packBytes, 1)
  const { provider, place, held, letGo } = holding()
  const source = memorySource({ main: bytes })
  let readBytes = 0
  const backup = createBackup({
    source: counting(source, (bytesOfPiece) => (readBytes += bytesOfPiece)),
    providers: [provider],
    keys: key,
    runtime: withoutFiles,
    workers,
    state: freshMemoryState(),
    compression: 'store',
  })
  await backup.init()
  held.packs = true
  const run = backup.run()
  await vi.waitFor(() => expect(held.waiting).toBe(1), { timeout: 20_000 })
  await settled(() => readBytes)
  const most = readBytes
  expect(most).toBeGreaterThanOrEqual(least * packBytes)
  expect(most).toBeLessThan(limit * packBytes)
  expect(held.waiting).toBe(1)

  letGo()
  await run
  expect(readBytes).toBe(bytes.length)
  await backup.restore('latest')
  expectStreams(source.places.get('live'), { main: bytes })
  expect(place.objects.size).toBeGreaterThan(40)
})

/** Tells how many bytes the engine has taken. */
function counting(source: BackupSource, onPiece: (bytes: number) => void): BackupSource {
  return {
    ...source,
    async open(context) {
      const snapshot = await source.open(context)
      return {
        ...snapshot,
        async *streams() {
          for await (const { name, content } of snapshot.streams()) {
            if (content.kind !== 'bytes') throw new Error('The memory source hands out bytes.')
            const read = async function* (): AsyncGenerator<Uint8Array> {
              for await (const piece of content.read()) {
                onPiece(piece.length)
                yield piece
              }
            }
            yield { name, content: { ...content, read } }
          }
        },
      }
    },
  }
}

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
