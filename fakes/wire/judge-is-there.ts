import { expect, test } from 'vitest'

/**
 * Registers a test that says whether a program is there that judges others. Where it is not, the tests that need it are left out and
 * this one says so; where everything must run, it fails.
 *
 * @returns `installed`
 */
export function judgeIsThere(name: string, installed: boolean): boolean {
  const missing = installed ? '' : ', SERVER NOT RUN: servers/install.sh installs it'
  test.skipIf(!installed && !process.env['CI'])(`${name} is there${missing}`, () => {
    expect(installed).toBe(true)
  })
  return installed
}
