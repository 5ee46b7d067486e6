import { expect, test } from 'vitest'
import type { BackupConfig } from './config.ts'
import { createBackup } from './backup.ts'
import { rawKey } from './crypto/keys/raw-key.ts'
import { memoryProvider } from './testing/memory-provider.ts'
import { memorySource } from './testing/memory-source.ts'

const config = {
  source: memorySource(),
  providers: [memoryProvider()],
  keys: rawKey(new Uint8Array(32).fill(7)),
}
const withOptions = (options: object): BackupConfig => ({ ...config, ...options }) as BackupConfig

test.each([
  [{ schedule: { evry: '15m' } }, 'schedule.evry', 'Did you mean "every"?'],
  [{ schedule: { every: '15m', daily: '03:00' } }, 'schedule', 'only one of'],
  [{ schedule: { cron: '0 0 30 2 *' } }, 'schedule.cron', 'never comes'],
  [{ schedule: { daily: '03:00', zone: 'Europe/Berln' } }, 'schedule.zone', 'Europe/Berln'],
  [{ schedule: { daily: '03:00' }, zone: 'Europe/Berln' }, 'zone', 'Europe/Berln'],
  [{ schedule: '15m' }, 'schedule', "{ every: '15m' }"],
])('a schedule that makes no sense is refused: %j', (options, key, words) => {
  const expected = expect.objectContaining({ kind: 'config', key, message: expect.stringContaining(words) })
  expect(() => createBackup(withOptions(options))).toThrow(expected)
})

test('a backup tells its schedule, with the zone that counts', () => {
  const schedule = { daily: '03:00' } as const
  expect(createBackup(withOptions({ schedule, zone: 'Asia/Tokyo' })).schedule).toEqual({ ...schedule, zone: 'Asia/Tokyo' })
  const own = { ...schedule, zone: 'UTC' }
  expect(createBackup(withOptions({ schedule: own, zone: 'Asia/Tokyo' })).schedule).toEqual(own)
  expect(createBackup(config)).not.toHaveProperty('schedule')
})
