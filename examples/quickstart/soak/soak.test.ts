import { createHash } from 'node:crypto'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStore } from '@backup-internal/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RepositoryCheck, checkRepository, packSizes } from './check-repository.ts'
import { readLog } from './logged.ts'
import { runBackup } from './run-backup.ts'
import { soak } from './soak.ts'

test('a backup killed eight times loses nothing and sends little twice', { timeout: 180_000 }, async () => {
  const report = await soak({ kills: 8, bytes: 10e6 })
  expect(report.faults).toEqual([])
  expect(report.kills).toBe(8)
  expect(Object.values(report.killedWhile).reduce((sum, count) => sum + count, 0)).toBe(8)
  expect(report.snapshots).toBeGreaterThanOrEqual(2 * report.repositories)
  expect(report.excessBytes).toBeLessThanOrEqual(report.allowedBytes)
  expect(report.allowedBytes).toBeGreaterThan(8e6)
  expect(report.lostPacks).toBeLessThanOrEqual(8)
})

describe('the check of a repository', () => {
  let folder: string
  let sha256: string
  const at = (name: string): string => join(folder, name)
  const check = (repository: string, ...versions: string[]): Promise<RepositoryCheck> =>
    checkRepository(repository, at('store.db'), versions)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'soak-test-'))
    createStore(at('store.db'), { bytes: 1e6 })
    sha256 = createHash('sha256').update(readFileSync(at('store.db'))).digest('hex')
    await backUp('whole', sha256)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function backUp(repository: string, note: string): Promise<void> {
    const [state, log] = [at(`${repository}-state`), at(`${repository}.log`)]
    await runBackup({ database: at('store.db'), repository: at(repository), state, log, sha256: note }, {})
  }

  function copy(name: string): { repository: string; pack: string } {
    cpSync(at('whole'), at(name), { recursive: true })
    const [pack = ''] = packSizes(at(name)).keys()
    return { repository: at(name), pack: join(at(name), pack) }
  }

  test('finds a whole one whole', async () => {
    expect(await check(at('whole'), sha256)).toEqual({ snapshots: 1, orphans: 0, faults: [] })
    expect([...readLog(at('whole.log')).stored]).toEqual([...packSizes(at('whole'))])
  })

  test('finds a byte that was changed', async () => {
    const { repository, pack } = copy('changed')
    const bytes = readFileSync(pack)
    bytes[1000]! ^= 1
    writeFileSync(pack, bytes)
    const { faults } = await check(repository, sha256)
    expect(faults.length).toBeGreaterThan(1)
    expect(faults.at(-1)).toMatch(/^Snapshot \w+ cannot be restored/)
  })

  test('finds a snapshot that is not of what it should be', async () => {
    await backUp('mistaken', 'another')
    const { faults } = await check(at('mistaken'), 'another')
    expect(faults).toEqual([expect.stringMatching(/^Snapshot \w+ is not what was backed up/)])
  })

  test('finds that a version is missing', async () => {
    const { repository } = copy('other')
    const { faults } = await check(repository, sha256, 'another')
    expect(faults).toEqual(['No snapshot holds version another.'])
  })

  test('takes away packs that nobody needs', async () => {
    const { repository, pack } = copy('orphan')
    const orphan = pack.replace(/[0-9a-f]{8}$/, '00000000')
    cpSync(pack, orphan)
    expect(await check(repository, sha256)).toEqual({ snapshots: 1, orphans: 1, faults: [] })
    expect(packSizes(repository).size).toBe(1)
  })
})

test('the log tells packs that were stored from those that were on their way', () => {
  const folder = mkdtempSync(join(tmpdir(), 'soak-log-'))
  const log = join(folder, 'log')
  appendFileSync(log, 'begin packs/00/a 5\nend packs/00/a 5\nbegin commits/x 1\nbegin packs/00/b 7\n')
  const { stored, interrupted } = readLog(log)
  expect([...stored]).toEqual([['packs/00/a', 5]])
  expect([...interrupted]).toEqual([['packs/00/b', 7]])
  expect(readLog(join(folder, 'none')).stored.size).toBe(0)
  rmSync(folder, { recursive: true })
})

test('a backup that fails by itself is no kill', async () => {
  const nowhere = join(tmpdir(), 'nowhere', 'at-all')
  const places = { database: nowhere, repository: `${nowhere}\0`, state: nowhere, log: nowhere }
  await expect(runBackup({ ...places, sha256: '' }, {})).rejects.toThrow('A backup ended with code 1')
})
