import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

// What a user gets: the packages are packed, installed in an empty project by npm, and used on every runtime. What
// one runtime backs up is restored by each of the others, and by the program that lies in the repository.

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const packages = join(root, 'packages')
const names = readdirSync(packages)
const require = createRequire(import.meta.url)
const project = mkdtempSync(join(tmpdir(), 'backup-packed-'))
const minute = 60_000

const node22 = resolve(require.resolve('node-22/package.json'), '../bin/node')
const node26 = resolve(require.resolve('node-26/package.json'), '../bin/node')
const bun = resolve(require.resolve('bun/package.json'), '../bin/bun.exe')
const deno = resolve(require.resolve('deno/package.json'), '../deno')

interface Runtime {
  readonly name: string
  readonly program: string
  /** What it answers when asked for its version. */
  readonly version: RegExp
  /** What it wants before the name of a script. */
  readonly flags: readonly string[]
}

const runtimes: readonly Runtime[] = [
  { name: 'Node 22', program: node22, version: /^v22\./, flags: [] },
  { name: 'Node 24', program: process.execPath, version: /^v24\./, flags: [] },
  { name: 'Node 26', program: node26, version: /^v26\./, flags: [] },
  { name: 'Bun', program: bun, version: /^1\./, flags: [] },
  { name: 'Deno', program: deno, version: /^deno 2\./, flags: ['run', '--allow-all', '--no-lock'] },
]

/** A home of its own keeps what runtimes remember out of the user's. */
const env = { ...process.env, HOME: project, BACKUP_PASSPHRASE: 'correct horse', DENO_NO_UPDATE_CHECK: '1' }

/** Whoever writes to a database counts that in its first bytes. */
const sqliteHeader = 100

beforeAll(async () => {
  await Promise.all(
    names.map(async (name) => {
      await run('pnpm', ['pack', '--out', join(project, `${name}.tgz`)], { cwd: join(packages, name) })
    }),
  )
  const dependencies = Object.fromEntries(names.map((name) => [`@backup/${name}`, `file:${name}.tgz`]))
  const devDependencies = { '@types/node': '22.20.5' }
  const manifest = { private: true, type: 'module', dependencies, devDependencies }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: project })
  cpSync(resolve(import.meta.dirname, 'fixture'), project, { recursive: true })
}, 2 * minute)

afterAll(() => rmSync(project, { recursive: true }), minute)

test.each(runtimes)('a live database goes there and back on $name', { timeout: minute }, async (runtime) => {
  expect((await run(runtime.program, ['--version'])).stdout).toMatch(runtime.version)
  expect(await lastLine(runtime, 'roundtrip.mjs', runtime.name)).toBe('ok')
})

test.each(runtimes)('what others have backed up is restored on $name', { timeout: minute }, async (runtime) => {
  const others = runtimes.map(({ name }) => name).filter((name) => name !== runtime.name)
  expect(await lastLine(runtime, 'restore-others.mjs', `restored on ${runtime.name}`, ...others)).toBe('ok')
})

test.each(runtimes)('what $name has backed up is restored without packages', { timeout: minute }, async ({ name }) => {
  const expected = readFileSync(join(project, name, 'expected.db')).subarray(sqliteHeader)
  for (const kind of ['live', 'closed']) {
    const to = join(project, name, `${kind}.cold.db`)
    const cwd = join(project, name, kind, 'restore/1')
    await run(node22, ['restore.mjs', '../..', 'restore', '--to', to], { cwd, env })
    expect(readFileSync(to).subarray(sqliteHeader).equals(expected)).toBe(true)
  }
})

test.each(names)('%s brings its licence and its source, and no tests', (name) => {
  const files = readdirSync(join(project, 'node_modules/@backup', name), { recursive: true, encoding: 'utf8' })
  const wanted = ['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'src/index.ts']
  expect(files).toEqual(expect.arrayContaining(wanted))
  expect(files.filter((file) => file.includes('.test.'))).toEqual([])
})

test('CommonJS can require the packages', async () => {
  const { stdout } = await run(node22, ['required.cjs'], { cwd: project })
  expect(stdout.trim()).toBe('ok')
})

test.each(['nodenext', 'bundler', 'browser'])('a project of kind %s understands the types', async (kind) => {
  const tsc = resolve(root, 'node_modules/typescript/bin/tsc')
  // What it complains about is told on its standard output.
  const { stdout } = await run(process.execPath, [tsc, '-p', `tsconfig.${kind}.json`], { cwd: project }).catch((failed: { stdout: string }) => failed)
  expect(stdout).toBe('')
})

async function lastLine({ program, flags }: Runtime, ...script: string[]): Promise<string | undefined> {
  const { stdout } = await run(program, [...flags, ...script], { cwd: project, env })
  return stdout.trim().split('\n').at(-1)
}
