import { spawn } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Every ```ts block of every README compiles by itself; every ```ts run block also runs. The blocks of one
// README run in their order, in one process, which has to end by itself, and in one folder that holds a database
// `store.db`, which another program has open, with a passphrase in the environment. A block that uses `backup` and
// makes none gets that of the quick start.

const root = resolve(import.meta.dirname, '../..')
const scratch = resolve(import.meta.dirname, '.blocks')
/** For what takes three seconds where nothing else is going on. */
const patienceMs = 300_000

interface Block {
  readonly file: string
  readonly line: number
  readonly run: boolean
  readonly code: string
}

const readmes = globSync(['README.md', 'docs/*.md', '{packages,examples}/*/README.md'], { cwd: root })
  .sort()
  .map((readme) => ({ readme, blocks: blocksOf(readme, readFileSync(resolve(root, readme), 'utf8')) }))
  .filter(({ blocks }) => blocks.length > 0)

beforeAll(() => {
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch)
  for (const { file, line, code } of readmes.flatMap(({ blocks }) => blocks)) {
    const given = /\bbackup[.,)]/.test(code) && !/\bconst backup\b/.test(code) ? backupOfQuickStart : ''
    // A block starts at its line of the README, so that messages of the compiler point there.
    writeFileSync(join(scratch, file), `${given}${'\n'.repeat(line)}${code}\nexport {}\n`)
  }
  writeFileSync(join(scratch, 'one-by-one.mjs'), oneByOne)
})

test('the code blocks of the READMEs compile', async () => {
  expect(readmes.length).toBeGreaterThan(0)
  // Frameworks that blocks are for have types that need those of browsers.
  const compilerOptions = { noUnusedLocals: false, noEmit: true, skipLibCheck: true }
  const config = { extends: '../tsconfig.json', compilerOptions, include: ['*.ts', '../../../packages/tauri/src/headers-init.d.ts'], exclude: [] }
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config))
  const compiled = await run(resolve(root, 'node_modules/typescript/bin/tsc'), ['-p', scratch], scratch)
  expect(compiled).toEqual({ code: 0, printed: '' })
}, patienceMs)

describe.each(readmes.filter(({ blocks }) => blocks.some(({ run }) => run)))('$readme', ({ blocks }) => {
  const runnable = blocks.filter(({ run }) => run)
  const folder = mkdtempSync(join(tmpdir(), 'backup-readme-'))
  let store: DatabaseSync
  let ended: Ended
  beforeAll(async () => {
    store = new DatabaseSync(join(folder, 'store.db'))
    store.exec('PRAGMA journal_mode = WAL')
    store.exec('CREATE TABLE invoice (id INTEGER PRIMARY KEY, total REAL)')
    store.exec('INSERT INTO invoice VALUES (1, 9.5), (2, 20)')
    ended = await run(join(scratch, 'one-by-one.mjs'), runnable.map(({ file }) => file), folder)
  }, patienceMs)
  afterAll(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })

  test.each(runnable)('the block at line $line runs', ({ file }) => {
    expect(ended.printed).toContain(`\n${file} ran to its end.\n`)
  })

  test('nothing is left that keeps the process alive', () => {
    expect(ended).toMatchObject({ code: 0 })
  })
})

const oneByOne = `
for (const file of process.argv.slice(2)) {
  await import('./' + file)
  console.log('\\n' + file + ' ran to its end.')
}
`

function blocksOf(readme: string, text: string): Block[] {
  return [...text.matchAll(/^```ts( run)?\n(.*?)^```$/gms)].map(({ 1: run, 2: code = '', index }) => {
    const line = text.slice(0, index).split('\n').length
    return { file: `${readme.replaceAll('/', '.')}.${line}.ts`, line, run: run !== undefined, code }
  })
}

const backupOfQuickStart = [
  `import { createBackup as given, passphrase as givenKey } from '@backup/core';`,
  `import { local as givenPlace } from '@backup/local';`,
  `import { sqlite as givenSource } from '@backup/sqlite';`,
  `const backup = given({ source: givenSource('store.db'), providers: [givenPlace('backups')],`,
  `keys: givenKey(process.env.BACKUP_PASSPHRASE) });`,
].join(' ')

interface Ended {
  /** `null` when it was still at work after all that time. */
  readonly code: number | null
  readonly printed: string
}

function run(script: string, args: string[], cwd: string): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs - 10_000,
    env: { ...process.env, XDG_CACHE_HOME: join(cwd, 'cache'), BACKUP_PASSPHRASE: 'correct horse' },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  }
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done({ code, printed }))
  })
}
