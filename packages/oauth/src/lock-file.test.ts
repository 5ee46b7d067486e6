import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeTime } from '../test/fake-time.ts'
import { lockFile } from './lock-file.ts'
import { timeOf } from './time.ts'

/** More than a system gives out. */
const noProcess = 2 ** 22 + 1

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-lock-'))
  path = join(folder, 'tokens.lock')
})
afterEach(() => rm(folder, { recursive: true }))

/** How many were in at the same time, of so many that come. */
async function mostInside(lock: ReturnType<typeof lockFile>, callers: number): Promise<number> {
  let inside = 0
  let most = 0
  const enter = async (): Promise<void> => {
    const release = await lock()
    inside += 1
    most = Math.max(most, inside)
    await new Promise(setImmediate)
    inside -= 1
    await release()
  }
  await Promise.all(Array.from({ length: callers }, enter))
  return most
}

test('lets one in at a time, however many come', async () => {
  expect(await mostInside(lockFile(path, timeOf({}).timers), 8)).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

test('waits for a living holder, and passes over one that does not let go for 90 seconds', async () => {
  const time = fakeTime()
  await lockFile(path, time.timers)()
  const before = await readFile(path, 'utf8')
  const release = await lockFile(path, time.timers)()
  const waited = time.waits.reduce((sum, ms) => sum + ms, 0)
  expect(waited).toBeGreaterThanOrEqual(90_000)
  expect(waited).toBeLessThan(91_000)
  expect(await readFile(path, 'utf8')).not.toBe(before)
  await release()
})

test('a dead holder is passed over at once, and still one at a time gets in, twenty times over', async () => {
  for (let round = 0; round < 20; round += 1) {
    await lockFile(path, timeOf({}).timers)()
    const dead = {
      ...JSON.parse(await readFile(path, 'utf8')),
      pid: noProcess,
      id: `${round}`.padStart(32, '0'),
    }
    await writeFile(path, JSON.stringify(dead))
    const time = fakeTime()
    expect(await mostInside(lockFile(path, time.timers), 6)).toBe(1)
    expect(await readdir(folder)).toEqual([])
  }
})

test('does not judge the pids of another machine, but their lease', async () => {
  const id = 'a'.repeat(32)
  await writeFile(path, JSON.stringify({ id, pid: noProcess, host: 'elsewhere' }))
  const time = fakeTime()
  await lockFile(path, time.timers)()
  expect(time.waits.length).toBeGreaterThanOrEqual(1800)
})

test('a lock file that is empty ends with the lease too', async () => {
  await writeFile(path, '')
  await (
    await lockFile(path, fakeTime().timers)()
  )()
  expect(await readdir(folder)).toEqual([])
})

test('whoever was passed over does not remove the lock of the next one', async () => {
  const time = fakeTime()
  const releaseFirst = await lockFile(path, time.timers)()
  await lockFile(path, time.timers)()
  const held = await readFile(path, 'utf8')
  await releaseFirst()
  expect(await readFile(path, 'utf8')).toBe(held)
})

test('waiting ends when the caller wants it to', async () => {
  await lockFile(path, timeOf({}).timers)()
  const abort = new AbortController()
  const waiting = lockFile(path, timeOf({}).timers)(abort.signal)
  setTimeout(() => abort.abort(), 20)
  await expect(waiting).rejects.toMatchObject({ kind: 'cancelled' })
})
