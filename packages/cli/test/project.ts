import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll } from 'vitest'

/** How a command ended, and what it printed. */
interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder in which somebody uses `backup`. */
export interface Project {
  readonly folder: string
  path(name: string): string
  write(name: string, text: string): void
  /** Runs SQL on a database of the folder. */
  sql(database: string, sql: string): void
  /** Runs a command to its end. */
  backup(...args: string[]): Promise<Ended>
  /** The same with other variables. */
  backupWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended>
  /** Starts one, to be disturbed. */
  start(env: NodeJS.ProcessEnv, ...args: string[]): Started
}

interface Started {
  readonly process: ChildProcess
  /** Resolves when the text was printed to stderr or stdout. */
  prints(text: string): Promise<void>
  readonly ended: Promise<Ended>
}

/** As it is built: what users start, and twice as quick as its source. */
const bin = resolve(import.meta.dirname, '../dist/bin.js')
const packages = resolve(import.meta.dirname, '../..')
const folders: string[] = []

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder with the packages installed and nothing else. */
export function emptyProject(): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'backup-cli-')))
  folders.push(folder)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(packages, join(folder, 'node_modules/@backup'))
  const path = (name: string): string => join(folder, name)
  const start = (env: NodeJS.ProcessEnv, args: readonly string[]): Started =>
    startCommand(folder, { XDG_CACHE_HOME: path('.cache'), ...env }, args)
  return {
    folder,
    path,
    write: (name, text) => writeFileSync(path(name), text),
    sql(database, sql) {
      const db = new DatabaseSync(path(database))
      db.exec(sql)
      db.close()
    },
    backup: (...args) => start({}, args).ended,
    backupWith: (env, ...args) => start(env, args).ended,
    start: (env, ...args) => start(env, args),
  }
}

/** With a small database, and a config that takes no time to unlock. */
export function shopProject(options: { readonly config?: string; readonly name?: string } = {}): Project {
  const project = emptyProject()
  project.sql('shop.db', 'PRAGMA journal_mode = WAL; CREATE TABLE invoice (id INTEGER PRIMARY KEY, total REAL); INSERT INTO invoice VALUES (1, 9.5), (2, 20)')
  project.write(options.name ?? 'backup.config.mjs', options.config ?? shopConfig)
  return project
}

export const configStart: string = `
import { rawKey } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
const keys = rawKey(new Uint8Array(32).fill(5))
`

export const shopConfig: string = `${configStart}
export default { source: sqlite('shop.db'), providers: [local('backups')], keys }
`

function startCommand(cwd: string, env: NodeJS.ProcessEnv, args: readonly string[]): Started {
  // What the machine of the test sets must not show.
  const quiet = { NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined, NODE_OPTIONS: undefined, TZ: 'UTC' }
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...process.env, ...quiet, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = { stdout: '', stderr: '' }
  const waiting: (() => void)[] = []
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      for (const check of waiting) check()
    })
  }
  const ended = new Promise<Ended>((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done({ code, ...printed }))
  })
  const prints = (text: string): Promise<void> =>
    new Promise((done, fail) => {
      const check = (): void => {
        if (`${printed.stdout}${printed.stderr}`.includes(text)) done()
      }
      waiting.push(check)
      void ended.then(({ code, stdout, stderr }) => fail(new Error(`It ended with ${code} without "${text}":\n${stdout}\n${stderr}`)))
      check()
    })
  return { process: child, prints, ended }
}
