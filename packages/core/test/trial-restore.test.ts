import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BackupSource } from '../src/contract/source.ts'
import { type Backup, createBackup, rawKey } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { memoryProvider, type MemoryProvider } from '../src/testing/index.ts'
import { freshFolder, freshState, text } from './fixtures.ts'

/** `verify` at depth `restore` makes a copy of the data in clear. Nobody wants to find it later. */

const key = rawKey(new Uint8Array(32).fill(16))
const content = text(60_000)

describe('what a trial restore made is gone afterwards', () => {
  test('when all was well', async () => {
    let seen = 0
    const { backup, leftOver } = await made({ check: async ({ place }) => ({ ok: (seen = (await readFile(place)).length) > 0, findings: [] }) })
    expect(await backup.verify({ depth: 'restore' })).toMatchObject({ ok: true, restore: { restoreBytes: content.length } })
    expect(seen).toBe(content.length)
    expect(await leftOver()).toEqual([])
  })

  test('when the source found fault with it', async () => {
    const { backup, leftOver } = await made({ check: async () => ({ ok: false, findings: ['Row 7 is missing.'] }) })
    expect(await backup.verify({ depth: 'restore' })).toMatchObject({ ok: false, problems: [{ message: 'Row 7 is missing.' }] })
    expect(await leftOver()).toEqual([])
  })

  test('when the source failed, and left things lying about beside it', async () => {
    const { backup, leftOver } = await made({
      async check({ place }) {
        await writeFile(`${place}-wal`, content)
        throw new Error('Out of order.')
      },
    })
    await expect(backup.verify({ depth: 'restore' })).rejects.toThrow('Out of order.')
    expect(await leftOver()).toEqual([])
  })

  test('when it could not be made', async () => {
    const { backup, place, leftOver } = await made({})
    for (const [name, bytes] of place.objects) if (name.startsWith('packs/')) bytes[100]! ^= 1
    expect(await backup.verify({ depth: 'restore' })).toMatchObject({ ok: false })
    expect(await leftOver()).toEqual([])
  })
})

test('a trial restore works where somebody removed the state meanwhile', async () => {
  const { backup, state, leftOver } = await made({})
  await rm(state, { recursive: true })
  expect(await backup.verify({ depth: 'restore' })).toMatchObject({ ok: true })
  expect(await leftOver()).toEqual([])
})

interface Made {
  readonly backup: Backup
  readonly place: MemoryProvider
  readonly state: string
  /** Files and folders that are in the scratch folders. */
  leftOver(): Promise<string[]>
}

async function made(more: Partial<BackupSource>): Promise<Made> {
  const [folder, state] = [await freshFolder(), await freshState()]
  const place = memoryProvider()
  await writeFile(join(folder, 'live'), content)
  const source = { ...pageFile(join(folder, 'live')), ...more }
  const backup = createBackup({ source, providers: [place], keys: key, workers: 0, state, compression: 'lz4' })
  const { repository } = await backup.init()
  await backup.run()
  const scratch = join(state, repository, 'scratch', String(process.pid))
  return { backup, place, state, leftOver: () => readdir(scratch) }
}
