import { beforeAll, describe, expect, test } from 'vitest'
import { type Project, configStart, shopProject } from './project.ts'

// Removing, and taking it back, in the order of this file.

describe('what is removed', () => {
  let shop: Project
  const ids = async (command: string): Promise<string[]> => {
    const [{ result }] = JSON.parse((await shop.backup(command, '--json')).stdout).jobs
    return result.map(({ id }: { id: string }) => id)
  }
  beforeAll(async () => {
    shop = shopProject({
      config: `${configStart}
import { keepLast } from '@backup/core'
export default { source: sqlite('shop.db'), providers: [local('backups')], keys, retention: keepLast(2) }`,
    })
    await shop.backup('init', '--no-backup')
    for (let round = 0; round < 3; round++) await shop.backup('run')
  })

  test('remove is refused without a reason, and nothing is touched', async () => {
    expect(await ids('list')).toHaveLength(3)
    const [first] = await ids('list')
    const { code, stderr } = await shop.backup('remove', first!, '--yes')
    expect(code).toBe(3)
    expect(stderr).toContain('To remove snapshots, somebody has to say why.')
    expect(await ids('list')).toContain(first)
  })

  test('with one it lies in the trash, with who and why, and comes back', async () => {
    const [first] = await ids('list')
    expect((await shop.backup('remove', first!, '--yes', '--reason', 'test data', '--actor', 'anna')).stdout).toMatch(/^✓ Moved into the trash\. "npx backup undelete [0-9a-f]+" brings it back until \d{4}-/)
    expect(await ids('list')).not.toContain(first)
    expect((await shop.backup('trash')).stdout).toMatch(/ anna +test data$/m)
    expect((await shop.backup('undelete', first!, '--reason', 'needed after all')).code).toBe(0)
    expect(await ids('list')).toContain(first)
    expect((await shop.backup('trash')).stdout).toBe('The trash is empty.\n')
  })

  test('what is under hold is kept whatever retention says, until it is released', async () => {
    const [first] = await ids('list')
    const { code, stdout } = await shop.backup('hold', first!, '--reason', 'tax audit', '--until', '2060-12-31')
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ Under hold until 2060-12-31 00:00: /) })
    expect((await shop.backup('holds')).stdout).toMatch(/2060-12-31 00:00 .* tax audit$/m)
    expect((await shop.backup('prune', '--plan')).stdout).toContain('Of 3 snapshots, 3 are kept and 0 go.')

    const [hold] = await ids('holds')
    expect(await shop.backup('release', hold!, '--reason', 'over')).toMatchObject({ code: 12 })
    expect(await shop.backup('release', hold!, '--reason', 'over', '--yes')).toMatchObject({ code: 0 })
    expect((await shop.backup('holds')).stdout).toBe('Nothing is under hold.\n')
  })

  test('prune --plan tells what goes and why, and changes nothing', async () => {
    const [first] = await ids('list')
    const { code, stdout } = await shop.backup('prune', '--plan')
    expect(code).toBe(0)
    expect(stdout).toContain('Of 3 snapshots, 2 are kept and 1 go.')
    expect(stdout).toMatch(new RegExp(`^${first!.slice(0, 12)} `, 'm'))
    expect(await ids('list')).toHaveLength(3)
  })

  test('prune does nothing when nobody can be asked, and what it said with --yes', async () => {
    expect(await shop.backup('prune')).toMatchObject({ code: 12 })
    expect(await ids('list')).toHaveLength(3)
    const { code, stdout } = await shop.backup('prune', '--yes')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^✓ 1 snapshot moved into the trash; "npx backup undelete" brings them back until /)
    expect(await ids('list')).toHaveLength(2)
  })
})
