import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examine } from './kills/examine.ts'
import { killUpkeep } from './kills/kill-upkeep.ts'
import { runUpkeep } from './kills/run-upkeep.ts'
import { pageBytes, pages, paths } from './kills/upkeep.ts'

test('prune, gathering, rotation and drills are killed eight times: nothing is lost, and the next process finishes the work', async () => {
  const { faults, kills, killedWhile, restored, removedPacks } = await killUpkeep({ kills: 8 })
  expect(faults).toEqual([])
  expect(kills).toBe(8)
  expect(Object.values(killedWhile).reduce((sum, count) => sum + count, 0)).toBe(8)
  expect(restored).toBeGreaterThanOrEqual(8 * 5)
  expect(removedPacks).toBeGreaterThan(0)
}, 240_000)

describe('the examination of a repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kill-upkeep-test-'))
  const made = new Set<string>()
  beforeAll(async () => {
    writeFileSync(paths(folder).data, randomBytes(pages * pageBytes))
    const onMessage = (message: string): void => void (message.startsWith('made ') && made.add(message.slice(5)))
    await runUpkeep({ folder, opener: 1, next: 2, backups: 3, deeds: [] }, { onMessage })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const objects = (kind: string): string[] => {
    const root = join(paths(folder).repository, kind)
    return readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)).filter((path) => /[0-9a-f]{64}$/.test(path))
  }

  test('finds a whole one whole, and which secret opens it', async () => {
    expect(await examine(folder, [1, 2], made)).toEqual({ openers: [1], restored: 3, faults: [] })
    expect(made.size).toBe(3)
  })

  test('finds that nobody gets in', async () => {
    expect((await examine(folder, [2, 3], made)).faults).toEqual(['Neither the old nor the new secret opens the repository.'])
  })

  test('finds a byte that was changed', async () => {
    const [pack = ''] = objects('packs')
    const bytes = readFileSync(pack)
    rmSync(pack)
    writeFileSync(pack, bytes.with(1000, bytes[1000]! ^ 1))
    await expect(examine(folder, [1], made)).rejects.toMatchObject({ kind: 'corrupt' })
    rmSync(pack)
    writeFileSync(pack, bytes)
  })

  test('finds that a snapshot is gone', async () => {
    rmSync(objects('commits').sort().at(-1)!)
    const { restored, faults } = await examine(folder, [1], made)
    expect(restored).toBe(2)
    expect(faults).toEqual([expect.stringMatching(/^Snapshot [0-9a-f]{64} is gone, and nobody dropped it\.$/)])
  })
})

test('a process that fails by itself is no kill', async () => {
  const nowhere = join(tmpdir(), 'nowhere', 'at\0all')
  const task = { folder: nowhere, opener: 1, next: 2, backups: 1, deeds: [] }
  await expect(runUpkeep(task, { onMessage() {} })).rejects.toThrow('Upkeep ended with code 1')
})
