import { expect, test } from 'vitest'
import { configText } from './config-text.ts'
import type { SetupPlan } from './plan.ts'

const plan: SetupPlan = {
  source: { kind: 'sqlite', path: 'shop.db' },
  target: { kind: 'local', path: './backups' },
  secret: { place: 'env', name: 'BACKUP_PASSPHRASE', passphrase: 'not to be seen' },
  retention: 'everything',
  schedule: 'none',
}

test('a config imports what it uses, and no more', () => {
  expect(configText(plan)).toBe(`import { defineBackup } from '@backup/cli'
import { passphrase } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'

// What is backed up, where to, and what opens it. Every option: https://www.npmjs.com/package/@backup/core
export default defineBackup({
  source: sqlite('shop.db'),
  providers: [local('./backups')],
  keys: passphrase(process.env['BACKUP_PASSPHRASE']),
})
`)
})

test('no secret stands in it, wherever the passphrase is', () => {
  const inFile: SetupPlan = { ...plan, secret: { place: 'file', file: '.backup-passphrase', passphrase: 'not to be seen' }, retention: 'fifteen-years', schedule: 'day' }
  for (const each of [plan, inFile]) expect(configText(each)).not.toContain('not to be seen')
  expect(configText(inFile)).toContain("schedule: { daily: '03:00' }")
  expect(configText(inFile)).toContain(`passphrase(readFileSync(new URL('./.backup-passphrase', import.meta.url), 'utf8').trim())`)
})

test('quotes and backslashes of a path stay what they are', () => {
  const text = configText({ ...plan, source: { kind: 'sqlite', path: String.raw`C:\Anna's\shop.db` } })
  expect(text).toContain(String.raw`sqlite('C:\\Anna\'s\\shop.db')`)
})
