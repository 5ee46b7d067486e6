import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Backup, type BackupProvider, createBackup, keepLast, rawKey } from '../src/index.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { portableRuntime } from '../src/portable/runtime.ts'
import { outgrown } from '../src/repository/outgrown.ts'
import { memoryProvider } from '../src/testing/index.ts'
import { seededRandom } from '../src/testing/seeded-random.ts'
import { changedPages } from './changed-pages.ts'
import { noise } from './fixtures.ts'

const { vainBytes } = outgrown
const pages = 700
const pageBytes = 512
const day = 86_400_000

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'outgrown-'))))
afterEach(async () => {
  outgrown.vainBytes = vainBytes
  await rm(folder, { recursive: true })
})

/** Days of a process that backs up and prunes, and keeps two snapshots. */
async function made() {
  const place = memoryProvider()
  const counts = { opened: 0, puts: 0 }
  const counted: BackupProvider = {
    ...place,
    // Nothing but opening a repository reads what it is.
    get: (key, options) => ((counts.opened += key.startsWith('slots/') ? 1 : 0), place.get(key, options)),
    put: (key, body, options) => ((counts.puts += key.startsWith('packs/') ? body.length : 0), place.put(key, body, options)),
  }
  const source = changedPages(folder, noise(pages * pageBytes, 1))
  let now = Date.UTC(2031, 0, 1)
  let states = 0
  const open = (): Backup =>
    createBackup({
      source,
      providers: [counted],
      keys: rawKey(new Uint8Array(32).fill(23)),
      runtime: { ...nodeRuntime, openState: portableRuntime.openState },
      workers: 0,
      state: `${folder}-${++states}`,
      compression: 'store',
      retention: keepLast(2),
      clock: () => new Date(now),
    })
  const random = seededRandom(5)
  const change = async (backup: Backup): Promise<void> => {
    now += day
    for (let page = 0; page < 40; page++) source.data.set(random.bytes(8), random.below(pages) * pageBytes)
    await backup.run()
  }
  const days = async (backup: Backup, times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      await change(backup)
      await backup.prune()
    }
  }
  const backup = open()
  await backup.init()
  return { backup, counts, open, change, days, source }
}

test('a process that goes on forgets what nobody names any more, and goes on', async () => {
  outgrown.vainBytes = 10_000
  const { backup, counts, days, open, source } = await made()
  await days(backup, 20)
  const before = { ...counts }
  await days(backup, 30)
  // Some 45 units a day that last for two days, of 40 bytes each, in two segments or more.
  expect(counts.opened - before.opened).toBeGreaterThanOrEqual(2)
  expect(counts.opened - before.opened).toBeLessThanOrEqual(20)
  // It knew all the same what was stored: nothing was sent again.
  expect((counts.puts - before.puts) / 30).toBeLessThan((pages * pageBytes) / 4)
  const last = (await backup.snapshots())[0]!
  await backup.restore(last.id, { to: join(folder, 'back') })
  const stranger = open()
  expect(await stranger.verify({ depth: 'data' })).toMatchObject({ ok: true, snapshots: (await backup.snapshots()).length })
  expect(source.data.length).toBe(pages * pageBytes)
})

test('a process that only looks forgets too', async () => {
  outgrown.vainBytes = 10_000
  const { backup, counts, days, open } = await made()
  const looker = open()
  await looker.snapshots()
  let opened = 0
  for (let round = 0; round < 4; round++) {
    await days(backup, 12)
    const before = counts.opened
    await looker.verify()
    await looker.snapshots()
    opened += counts.opened - before
  }
  expect(opened).toBeGreaterThanOrEqual(1)
})

test('what is known in vain is not worth to begin anew, as long as it is little', async () => {
  const { backup, counts, days } = await made()
  await days(backup, 2)
  const before = counts.opened
  await days(backup, 12)
  expect(counts.opened).toBe(before)
})
