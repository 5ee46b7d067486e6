import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkNode } from './node.ts'
import { checkPackages } from './packages.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'backup-doctor-')))
afterAll(() => rmSync(root, { recursive: true }))

function project(name: string, packages: Readonly<Record<string, string>>): string {
  for (const [path, version] of Object.entries(packages)) {
    const file = join(root, name, 'node_modules', path, 'package.json')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify({ name: path.split('node_modules/').at(-1), version }))
  }
  return join(root, name)
}

test('packages of one version are well', () => {
  const folder = project('good', { '@backup/core': '1.2.0', '@backup/local': '1.2.0' })
  expect(checkPackages(folder)).toEqual([{ level: 'ok', says: '2 packages, all of version 1.2.0' }])
})

test('packages of different versions are named, with the command that brings them together', () => {
  const folder = project('mixed', { '@backup/core': '1.10.0', '@backup/local': '1.9.0' })
  expect(checkPackages(folder)).toEqual([
    {
      level: 'fail',
      says: 'Packages of different versions: @backup/core 1.10.0, @backup/local 1.9.0.',
      advice: 'Bring them to one version: npm install @backup/core@1.10.0 @backup/local@1.10.0',
    },
  ])
})

test('two copies of the engine are found', () => {
  const folder = project('copies', {
    '@backup/core': '1.0.0', '@backup/local': '1.0.0', '@backup/sqlite': '1.0.0', '@backup/local/node_modules/@backup/core': '1.0.0',
  })
  expect(checkPackages(folder)).toContainEqual({
    level: 'fail', says: expect.stringContaining('There are 2 copies of @backup/core'), advice: expect.stringContaining('npm dedupe'),
  })
})

test('a folder without any is warned about', () => {
  expect(checkPackages(join(root, 'none'))).toMatchObject([{ level: 'warn' }])
})

test.each([
  ['20.19.0', 'fail'], ['22.11.0', 'fail'], ['22.12.0', 'warn'], ['22.17.1', 'warn'], ['22.18.0', 'ok'], ['24.1.0', 'ok'], ['26.0.0', 'ok'],
])('Node %s is %s', (version, level) => {
  expect(checkNode(version).level).toBe(level)
})
