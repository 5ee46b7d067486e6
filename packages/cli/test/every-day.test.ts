import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Project, configStart, shopProject } from './project.ts'

// A shop's day, in the order of this file: each test goes on where the one before it stopped.

describe('day by day', () => {
  let shop: Project
  beforeAll(async () => {
    shop = shopProject()
    await shop.backup('init', '--no-backup')
  })

  test('before the first backup, list says what to do', async () => {
    expect(await shop.backup('list')).toEqual({ code: 0, stdout: 'There are no snapshots yet. "npx backup run" makes the first one.\n', stderr: '' })
  })

  test('run says what was stored, in one line on stdout', async () => {
    const { code, stdout, stderr } = await shop.backup('run', '--tag', 'first', '--note', 'before the move')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^✓ .*shop\.db: 8\.2 kB backed up in [\d.]+ s, [\d.]+ k?B added\. Snapshot [0-9a-f]{12}\.\n$/)
  })

  test('list shows each snapshot with its marks, and the same as JSON', async () => {
    shop.sql('shop.db', "CREATE TABLE customer (name TEXT); INSERT INTO customer VALUES ('Anna')")
    expect((await shop.backup('run', '--quiet')).code).toBe(0)
    const { stdout } = await shop.backup('list')
    const [heading, first, second, ...more] = stdout.trimEnd().split('\n')
    expect(heading).toMatch(/^ID +TIME +AGE +KIND +SIZE +ADDED +COPIES +MARKS$/)
    expect(first).toMatch(/^[0-9a-f]{12} .* just now +manual +8\.2 kB .* 1 of 1 +first, "before the move"$/)
    expect(second).toMatch(/ 12\.3 kB /)
    expect(more).toEqual([])

    const { command, ok, exitCode, jobs } = JSON.parse((await shop.backup('list', '--json', '--tag', 'first')).stdout)
    expect({ command, ok, exitCode }).toEqual({ command: 'list', ok: true, exitCode: 0 })
    expect(jobs).toMatchObject([{ job: 'default', ok: true, exitCode: 0, result: [{ tags: ['first'], note: 'before the move', sizeBytes: 8192 }] }])
    expect(JSON.parse((await shop.backup('list', '--json', '--last', '1')).stdout).jobs[0].result).toHaveLength(1)
  })

  test('show tells everything about one of them, and how to get it back', async () => {
    const { stdout } = await shop.backup('show')
    expect(stdout).toMatch(/^snapshot +[0-9a-f]{64}$/m)
    expect(stdout).toMatch(/^source +sqlite: .*shop\.db$/m)
    expect(stdout).toMatch(/To see what a restore would do: npx backup restore [0-9a-f]{12} --plan --to <place>/)
  })

  test('diff tells what changed', async () => {
    const [first] = JSON.parse((await shop.backup('list', '--json')).stdout).jobs[0].result
    const { stdout } = await shop.backup('diff', first.id.slice(0, 8))
    expect(stdout).toMatch(/^~ +database +12\.3 kB +8\.2 kB +8\.2 kB +2$/m)
    expect((await shop.backup('diff', 'latest')).stdout).toContain('nothing changed.')
  })

  test('ls and cat look inside without restoring', async () => {
    expect((await shop.backup('ls')).stdout).toMatch(/12\.3 kB +database/)
    const { code, stdout } = await shop.backup('cat', 'latest', '--length', '15')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'SQLite format 3' })
    expect((await shop.backup('cat', 'latest', 'nothing')).stderr).toContain('has no stream "nothing"; it has database.')
    expect(await shop.backup('cat', 'latest', '--json')).toMatchObject({ code: 3 })
  })

  test('ls and cat reach single files of a tree', async () => {
    const files = shopProject({ config: `${configStart}\nimport { files } from '@backup/files'\nexport default { source: files('tree'), providers: [local('backups')], keys }` })
    mkdirSync(files.path('tree/2031'), { recursive: true })
    files.write('tree/2031/logo.svg', '<svg/>')
    files.write('tree/a\nb', 'odd')
    chmodSync(files.path('tree/2031/logo.svg'), 0o640)
    await files.backup('init')
    await files.backup('run')
    const { stdout } = await files.backup('ls', 'latest')
    expect(stdout).toMatch(/^drwxr-xr-x +\S+ \S+ +2031\/$/m)
    expect(stdout).toMatch(/ 3 B .* "a\\nb"$/m)
    expect((await files.backup('ls', 'latest', '2031')).stdout).toMatch(/^-rw-r----- +6 B .* logo\.svg$/m)
    const { entries } = JSON.parse((await files.backup('ls', 'latest', '2031', '--json')).stdout).jobs[0].result
    expect(entries).toMatchObject([{ path: '2031/logo.svg', type: 'file', sizeBytes: 6, mode: 0o640 }])
    expect(await files.backup('cat', 'latest', '2031/logo.svg')).toMatchObject({ code: 0, stdout: '<svg/>' })
    expect((await files.backup('cat', 'latest', '2031/lgoo.svg')).stderr).toContain('Did you mean "2031/logo.svg"?')
  })

  test('restore --plan says what would happen, and touches nothing', async () => {
    const { code, stdout } = await shop.backup('restore', '--plan', '--to', 'copy.db')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^restores +12\.3 kB$/m)
    expect(() => readFileSync(shop.path('copy.db'))).toThrow('ENOENT')
  })

  test('restore to a new place needs no yes', async () => {
    expect((await shop.backup('restore', '--to', 'copy.db')).stdout).toContain(`12.3 kB restored to ${shop.path('copy.db')}`)
    expect(namesIn(shop.path('copy.db'))).toEqual(['Anna'])
  })

  test('restore over the live data without anybody to ask does nothing without --yes', async () => {
    shop.sql('shop.db', "UPDATE customer SET name = 'Berta'")
    const { code, stderr } = await shop.backup('restore')
    expect(code).toBe(12)
    expect(stderr).toContain('If you mean it, run the same command with --yes.')
    expect(namesIn(shop.path('shop.db'))).toEqual(['Berta'])
  })

  test('with --yes it replaces them, and says where what was there is kept', async () => {
    const { code, stdout } = await shop.backup('restore', '--yes')
    expect(code).toBe(0)
    expect(namesIn(shop.path('shop.db'))).toEqual(['Anna'])
    const [, kept] = /What was there before is kept: (.+)\n/.exec(stdout)!
    expect(namesIn(kept!)).toEqual(['Berta'])
  })

  test('verify finds nothing, and restores for a trial when it is asked to', async () => {
    expect((await shop.backup('verify')).stdout).toMatch(/^✓ No damage \(structure\): 2 snapshots in 2 packs of /)
    expect((await shop.backup('verify', '--depth', 'restore')).stdout).toMatch(/✓ A trial restore of 12\.3 kB worked, and the source finds it sound\.\n$/)
  })

  test('a passphrase that is added opens the backups from another config', async () => {
    const { code, stdout } = await shop.backupWith({ NEW: 'a second secret' }, 'keys', 'add', '--new-passphrase-env', 'NEW')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '✓ The new passphrase opens the backups too.\n' })
    writeFileSync(shop.path('other.mjs'), readFileSync(shop.path('backup.config.mjs'), 'utf8').replace(/const keys.*/, "import { passphrase } from '@backup/core'\nconst keys = passphrase('a second secret')"))
    expect((await shop.backup('list', '--config', 'other.mjs')).code).toBe(0)
  })

  test('keys rotate asks first, and prints a new recovery code', async () => {
    expect((await shop.backup('keys', 'rotate')).code).toBe(12)
    const { code, stdout } = await shop.backup('keys', 'rotate', '--yes')
    expect(code).toBe(0)
    expect(stdout).toMatch(/RECOVERY CODE: .*\n.*\n {2}[a-z0-9]{6}(-[a-z0-9]{6}){5}\n/)
    expect((await shop.backup('list', '--config', 'other.mjs')).code).toBe(8)
  })

  test('doctor finds all well', async () => {
    const { code, stdout } = await shop.backup('doctor', '--probe')
    expect(stdout).toContain('All is well.')
    expect(stdout).not.toMatch(/^[!✗]/m)
    expect(code).toBe(0)
  })
})

function namesIn(path: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db.prepare('SELECT name FROM customer').all().map(({ name }) => name)
  } finally {
    db.close()
  }
}
