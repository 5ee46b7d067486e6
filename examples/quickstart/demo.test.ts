import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createStore } from '@backup-internal/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder: string
let temporary: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-test-'))
  temporary = join(folder, 'temporary')
  mkdirSync(temporary)
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the demo on a store of its own', { timeout: 120_000 }, () => {
  test('proves every step, says what each cost, and leaves nothing behind', async () => {
    const { code, output } = await demo(['--bytes', '5MB'])
    expect(output).toContain('All 10 proofs hold.')
    expect(code).toBe(0)
    expect([...output].filter((character) => character < ' ' && character !== '\n')).toEqual([])
    const summary = output.slice(output.indexOf('Summary'))
    for (const what of ['First backup', 'Unchanged', 'While writing', 'Writer stopped']) {
      expect(summary).toMatch(new RegExp(`${what}( +[\\d.]+ k?M?B){3} +[\\d.]+ s +[\\d.]+ MB/s\n`))
    }
    for (const what of ['Verify', 'Restore, newest', 'Restore, over it', 'Standalone']) {
      expect(summary).toMatch(new RegExp(`${what} +[\\d.]+ MB +[\\d.]+ s +[\\d.]+ MB/s\n`))
    }
    expect(summary).toMatch(/Unchanged +4\.8 MB +0 B +0 B/)
    expect(readdirSync(temporary)).toEqual([])
  })

  test('--keep leaves a repository that its own program restores with the passphrase beside it', async () => {
    const { code, output } = await demo(['--bytes', '1MB', '--keep', '--deltas'])
    expect(code).toBe(0)
    const [kept = ''] = readdirSync(temporary)
    expect(output).toContain(`Kept: ${join(temporary, kept)}`)
    const at = (name: string): string => join(temporary, kept, name)
    const restored = at('by-hand.db')
    const words = [at('repository/restore/1/restore.mjs'), at('repository'), 'restore', '--to', restored]
    const byHand = await run([...words, '--passphrase-file', at('passphrase.txt')])
    expect(byHand).toMatchObject({ code: 0 })
    expect(hashOf(restored)).toBe(hashOf(at('standalone.db')))
  })

  test('when it is stopped it tidies up and says so', async () => {
    let stopped = false
    const { code, output } = await demo(['--bytes', '2MB'], (said, child) => {
      // A second one would end it at once.
      if (said.includes('First backup') && !stopped) stopped = child.kill('SIGINT')
    })
    expect(output).toContain('Stopped.')
    expect(output).not.toContain('Summary')
    expect(code).toBe(1)
    expect(readdirSync(temporary)).toEqual([])
  })
})

describe('the demo on a database of one’s own', { timeout: 120_000 }, () => {
  test('restores it elsewhere and proves it untouched', async () => {
    const database = join(folder, 'own.db')
    createStore(database, { bytes: 1e6, journal: 'delete' })
    const before = hashesIn(folder)
    const { code, output } = await demo([database])
    expect(output).toContain('Untouched: same files, same times, same SHA-256 as before.')
    expect(output).toContain('All 6 proofs hold.')
    expect(code).toBe(0)
    expect(hashesIn(folder)).toEqual(before)
  })

  test('leaves no trace in the files of one that is open in another program', async () => {
    const database = join(folder, 'open.db')
    createStore(database, { bytes: 1e6 })
    const application = new DatabaseSync(database)
    application.exec("INSERT INTO settings VALUES ('colour', 'blue')")
    const before = hashesIn(folder)
    expect(Object.keys(before)).toEqual(['open.db', 'open.db-shm', 'open.db-wal'])
    const { code, output } = await demo([database, '--keep'])
    expect(output).toContain('All 6 proofs hold.')
    expect(code).toBe(0)
    expect(hashesIn(folder)).toEqual(before)
    application.close()

    const restored = new DatabaseSync(join(temporary, readdirSync(temporary)[0] ?? '', 'standalone.db'))
    const colour = restored.prepare("SELECT value FROM settings WHERE name = 'colour'").get()
    expect(colour).toEqual({ value: 'blue' })
    restored.close()
  })

  test('fails when something touched it meanwhile', async () => {
    const database = join(folder, 'own.db')
    createStore(database, { bytes: 1e6, journal: 'delete' })
    const { code, output } = await demo([database], (said) => {
      if (said.includes('Verify')) utimesSync(database, 1, 1)
    })
    expect(output).toContain('NOT SO: Untouched')
    expect(output).toContain(`Changed: ${database}.`)
    expect(output).toContain('1 of 6 proofs do not hold')
    expect(code).toBe(1)
  })

  test.each([
    ['nothing.db', 'There is no'],
    ['temporary', 'is not a file'],
    [import.meta.filename, 'is no SQLite database'],
  ])('says what is wrong with %s', async (path, why) => {
    const { code, output } = await demo([path])
    expect(output.replaceAll(/\s+/g, ' ')).toContain(why)
    expect(output).not.toContain('    at ')
    expect(code).toBe(1)
    expect(readdirSync(temporary)).toEqual([])
  })
})

interface Ended {
  readonly code: number | null
  /** All that it said. */
  readonly output: string
}
type OnOutput = (said: string, child: ReturnType<typeof spawn>) => void

function demo(args: string[], onOutput?: OnOutput): Promise<Ended> {
  return run([join(import.meta.dirname, 'demo.ts'), ...args], onOutput)
}

function run(args: string[], onOutput?: OnOutput): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      onOutput?.(output, child)
    })
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}

function hashesIn(where: string): Record<string, string> {
  const files = readdirSync(where, { withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(files.map(({ name }) => [name, hashOf(join(where, name))]))
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
