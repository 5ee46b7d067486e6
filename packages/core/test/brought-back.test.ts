import { expect, test } from 'vitest'
import type { Backup } from '../src/index.ts'
import { type MemoryProvider, type MemorySource, memoryProvider, memorySource } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, noise } from './fixtures.ts'
import { machine } from './machine.ts'

/** A provider that was away for long brings back what was removed meanwhile: nobody may count on what is gone. */

const day = 86_400_000
let now = Date.UTC(2031, 0, 1)

const open = (place: MemoryProvider, source: MemorySource, state = freshMemoryState()): Backup =>
  machine({ source, providers: [place], state, clock: () => new Date(now) })

const once = noise(50_000, 9)

/** Everything that had to do with a stream was removed for good; what there was before, by name. */
async function forgotten(): Promise<{ place: MemoryProvider; before: Map<string, Uint8Array> }> {
  const place = memoryProvider()
  const source = memorySource({ main: noise(3000, 1) })
  const state = freshMemoryState()
  const backup = open(place, source, state)
  await backup.init()
  await backup.run()
  const before = new Map<string, Uint8Array>()
  source.streams.set('once', once)
  for (let rounds = 0; rounds < 9; rounds++) {
    now += 3 * day
    if (rounds === 1) source.streams.delete('once')
    source.streams.set('main', noise(3000, rounds + 10))
    await backup.run()
    for (const [name, bytes] of place.objects) before.set(name, bytes)
    await backup.prune()
    for (const [name, bytes] of place.objects) before.set(name, bytes)
  }
  await backup.close()
  const large = [...before].filter(([name, { length }]) => name.startsWith('packs/') && length > 50_000)
  expect(large.length).toBeGreaterThan(0)
  for (const [name] of large) expect(place.objects.has(name)).toBe(false)
  return { place, before }
}

test.each(['commits', 'index'])('%s that are there again are not counted on for what is gone', async (folder) => {
  const { place, before } = await forgotten()
  let back = 0
  for (const [name, bytes] of before) {
    if (!name.startsWith(`${folder}/`) || place.objects.has(name)) continue
    place.objects.set(name, bytes)
    back++
  }
  expect(back).toBeGreaterThan(1)
  const source = memorySource({ once })
  const { id, freshBytes } = await open(place, source).run()
  expect(freshBytes).toBe(once.length)
  await open(place, source).restore(id)
  expectStreams(source.places.get('live'), { once })
  // And they go again.
  await open(place, memorySource()).collect()
  if (folder === 'index') expect([...place.objects.keys()].filter((name) => name.startsWith('index/'))).toHaveLength(1)
})
