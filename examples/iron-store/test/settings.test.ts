import type { BackupSettings } from '@backup/core'
import { expect, test } from 'vitest'
import { machine } from './machine.ts'
import { talk } from './talk.ts'

test.each([
  ['fifteen-years', /30 days.*for ever.*emergency.*90 days/s, /7 days.*10 years.*for ever.*emergency.*90 days/s],
  ['year', /30 days.*1 year/, /7 days.*1 year/],
  ['last-100', /the last 100/, /the last 30/],
])('to keep %s means fewer while a place has little room left', async (keep, usually, whenFull) => {
  const shop = machine({ days: 0 })
  const { ask } = talk((await shop.start()).url)
  await ask('/api/store/settings', { backupFolder: shop.backups, keep })
  const settings = await ask<BackupSettings>('/api/backup/configuration')
  expect(settings.retention.join()).toMatch(usually)
  expect(settings.whenFull).toEqual({ above: 0.9, retention: [expect.stringMatching(whenFull)] })
})
