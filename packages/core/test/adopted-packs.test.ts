import { expect, test } from 'vitest'
import { createBackup, rawKey } from '../src/index.ts'
import { faultyProvider, memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshMemoryState, noise, withoutFiles } from './fixtures.ts'

test('what an interrupted run had stored counts as fresh in the snapshot that has it first', async () => {
  const provider = faultyProvider(memoryProvider(), { put: [{ fault: 'error', kind: 'permanent', on: 'commits/' }] })
  const options = { keys: rawKey(new Uint8Array(32).fill(28)), runtime: withoutFiles, workers: 0, compression: 'store' } as const
  const source = memorySource({ main: noise(300_000, 1) })
  const backup = createBackup({ ...options, source, providers: [provider], state: freshMemoryState() })
  await backup.init()
  await expect(backup.run()).rejects.toMatchObject({ kind: 'permanent' })
  provider.assertAllFired()

  source.streams.set('more', noise(50_000, 2))
  const run = backup.run()
  const adopted: string[] = []
  for await (const event of run) if (event.type === 'pack-stored' && event.adopted) adopted.push(event.key)
  const { freshBytes, storedBytes } = await run
  expect(adopted).toHaveLength(1)
  expect(freshBytes).toBe(350_000)
  // Both say the same about the same data: a ratio far from the usual would look like encryption.
  expect(storedBytes / freshBytes).toBeCloseTo(1, 1)
})
