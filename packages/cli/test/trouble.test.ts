import { chmodSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configStart, emptyProject, shopConfig, shopProject } from './project.ts'

// How a command ends when something is wrong: its exit code, and what it says to whoever has to mend it.

describe('what was typed', () => {
  test.each([
    ['a command that is near to another', ['lst'], /^Unknown command 'lst'\n\(Did you mean one of list, ls\?\)\n"npx backup --help" says what there is\.\n$/],
    ['an option that is near to another', ['list', '--lats', '3'], /^Unknown option '--lats'\n\(Did you mean --last\?\)\n"npx backup list --help" says what there is\.\n$/],
    ['an argument too few', ['diff'], /^Missing required argument 'from'\n"npx backup diff --help" says what there is\.\n$/],
    ['an argument too many', ['show', 'a', 'b'], /^Too many arguments for 'show'/],
    ['a number that is none', ['list', '--last', 'few'], /'few' is invalid\. It takes a whole number of at least 1\./],
    ['a choice that is none', ['verify', '--depth', 'deep'], /'deep' is invalid\. Allowed choices are structure, hash, data, restore\./],
  ])('%s ends with 2', async (_, args, says) => {
    const { code, stdout, stderr } = await emptyProject().backup(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(says)
  })
})

describe('a snapshot that is believed to be damaged', () => {
  test('does not go over the live data with 5, unless somebody accepts that, and says why', async () => {
    const shop = shopProject()
    await shop.backup('init')
    shop.sql('shop.db', 'DELETE FROM invoice')
    const packs = readdirSync(shop.path('backups/packs'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const flip = (): void => {
      for (const { parentPath, name } of packs) {
        chmodSync(join(parentPath, name), 0o600)
        writeFileSync(join(parentPath, name), readFileSync(join(parentPath, name)).map((byte) => byte ^ 1))
      }
    }
    flip()
    expect((await shop.backup('verify', '--depth', 'hash')).code).toBe(5)
    flip()
    const refused = await shop.backup('restore', '--yes')
    expect(refused.code).toBe(5)
    expect(refused.stderr).toContain('does not go over the live data')
    expect((await shop.backup('restore', '--yes', '--accept-suspect')).code).toBe(3)
    const done = await shop.backup('restore', '--yes', '--accept-suspect', '--safety', '--reason', 'It is all there is.')
    expect(done.code).toBe(0)
    expect(done.stdout).toMatch(/To undo this: npx backup restore [0-9a-f]{12}/)
  })
})

describe('the config', () => {
  test('that is not there ends with 3, and says how to make one', async () => {
    const project = emptyProject()
    const { code, stderr } = await project.backup('list')
    expect(code).toBe(3)
    expect(stderr).toBe(
      `✗ list failed: There is no backup.config.ts in ${project.folder}.\n` +
        '  What to do: Go to the folder that has it, name it with --config, or run "npx backup init" to make one.\n  Next: npx backup doctor\n',
    )
  })

  test.each([
    ['a misspelled option', `export default { source: sqlite('shop.db'), providers: [local('b')], keys, retenion: [] }`, 'backup.config.mjs: "retenion" is not an option. Did you mean "retention"?'],
    ['a misspelled required option', `export default { soruce: sqlite('shop.db'), providers: [local('b')], keys }`, '"soruce" is not an option. Did you mean "source"?'],
    ['a misspelled option inside another', `export default { source: sqlite('shop.db'), providers: [local('b')], keys, copies: { requierd: 1 } }`, '"requierd" is not an option of "copies". Did you mean "required"?'],
    ['a misspelled option of one job', `export default { shop: { source: sqlite('shop.db'), providers: [local('b')], keys, zoen: 'UTC' } }`, 'backup.config.mjs, job "shop": "zoen" is not an option. Did you mean "zone"?'],
    ['no default export', 'export const config = {}', 'backup.config.mjs has no default export.'],
    ['a package that is not installed', `import '@backup/tape'`, "Cannot find package '@backup/tape'"],
    ['a variable that is not set', `import { passphrase } from '@backup/core'\npassphrase(process.env.NO_SUCH_VARIABLE)`, 'The passphrase is empty.'],
  ])('with %s ends with 3 and names it', async (_, config, says) => {
    const project = shopProject({ config: `${configStart}\n${config}` })
    const { code, stderr } = await project.backup('list')
    expect(stderr).toContain(says)
    expect(code).toBe(3)
  })

  test('that exists twice is not chosen from', async () => {
    const project = shopProject()
    project.write('backup.config.ts', shopConfig)
    expect(await project.backup('list')).toMatchObject({ code: 3, stderr: expect.stringContaining('several configs') })
  })

  test('in TypeScript is read, without a warning, also where its package is of no type', async () => {
    const project = shopProject({ name: 'backup.config.ts', config: `${configStart}\nconst place: string = 'backups'\nexport default { source: sqlite('shop.db'), providers: [local(place)], keys }` })
    project.write('package.json', '{}')
    expect(await project.backup('init', '--no-backup')).toMatchObject({ code: 0, stderr: '' })
  })

  test('somewhere else is read from there, and its paths are meant from there', async () => {
    const shop = shopProject()
    const elsewhere = emptyProject()
    expect((await elsewhere.backup('init', '--config', shop.path('backup.config.mjs'))).code).toBe(0)
    expect(readdirSync(shop.path('backups')).length).toBeGreaterThan(0)
    expect(readdirSync(elsewhere.folder)).not.toContain('backups')
  })
})

describe('the place', () => {
  test('that is gone ends with 7, and is not made anew', async () => {
    const shop = shopProject()
    await shop.backup('init')
    renameSync(shop.path('backups'), shop.path('unplugged'))
    const { code, stderr } = await shop.backup('run')
    expect(code).toBe(7)
    expect(stderr).toMatch(/^✗ run failed: .*\n {2}What to do: .+\n {2}Next: npx backup doctor\n$/)
    expect(readdirSync(shop.folder)).not.toContain('backups')
    const doctor = await shop.backup('doctor')
    expect(doctor).toMatchObject({ code: 11, stdout: expect.stringMatching(/^✗ local:.*backups: /m) })
  })

  test('that another secret opens ends with 8', async () => {
    const shop = shopProject()
    await shop.backup('init', '--no-backup')
    shop.write('backup.config.mjs', shopConfig.replace('fill(5)', 'fill(6)'))
    expect(await shop.backup('list')).toMatchObject({ code: 8, stderr: expect.stringContaining('What to do: Check the passphrase, key or recovery code') })
  })

  test('that lacks what another has ends with 4: stored, but not everywhere', async () => {
    const config = `${configStart}\nexport default { source: sqlite('shop.db'), providers: [local('one'), local('two')], keys }`
    const shop = shopProject({ config })
    await shop.backup('init')
    renameSync(shop.path('two'), shop.path('unplugged'))
    const { code, stdout, stderr } = await shop.backup('run', '--json')
    expect(code).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, exitCode: 4, jobs: [{ result: { snapshot: { state: 'committed' } } }] })
    expect(stderr).toMatch(/local:.*two does not work: /)
    renameSync(shop.path('unplugged'), shop.path('two'))
    expect(await shop.backup('sync')).toMatchObject({ code: 0, stdout: expect.stringMatching(/two has everything\.$/m) })
  })

  test('that holds damaged bytes ends with 5, and the damage is named', async () => {
    const shop = shopProject()
    await shop.backup('init')
    const packs = readdirSync(shop.path('backups/packs'), { recursive: true, encoding: 'utf8' })
    const pack = shop.path(join('backups/packs', packs.find((name) => name.length > 60)!))
    const bytes = readFileSync(pack)
    bytes[60]! ^= 1
    chmodSync(pack, 0o600)
    writeFileSync(pack, bytes)
    const { code, stderr } = await shop.backup('verify', '--depth', 'data')
    expect(code).toBe(5)
    expect(stderr).toMatch(/✗ 2 problems: .*\n.*Concerns 1 snapshot: [0-9a-f]{12}\.\n {2}packs\/.* is damaged: /)
    rmSync(pack, { force: true })
    expect((await shop.backup('restore', '--to', 'copy.db')).code).toBe(1)
  })
})

describe('several jobs', () => {
  const config = `${configStart}
const job = (name) => ({ source: sqlite(name), providers: [local('backups-' + name)], keys })
export default { shop: job('shop.db'), bad: job('none.db'), forge: job('forge.db') }`

  test('are done one after the other, and one that fails stops none', async () => {
    const project = shopProject({ config })
    project.sql('forge.db', 'CREATE TABLE anvil (kg)')
    expect((await project.backup('init', '--no-backup')).code).toBe(0)
    const { code, stdout, stderr } = await project.backup('run', '--json')
    const { jobs } = JSON.parse(stdout)
    expect(jobs.map(({ job, ok }: { job: string; ok: boolean }) => [job, ok])).toEqual([['shop', true], ['bad', false], ['forge', true]])
    expect(code).toBe(jobs[1].exitCode)
    expect(stderr).toContain('run of bad failed: ')
    expect(await project.backup('run', '--job', 'forge')).toMatchObject({ code: 0 })
  })

  test('are asked which one, where only one can be meant', async () => {
    const project = shopProject({ config })
    expect(await project.backup('restore')).toMatchObject({ code: 2, stderr: expect.stringContaining('"restore" works on one job. Jobs are: shop, bad, forge.') })
    expect(await project.backup('list', '--job', 'shpo')).toMatchObject({ code: 3, stderr: expect.stringContaining('The config has no job "shpo". Jobs are: shop, bad, forge.') })
  })
})
