import { expect, test } from 'vitest'
import { BackupError, createBackup, rawKey } from '../src/index.ts'
import { memorySource } from '../src/testing/index.ts'
import { freshMemoryState, noise, withoutFiles } from './fixtures.ts'
import { switched } from './switched.ts'

/** A provider is there for a moment, lists what nobody else has, and is away again before that can be read. */

test.each(['sessions', 'trash', 'commits'])('what only it has of the class %s stops nobody', async (folder) => {
  const places = [switched(), switched(), switched()].map((place, at) => Object.assign(place, { location: `memory:${at}` }))
  const [first, second, third] = places
  const source = memorySource({ main: noise(3000, 1) })
  const open = (): ReturnType<typeof createBackup> =>
    createBackup({
      source,
      providers: places,
      copies: { required: 2 },
      keys: rawKey(new Uint8Array(32).fill(43)),
      runtime: withoutFiles,
      workers: 0,
      state: freshMemoryState(),
    })
  const writer = open()
  await writer.init()
  const { id } = await writer.run()
  const { id: dropped } = await writer.run()
  await writer.remove([dropped], { reason: 'test' })
  await writer.sync()
  await writer.close()
  const isMeant = (key: string): boolean => key.startsWith(`${folder}/`) && !key.endsWith(id)
  for (const { inner } of [first!, second!]) for (const key of inner.objects.keys()) if (isMeant(key)) inner.objects.delete(key)
  const alone = [...third!.inner.objects.keys()].filter(isMeant)
  expect(alone.length).toBeGreaterThan(0)

  const reader = open()
  const get = third!.get.bind(third!)
  third!.get = async (key, options) => {
    if (alone.includes(key)) third!.fault = new BackupError('target-missing', 'The disk was pulled out.', { plugin: 'memory' })
    return get(key, options)
  }
  const found = await reader.snapshots()
  expect(found.map((snapshot) => snapshot.id)).toContain(id)
  await reader.run()
  await reader.collect()
  expect(third!.fault).toBeDefined()
  await reader.close()
})
