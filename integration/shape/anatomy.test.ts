import { globSync, readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** What each package may install for its users. Whoever adds to it says why in the review. */
const dependencies: Readonly<Record<string, readonly string[]>> = {
  // What is typed, without dependencies of its own and for the same Node as we; questions, by those who make most of them.
  cli: ['@clack/prompts', 'commander'],
  // Types of what goes over the wire: nothing of it is in anybody's page.
  client: ['@backup/http'],
  // Cron expressions and the wall clocks of zones: no dependencies, portable, kept since 2015.
  core: ['@noble/ciphers', '@noble/hashes', 'croner', 'fflate', 'p-retry'],
  // SMTP, MIME, TLS and sign-in as mail servers really do them: for fifteen years the one that everybody uses; no dependencies.
  email: ['nodemailer'],
  // The rules of .gitignore to the letter, without dependencies; the linters that everybody runs rely on it.
  files: ['ignore'],
  // Google's own client for Drive alone; what a user signs in with comes from its sister.
  gdrive: ['@backup/oauth', '@googleapis/drive'],
  // Bodies held to their schemas without compiling code, which workers forbid: no dependencies, kept by those who run on such workers.
  http: ['@cfworker/json-schema'],
  local: [],
  metrics: [],
  // The protocol itself, by one of its authors: no dependencies, pure functions over fetch.
  oauth: ['oauth4webapi'],
  // Tokens, and Microsoft's own client, as far as it adds them to requests and to nothing else.
  onedrive: ['@backup/oauth', '@microsoft/microsoft-graph-client'],
  opfs: [],
  react: ['@backup/client'],
  s3: ['@aws-sdk/client-s3'],
  sqlite: [],
  // SQLite as WebAssembly with file systems that may take their time; follows each release of SQLite, by those who sell what is built on it.
  'sqlite-travel': ['@journeyapps/wa-sqlite'],
  // Tauri's own plugins are taken from the host, which has to have them in Rust too.
  tauri: [],
  webhook: [],
}

const files = ['README.md', 'package.json', 'src/index.ts', 'tsconfig.build.json', 'tsconfig.json']
const headings = ['Install', 'Use', 'Options', 'Errors', 'Limits']

const shared = {
  license: 'MIT',
  type: 'module',
  engines: { node: '>=22.12' },
  publishConfig: { access: 'public', provenance: true },
}

/** Packages with a style sheet: it is an entry as well, and what imports it imports it for its effect. */
const styled: Readonly<Record<string, string>> = { react: './dashboard.css' }

interface Manifest {
  name: string
  version: string
  description: string
  repository: { directory: string }
  exports: Record<string, string | Record<string, string>>
  files: string[]
  sideEffects: unknown
  scripts: Record<string, string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

const folders = readdirSync(resolve(root, 'packages'))
const packages = folders.map((folder) => ({ folder, manifest: manifestOf(folder) }))
const core = manifestOf('core')

test('every package has a row in the table of dependencies', () => {
  expect(folders).toEqual(Object.keys(dependencies))
})

describe.each(packages)('packages/$folder', ({ folder, manifest }) => {
  test('has the same files as its sisters', () => {
    expect(globSync(files, { cwd: resolve(root, 'packages', folder) }).sort()).toEqual(files)
    expect(textOf(folder, 'tsconfig.build.json')).toBe(textOf('core', 'tsconfig.build.json'))
  })

  test('has the same manifest as its sisters, but for its name and subject', () => {
    expect(manifest).toMatchObject(shared)
    const tests = folder in styled ? ['!src/**/*.test.ts', '!src/**/*.test.tsx'] : ['!src/**/*.test.ts']
    expect(manifest.files).toEqual(['dist', 'src', ...tests, 'CHANGELOG.md'])
    expect(manifest.sideEffects).toEqual(folder in styled ? ['**/*.css'] : false)
    expect(manifest.name).toBe(`@backup/${folder}`)
    expect(manifest.version).toBe(core.version)
    expect(manifest.description).toMatch(/^[A-Z].+\.$/)
    expect(manifest.repository.directory).toBe(`packages/${folder}`)
    const { test: ownTests, ...scripts } = manifest.scripts
    expect(scripts).toEqual({
      build: 'tsup --config ../../tsup.config.ts && tsc -p tsconfig.build.json',
      typecheck: 'tsc --noEmit',
      'lint:package': 'pnpm pack --out node_modules/packed.tgz && publint --strict node_modules/packed.tgz && attw node_modules/packed.tgz --profile esm-only',
    })
    expect(ownTests).toBe(`vitest run --root ../.. --project packages/${folder}`)
  })

  test('exports types first and a default that every resolver understands', () => {
    const { './package.json': self, ...all } = manifest.exports
    const { [styled[folder] ?? '']: sheet, ...entries } = all
    expect(sheet === undefined).toBe(!(folder in styled))
    expect(self).toBe('./package.json')
    expect(Object.keys(entries)).toContain('.')
    for (const [entry, target] of Object.entries(entries)) {
      const base = `./dist/${entry === '.' ? '' : `${entry.slice(2)}/`}index`
      expect(Object.entries(target)).toEqual([
        ['types', `${base}.d.ts`],
        ['default', `${base}.js`],
      ])
    }
  })

  test('installs what its row names and takes core from its host', () => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual(dependencies[folder])
    expect(manifest.peerDependencies?.['@backup/core']).toBe(folder === 'core' ? undefined : 'workspace:^')
  })

  test('answers the same questions in its README', () => {
    const text = textOf(folder, 'README.md')
    expect(text.startsWith(`# ${manifest.name}\n`)).toBe(true)
    const sections = text.split(/^## /m).slice(1).map((section) => section.split('\n'))
    expect(sections.map(([heading]) => heading)).toEqual(expect.arrayContaining(headings))
    expect(sections.filter(([, ...lines]) => lines.join('').trim() === '')).toEqual([])
  })
})

function manifestOf(folder: string): Manifest {
  return JSON.parse(textOf(folder, 'package.json'))
}

function textOf(folder: string, file: string): string {
  return readFileSync(resolve(root, 'packages', folder, file), 'utf8')
}
