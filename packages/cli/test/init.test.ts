import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { emptyProject, shopProject } from './project.ts'

// Setting up where nobody can be asked; what somebody is asked is in integration/packed/init.test.ts.

const table = 'CREATE TABLE invoice (id INTEGER PRIMARY KEY, total REAL); INSERT INTO invoice VALUES (1, 9.5), (2, 20)'

test('options are enough for a config, a repository, a backup and a trial restore', async () => {
  const project = emptyProject()
  project.sql('shop.db', table)
  const { code, stdout, stderr } = await project.backupWith({ SECRET: 'six random words' }, 'init', '--source', 'shop.db', '--to', './backups', '--passphrase-env', 'SECRET', '--yes', '--json')
  expect(code).toBe(0)
  const { result } = JSON.parse(stdout)
  expect(result.config).toBe(project.path('backup.config.ts'))
  expect(result.jobs).toMatchObject([{ created: true, recoveryCode: expect.stringMatching(/^[a-z0-9]{6}(-[a-z0-9]{6}){5}$/), verified: { ok: true, restore: { check: { ok: true, counts: { invoice: 2 } } } } }])
  expect(stderr).toContain(result.jobs[0].recoveryCode)
  const config = readFileSync(project.path('backup.config.ts'), 'utf8')
  expect(config).toContain("keys: passphrase(process.env['SECRET'])")
  expect(config).toContain('retention: fifteenYears()')
  expect(config).not.toContain('six random words')
  expect((await project.backupWith({ SECRET: 'six random words' }, 'list')).code).toBe(0)
})

test('a passphrase that is made lies in a file for its owner alone, which git ignores', async () => {
  const project = emptyProject()
  project.sql('shop.db', table)
  mkdirSync(project.path('.git'))
  expect((await project.backup('init', '--source', 'shop.db', '--to', './backups', '--generate-passphrase', '--yes', '--no-backup')).code).toBe(0)
  expect(statSync(project.path('.backup-passphrase')).mode & 0o777).toBe(0o600)
  expect(readFileSync(project.path('.backup-passphrase'), 'utf8')).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){4}\n$/)
  expect(readFileSync(project.path('.gitignore'), 'utf8')).toBe('.backup-passphrase\n')
  expect(await project.backup('list')).toMatchObject({ code: 0, stdout: 'There are no snapshots yet. "npx backup run" makes the first one.\n' })
  // A second time it finds what is there.
  const again = await project.backup('init', '--no-backup')
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^backup\.config\.ts is there already.*\n✓ The repository is there: [0-9a-f]{12}\.\n/) })
})

describe('nothing is written', () => {
  test.each([
    ['when something is not said', [], 3, 'Nobody can be asked here, and this is not said: --source <path>; --to <folder>; --passphrase-env'],
    ['when the source is not there', ['--source', 'none.db', '--to', 'b', '--generate-passphrase'], 3, 'none.db.'],
    ['when the source is no database', ['--source', 'notes.txt', '--to', 'b', '--generate-passphrase'], 3, 'notes.txt is no SQLite database.'],
    ['when the variable is not set', ['--source', 'shop.db', '--to', 'b', '--passphrase-env', 'NOT_SET'], 3, 'The environment variable NOT_SET is not set.'],
    ['when the file of the passphrase is empty', ['--source', 'shop.db', '--to', 'b', '--passphrase-file', 'empty.txt'], 3, 'There is no passphrase in empty.txt.'],
  ])('%s', async (_, args, code, says) => {
    const project = emptyProject()
    project.sql('shop.db', table)
    project.write('notes.txt', 'no database')
    project.write('empty.txt', '\n')
    const ended = await project.backup('init', ...args)
    expect(ended.stderr).toContain(says)
    expect(ended.code).toBe(code)
    expect(existsSync(project.path('backup.config.ts'))).toBe(false)
    expect(existsSync(project.path('.backup-passphrase'))).toBe(false)
  })
})

test('a config that was written by hand gets its repositories, one for each job', async () => {
  const project = shopProject()
  expect(await project.backup('init')).toMatchObject({ code: 0, stdout: expect.stringContaining('backup.config.mjs is there already') })
  expect(existsSync(project.path('backups/format'))).toBe(true)
})

test('where the package is CommonJS, the config says that it is none', async () => {
  const project = emptyProject()
  project.sql('shop.db', table)
  writeFileSync(project.path('package.json'), '{ "type": "commonjs" }')
  const { code, stdout } = await project.backup('init', '--source', 'shop.db', '--to', './backups', '--generate-passphrase', '--yes', '--retention', 'everything')
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ backup\.config\.mts is written\./) })
})
