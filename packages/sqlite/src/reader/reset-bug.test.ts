import { expect, test } from 'vitest'
import { hasResetBug, warnOfResetBug } from './reset-bug.ts'

test.each(['3.7.0', '3.40.1', '3.44.5', '3.45.0', '3.50.6', '3.51.0', '3.51.2'])(
  'SQLite %s has the flaw',
  (version) => {
    expect(hasResetBug(version)).toBe(true)
  },
)

test.each(['3.44.6', '3.50.7', '3.51.3', '3.52.0', '3.53.4', '4.0.0'])(
  'SQLite %s has it no more',
  (version) => {
    expect(hasResetBug(version)).toBe(false)
  },
)

test('the warning names the version, and only one that has the flaw', () => {
  const said: unknown[] = []
  warnOfResetBug('3.53.4', (report) => said.push(report))
  warnOfResetBug('3.51.2', (report) => said.push(report))
  expect(said).toEqual([
    {
      type: 'warning',
      message: expect.stringContaining('SQLite 3.51.2 '),
      hint: expect.stringContaining('3.51.3'),
    },
  ])
})
