import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { install, missingPackages, packageManager } from './packages.ts'

const root = mkdtempSync(join(tmpdir(), 'backup-packages-'))
afterAll(() => rmSync(root, { recursive: true }))

const folder = (name: string, ...files: string[]): string => {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  for (const file of files) writeFileSync(join(path, file), '')
  return path
}

test.each([
  ['package-lock.json', 'npm install @backup/local'],
  ['pnpm-lock.yaml', 'pnpm add @backup/local'],
  ['yarn.lock', 'yarn add @backup/local'],
  ['bun.lock', 'bun add @backup/local'],
])('%s tells which package manager the project uses, also from a folder above', (lockfile, line) => {
  folder(lockfile, lockfile, '.git')
  const below = folder(`${lockfile}/packages/shop`)
  expect(packageManager(below, { npm_config_user_agent: 'other/1.0' }).command(['@backup/local']).join(' ')).toBe(line)
})

test('without a lockfile it is the one that started this, and npm when nobody did', () => {
  const empty = folder('empty')
  expect(packageManager(empty, { npm_config_user_agent: 'pnpm/11.0.0 npm/? node/v24' }).name).toBe('pnpm')
  expect(packageManager(empty, {}).name).toBe('npm')
})

test('what is installed here or above is not missing, also when it was installed a moment ago', () => {
  const project = folder('project')
  expect(missingPackages(project, ['@backup/local'])).toEqual(['@backup/local'])
  folder('node_modules/@backup/local', 'package.json')
  expect(missingPackages(project, ['@backup/local', '@backup/sqlite'])).toEqual(['@backup/sqlite'])
})

test('a package manager that fails is an error that says what to run', async () => {
  const { signal } = new AbortController()
  await expect(install(root, ['node', '-e', 'process.exit(3)'], signal)).rejects.toMatchObject({ kind: 'permanent', hint: expect.stringContaining('node -e') })
  await expect(install(root, ['no-such-program'], signal)).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('cannot be started') })
})
