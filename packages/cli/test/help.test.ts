import { expect, test } from 'vitest'
import { emptyProject } from './project.ts'

// What help says, to the letter. After a change: vitest run packages/cli/test/help.test.ts -u

test.each([['backup', []], ['restore', ['restore']], ['keys', ['keys']], ['init', ['init']]])('help of %s', async (name, args) => {
  const { code, stdout, stderr } = await emptyProject().backup(...args, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  await expect(stdout).toMatchFileSnapshot(`golden/help-${name}.txt`)
})

test('no command at all shows the help, and ends with 2', async () => {
  const { code, stdout, stderr } = await emptyProject().backup()
  expect(code).toBe(2)
  expect(`${stdout}${stderr}`).toContain('Usage: backup <command> [options]')
})

test('the version is that of the package', async () => {
  expect(await emptyProject().backup('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})
