import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packKey } from '../src/format/names.ts'
import { type Backup, type BackupProvider, createBackup, combine, keepDaily, keepHourly, keepLast, rawKey } from '../src/index.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { portableRuntime } from '../src/portable/runtime.ts'
import { memoryProvider } from '../src/testing/index.ts'
import { seededRandom } from '../src/testing/seeded-random.ts'
import { changedPages } from './changed-pages.ts'
import { noise } from './fixtures.ts'

const key = rawKey(new Uint8Array(32).fill(22))
const pageBytes = 512
/** Three nodes, and one above them. */
const pages = 700
const hour = 3_600_000

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'repeated-'))))
afterEach(() => rm(folder, { recursive: true }))

/** A backup in a process that goes on, and somebody who knows nothing but the place. */
async function made(keep = keepLast(20)) {
  const place = memoryProvider()
  const counts = { gets: 0 }
  const counted: BackupProvider = { ...place, get: (...call) => (counts.gets++, place.get(...call)) }
  const source = changedPages(folder, noise(pages * pageBytes, 1))
  let now = Date.UTC(2031, 0, 1)
  let states = 0
  const open = (provider: BackupProvider): Backup =>
    createBackup({
      source,
      providers: [provider],
      keys: key,
      runtime: { ...nodeRuntime, openState: portableRuntime.openState },
      workers: 0,
      state: `${folder}-${++states}`,
      compression: 'store',
      retention: keep,
      clock: () => new Date(now),
    })
  const backup = open(counted)
  await backup.init()
  const random = seededRandom(3)
  return {
    backup,
    counts,
    place,
    async run(times: number): Promise<void> {
      for (let time = 0; time < times; time++) {
        now += 3 * hour
        for (let change = 0; change < 4; change++) {
          const start = random.below(pages) * pageBytes
          source.data.set(random.bytes(8), start)
        }
        await backup.run()
      }
    },
    /** What is needed, as the one that goes on sees it, and as a stranger does. */
    async bothPlans() {
      const stranger = open(counted)
      const plans = await Promise.all([backup, stranger].map((each) => each.collectionPlan()))
      await stranger.close()
      return plans.map(({ packs, packBytes, neededBytes, snapshots }) => ({ packs, packBytes, neededBytes, snapshots }))
    },
    open: () => open(counted),
  }
}

describe('collections one after the other, in a process that goes on', () => {
  test('find what a stranger finds, while snapshots come and go and packs are gathered', async () => {
    const { backup, run, bothPlans, open } = await made(combine(keepHourly({ days: 1 }), keepDaily({ days: 5 })))
    let gathered = 0
    for (let day = 0; day < 18; day++) {
      await run(8)
      const { collection } = await backup.prune()
      gathered += collection.gatheredPacks
      const [own, strangers] = await bothPlans()
      expect(own).toEqual(strangers)
    }
    expect(gathered).toBeGreaterThan(0)
    expect(await open().verify({ depth: 'data' })).toMatchObject({ ok: true })
  })

  test('read no lists of snapshots that were written here, and those of others once', async () => {
    const { backup, counts, run, place, open } = await made(keepLast(1000))
    await run(40)
    // As long as every pack is one that a snapshot names, nothing is looked for.
    place.objects.set(packKey('ab'.repeat(32)), new Uint8Array(10))
    const other = open()
    const read = async (by: Backup): Promise<number> => {
      const before = counts.gets
      await by.collectionPlan()
      return counts.gets - before
    }
    expect(await read(backup)).toBeLessThan(10)
    await other.snapshots()
    expect(await read(other)).toBeGreaterThan(35)
    expect(await read(other)).toBeLessThan(10)
    await run(1)
    expect(await read(backup)).toBeLessThan(10)
    expect(await read(other)).toBeLessThan(15)
  })
})
