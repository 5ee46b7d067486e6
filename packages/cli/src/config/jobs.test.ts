import { BackupError, type Backup, type BackupConfig } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { chosenJobs, jobsOf } from './jobs.ts'

const config = { source: {}, providers: [], keys: {} } as unknown as BackupConfig
const made = { run() {}, snapshots() {} } as unknown as Backup
const created: BackupConfig[] = []
const create = (given: BackupConfig): Backup => {
  created.push(given)
  return made
}
const namesOf = (given: unknown): string[] => jobsOf(given, create, 'backup.config.ts').map(({ name }) => name)

test.each([
  ['a config', config, ['default']],
  ['a backup that was made already', made, ['default']],
  ['configs and backups by name', { shop: config, forge: made }, ['shop', 'forge']],
  ['a config whose required options are misspelled but one', { soruce: {}, keys: {} }, ['default']],
  ['a config with a plugin that looks like one', { source: { keys: 1 }, providers: [], keys: {} }, ['default']],
  ['an empty object', {}, ['default']],
])('%s is understood', (_, given, names) => {
  expect(namesOf(given)).toEqual(names)
})

test.each([[undefined, 'has no default export'], [5, 'exports no object'], [null, 'exports no object']])('%s is refused', (given, says) => {
  expect(() => namesOf(given)).toThrow(expect.objectContaining({ kind: 'config', message: expect.stringContaining(says) }))
})

test('a backup is made when it is needed, and once', () => {
  created.length = 0
  const [job] = jobsOf(config, create, 'backup.config.ts')
  expect(created).toEqual([])
  expect(job!.open()).toBe(job!.open())
  expect(created).toEqual([config])
})

test('what is wrong with one job says in which file and job', () => {
  const refuse = (): never => {
    throw new BackupError('config', 'Option "zone" is wrong.', { key: 'zone', hint: 'Mend it.' })
  }
  const [job] = jobsOf({ shop: config }, refuse, 'backup.config.ts')
  expect(() => job!.open()).toThrow(expect.objectContaining({ kind: 'config', key: 'zone', hint: 'Mend it.', message: 'backup.config.ts, job "shop": Option "zone" is wrong.' }))
})

describe('of several jobs', () => {
  const jobs = jobsOf({ shop: config, forge: config }, create, 'backup.config.ts')
  test('all are meant when none is named', () => expect(chosenJobs(jobs, [])).toEqual(jobs))
  test('those that are named are meant, in the order of the config', () => {
    expect(chosenJobs(jobs, ['forge', 'shop']).map(({ name }) => name)).toEqual(['shop', 'forge'])
  })
  test('one that is not there is refused', () => {
    expect(() => chosenJobs(jobs, ['shpo'])).toThrow('The config has no job "shpo". Jobs are: shop, forge.')
  })
})
