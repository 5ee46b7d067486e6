import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Project, configStart, shopProject } from './project.ts'

// What is done so that backups are good in ten years, in the order of this file.

describe('year after year', () => {
  let shop: Project
  beforeAll(async () => {
    shop = shopProject({
      config: `${configStart}\nexport default { source: sqlite('shop.db'), providers: [local('backups')], keys, schedule: { every: '15m' }, targets: { threeTwoOne: false } }`,
    })
    await shop.backup('init', '--no-backup')
  })

  test('health without a backup is critical, and says what to do', async () => {
    const { code, stdout } = await shop.backup('health')
    expect(code).toBe(11)
    expect(stdout).toMatch(/^✗ .*backup/im)
  })

  test('watch --once makes the backup that is due, and none that is not', async () => {
    const { code, stderr } = await shop.backup('watch', '--once')
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/✓ \S+ \S+ backup is done/) })
    const [{ result }] = JSON.parse((await shop.backup('list', '--json')).stdout).jobs
    expect(result).toMatchObject([{ kind: 'scheduled' }])
  })

  test('a drill restores it for a trial, leaves nothing and keeps the evidence', async () => {
    const { code, stdout } = await shop.backup('drill', '--html', 'report.html', '--reason', 'monthly')
    expect(code).toBe(0)
    expect(stdout).toContain('8.2 kB came back in ')
    expect(readFileSync(shop.path('report.html'), 'utf8')).toContain('</html>')
    expect((await shop.backup('drills')).stdout).toMatch(/ 8\.2 kB .* sound$/m)
    expect((await shop.backup('list')).stdout).toMatch(/ verified$/m)
  })

  test('scrub looks at all of it, within a budget', async () => {
    expect((await shop.backup('scrub', '--budget', '1GB')).stdout).toMatch(/^✓ local:.* looked at; 100 % of it has been/)
    expect(await shop.backup('scrub', '--budget', 'much')).toMatchObject({ code: 2 })
  })

  test('health is well then, and its exit code says so', async () => {
    expect(await shop.backup('health')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ All is well\.\n/) })
    expect((await shop.backup('status')).stdout).toMatch(/^snapshots +1$/m)
  })

  test('a drill over the live data is refused', async () => {
    expect(await shop.backup('drill', '--to', 'shop.db')).toMatchObject({ code: 3 })
  })

  test('a restore is in the audit trail with who and why, and the trail is whole', async () => {
    expect((await shop.backup('restore', '--to', 'copy.db', '--actor', 'anna', '--reason', 'to look something up')).code).toBe(0)
    expect((await shop.backup('audit')).stdout).toMatch(/ anna +restore .* to look something up$/m)
    expect(await shop.backup('audit', '--verify')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ The trail is whole: /) })
  })

  test('keys are listed, rotated, and old ones erased only when all that is lost was shown', async () => {
    expect((await shop.backup('keys', 'list')).stdout).toMatch(/ raw .* the config opens it/)
    expect((await shop.backup('keys', 'rotate', '--yes')).code).toBe(0)
    expect((await shop.backup('keys', 'epochs')).stdout).toMatch(/^ +1 .* old .*\n +2 .* current /m)
    const plan = await shop.backup('keys', 'erase', '1', '--plan')
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('can never be read again') })
    expect(await shop.backup('keys', 'erase', '1', '--reason', 'a leaver knew them')).toMatchObject({ code: 12 })
    expect(JSON.parse((await shop.backup('list', '--json')).stdout).jobs[0].result).toHaveLength(1)
  })

  test('the system is told with full paths', async () => {
    const { code, stdout } = await shop.backup('schedule', 'show', '--for', 'systemd')
    expect(code).toBe(0)
    expect(stdout).toContain(`--config ${join(shop.folder, 'backup.config.mjs')} --job default`)
    expect(stdout).toContain('OnCalendar=')
    expect((await shop.backup('schedule', 'show', '--for', 'cron')).stdout).toContain('*/15 * * * * ')
    expect(await shop.backup('schedule', 'install', '--for', 'systemd')).toMatchObject({ code: 12 })
    expect(existsSync(shop.path('.config'))).toBe(false)
  })

  test('watch stays until it is told to end, and that is no failure', async () => {
    const watching = shop.start({}, 'watch')
    await watching.prints('backup: next ')
    watching.process.kill('SIGTERM')
    expect((await watching.ended).code).toBe(0)
  })

  test('without a schedule there is nothing to watch', async () => {
    const bare = shopProject()
    await bare.backup('init', '--no-backup')
    expect(await bare.backup('watch')).toMatchObject({ code: 3, stderr: expect.stringContaining('No job of the config has a schedule.') })
    expect(readdirSync(bare.path('backups/format')).length).toBeGreaterThan(0)
  })
})
