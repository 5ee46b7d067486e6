import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rulesOf } from './rules.ts'

test.each([
  [['*.log'], 'a/b.log', true],
  [['*.log'], 'a/b.LOG', false],
  [['cache/'], 'a/cache', false],
  [['/a'], 'b/a', false],
  [['a/**/z'], 'a/b/c/z', true],
  [['*.log', '!keep.log'], 'keep.log', false],
  [['line\nbreak'], 'line', false],
] as const)('rules %j match %j: %j', (rules, path, expected) => {
  expect(rulesOf(rules)(path, false)).toBe(expected)
})

test('a rule for folders matches folders, and all that is in them', () => {
  expect(rulesOf(['cache/'])('a/cache', true)).toBe(true)
  expect(rulesOf(['cache/'])('a/cache/x', false)).toBe(true)
})

const hasGit = spawnSync('git', ['--version']).status === 0

test.runIf(hasGit)('rules match what git says they match', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-rules-'))
  try {
    spawnSync('git', ['init', '-q', folder])
    const name = fc.constantFrom('a', 'b', 'ab', 'a.log', 'b.txt', '.env', 'x y')
    const glob = fc.constantFrom('*', '**', '*.log', 'a*', '?', '[ab]', 'a', 'b', '.env', 'x y')
    const rule = fc
      .tuple(fc.constantFrom('', '!', '/'), fc.array(glob, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '/'))
      .map(([before, parts, after]) => before + parts.join('/') + after)
    const cases = fc.sample(fc.record({ rules: fc.array(rule, { minLength: 1, maxLength: 4 }), path: fc.array(name, { minLength: 1, maxLength: 4 }) }), { numRuns: 60, seed: 5 })
    for (const { rules, path: names } of cases) {
      const path = names.join('/')
      writeFileSync(join(folder, '.git/info/exclude'), `${rules.join('\n')}\n`)
      // Paths that do not exist count as files.
      const { status } = spawnSync('git', ['-C', folder, 'check-ignore', '-q', '--no-index', path])
      const found = { rules, path, matches: rulesOf(rules)(path, false) }
      expect(found).toEqual({ rules, path, matches: status === 0 })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
