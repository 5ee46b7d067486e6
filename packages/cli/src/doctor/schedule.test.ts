import { expect, test } from 'vitest'
import { installedIn } from '../config/os-schedule.ts'
import { checkSchedule } from './schedule.ts'

const name = 'backup-shop-default'
const silent = { code: undefined, text: '' } as const
const fine = { code: 'ok', text: '' } as const

test.each([
  ['waits', 'ok', /^systemd starts backups by itself: backup-shop-default$/],
  ['stopped', 'warn', /does not run/],
  ['absent', 'ok', /"npx backup schedule install"/],
] as const)('a schedule that %s is %s', (installed, level, says) => {
  expect(checkSchedule(name, 'systemd', () => installed)).toMatchObject({ level, says: expect.stringMatching(says) as string })
})

test.each([
  ['active', fine, fine, 'waits'],
  ['there but not active', { code: 3, text: 'inactive' }, fine, 'stopped'],
  ['not there', { code: 3, text: 'inactive' }, { code: 1, text: '' }, 'absent'],
  ['not to be asked for, without systemd', silent, silent, 'absent'],
] as const)('a timer of systemd that is %s', (_, active, unit, installed) => {
  expect(installedIn('systemd', name, (_program, _user, verb) => (verb === 'is-active' ? active : unit))).toBe(installed)
})

test.each([
  ['# backup-shop-default\n0 * * * * cd /srv/shop && node backup run\n', 'waits'],
  ['# backup-shop-default: every hour\n0 * * * * node backup run\n', 'waits'],
  ['# backup-shop-default-2\n0 * * * * node backup run\n', 'absent'],
  ['', 'absent'],
] as const)('the crontab %j', (text, installed) => {
  expect(installedIn('cron', name, () => ({ code: 'ok', text }))).toBe(installed)
})

test.each(['launchd', 'windows'] as const)('%s knows a job by its name', (system) => {
  expect(installedIn(system, name, (...asked) => (asked.includes(name) ? fine : silent))).toBe('waits')
  expect(installedIn(system, name, () => ({ code: 1, text: '' }))).toBe('absent')
})
