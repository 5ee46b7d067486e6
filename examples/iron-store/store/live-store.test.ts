import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type LiveStore, liveStore } from './live-store.ts'

let live: LiveStore

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'iron-store-'))
  live = liveStore(join(folder, 'store.db'))
  onTestFinished(async () => {
    await live.close()
    rmSync(folder, { recursive: true })
  })
})

const rename = (name: string): Promise<string> => live.write((store) => store.shop.change({ name }).name)
const nameNow = (): Promise<string> => live.read((store) => store.shop.get().name)

test('while writes are held, who reads is served and who writes is asked to come again', async () => {
  const release = live.holdWrites()
  await expect(rename('Later')).rejects.toMatchObject({ code: 'restoring' })
  expect(await nameNow()).toBe('Iron Store')
  release()
  release()
  expect(await rename('Later')).toBe('Later')
})

test('of two that hold writes, the last one lets them go', async () => {
  const [one, other] = [live.holdWrites(), live.holdWrites()]
  one()
  await expect(rename('Early')).rejects.toMatchObject({ code: 'restoring' })
  other()
  expect(await rename('Now')).toBe('Now')
})

test('while the file is replaced nobody has it open, and who reads waits for the new one', async () => {
  let reading: Promise<string> | undefined
  await live.whileClosed(async () => {
    reading = nameNow()
    const other = new DatabaseSync(live.file)
    // Needs the file for itself alone.
    other.exec("PRAGMA journal_mode = DELETE; UPDATE shop SET name = 'Restored'")
    other.close()
  })
  expect(await reading).toBe('Restored')
})

test('when what was done to the file failed, the store is there all the same', async () => {
  await expect(live.whileClosed(async () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full')
  expect(await rename('Still here')).toBe('Still here')
})

test('what came into its place can be tried before anybody else sees it, and is closed when it is of no use', async () => {
  await live.whileClosed(async (tryIt) => {
    const other = new DatabaseSync(live.file)
    other.exec('PRAGMA user_version = 99')
    expect(tryIt).toThrow('newer version')
    other.exec('PRAGMA user_version = 1')
    // Only where nobody has it open.
    other.exec('PRAGMA journal_mode = DELETE')
    other.close()
    tryIt()
  })
  expect(await rename('As before')).toBe('As before')
})

test('the connection serves who brings rows back while writes are held, and nobody while the file is replaced', async () => {
  const release = live.holdWrites()
  expect(live.handle.prepare('SELECT name FROM shop').get()).toEqual({ name: 'Iron Store' })
  release()
  await live.whileClosed(async () => expect(() => live.handle.prepare('SELECT 1')).toThrow('being restored'))
})
