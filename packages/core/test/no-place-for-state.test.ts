import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupConfig, createBackup, rawKey, type Run } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { memoryProvider, type MemoryProvider } from '../src/testing/index.ts'
import { freshFolder, freshState, text } from './fixtures.ts'

/** Local state is a cache: where there is no place for it, data still goes in and comes back. */

const key = rawKey(new Uint8Array(32).fill(15))
const content = text(60_000)
let folder: string
let place: MemoryProvider

beforeEach(async () => {
  folder = await freshFolder()
  place = memoryProvider()
  await writeFile(join(folder, 'live'), content)
  await writeFile(join(folder, 'not a folder'), '')
})
afterEach(() => void vi.unstubAllEnvs())

describe('where the home folder cannot be written to', () => {
  beforeEach(() => {
    for (const name of ['HOME', 'USERPROFILE', 'XDG_CACHE_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, join(folder, 'not a folder', 'home'))
  })

  test('a restore, a plan, a listing and a verification work, and say that there is no state', async () => {
    await repository()
    const { warnings } = await told(open().restore('latest', { to: join(folder, 'restored') }))
    expect(Buffer.compare(await readFile(join(folder, 'restored')), content)).toBe(0)
    expect(warnings).toContainEqual(expect.stringContaining('There is no local state'))
    expect(await open().plan('latest', { to: join(folder, 'elsewhere') })).toMatchObject({ restoreBytes: content.length })
    expect(await open().snapshots()).toHaveLength(1)
    expect((await told(open().verify({ depth: 'data' }))).result).toMatchObject({ ok: true })
    await expect(open().verify({ depth: 'restore' })).rejects.toMatchObject({ kind: 'unsupported', hint: expect.stringContaining('"state"') as string })
  })

  test('init and runs work too, and a warning says what nobody will notice', async () => {
    const backup = open()
    expect(await backup.init()).toMatchObject({ created: true })
    const { warnings } = await told(backup.run())
    expect(warnings).toHaveLength(2)
    expect(warnings).toContainEqual(expect.stringContaining('There is no local state'))
    expect(warnings).toContainEqual(expect.stringContaining('nobody notices if'))
    // As long as the Backup is open, it remembers what did not change.
    expect((await told(backup.run())).result).toMatchObject({ freshBytes: 0 })
    await open().restore('latest', { to: join(folder, 'restored') })
    expect(Buffer.compare(await readFile(join(folder, 'restored')), content)).toBe(0)
  })
})

describe('where the folder that was named for state cannot be made', () => {
  const missing = (): Partial<BackupConfig> => ({ state: join(folder, 'not a folder', 'state') })

  test('init and runs say so and do nothing', async () => {
    await expect(open(missing()).init()).rejects.toMatchObject({ kind: 'permanent', key: expect.stringContaining('not a folder') as string })
    expect(place.objects.size).toBe(0)
    await repository()
    const before = place.objects.size
    await expect(open(missing()).run()).rejects.toMatchObject({ kind: 'permanent', key: expect.stringContaining('not a folder') as string })
    expect(place.objects.size).toBe(before)
  })

  test('who reads is warned, and gets what he wants', async () => {
    await repository()
    const { warnings } = await told(open(missing()).restore('latest', { to: join(folder, 'restored') }))
    expect(warnings).toContainEqual(expect.stringContaining('There is no local state'))
    expect(Buffer.compare(await readFile(join(folder, 'restored')), content)).toBe(0)
  })

  test('a run after a restore is refused all the same, until the folder can be made', async () => {
    await repository()
    const backup = open(missing())
    await backup.restore('latest', { to: join(folder, 'restored') })
    await expect(backup.run()).rejects.toMatchObject({ kind: 'permanent' })
    expect(await backup.snapshots()).toHaveLength(1)
    await rm(join(folder, 'not a folder'))
    await mkdir(join(folder, 'not a folder'))
    await backup.run()
    expect(await backup.snapshots()).toHaveLength(2)
  })
})

function open(more: Partial<BackupConfig> = {}): Backup {
  return createBackup({ source: pageFile(join(folder, 'live')), providers: [place], keys: key, workers: 0, compression: 'lz4', ...more })
}

/** With a snapshot, made by somebody who has a state. */
async function repository(): Promise<void> {
  const backup = open({ state: await freshState() })
  await backup.init()
  await backup.run()
}

async function told<Result>(run: Run<Result>): Promise<{ result: Result; warnings: string[] }> {
  const warnings: string[] = []
  for await (const event of run) if (event.type === 'warning') warnings.push(`${event.message} ${event.hint}`)
  return { result: await run, warnings }
}
