import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ValidationReport } from '../../src/testing/index.ts'

const command = join(import.meta.dirname, '../../src/command/validate-provider.ts')
const folder = await mkdtemp(join(tmpdir(), 'backup-validate-'))
afterAll(() => rm(folder, { recursive: true }))

describe('backup-validate-provider', { timeout: 120_000 }, () => {
  test('ends with 0 when all is well, and says in plain lines what it saw', async () => {
    const { code, out, err } = await run([config('good'), '--objects', '30'])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out[0]).toMatch(
      /^\d\d tests \(\d+ are off, \d\d need a fake .+\); about \d+ MiB go up and \d+ MiB come down$/,
    )
    expect(out).toContainEqual(
      expect.stringMatching(/^ok {3}returns fifty random ranges byte for byte \[3\] \d+ ms$/),
    )
    expect(out).toContainEqual(
      expect.stringMatching(/^model: \d\d passed, 0 failed, \d off, \d\d need a fake$/),
    )
    expect(out).toContainEqual(
      expect.stringMatching(/^ {2}put +[\d.]+ ms \(median\), [\d.]+ ms \(longest\), [\d.]+ [KMG]iB\/s$/),
    )
    expect(out).toContain('nothing is left over; these places are empty and may be removed:')
    expect(out.join('\n')).not.toContain('FAIL')
  })

  test('ends with 1 when a promise is broken or something is left over, and tells all in JSON', async () => {
    const { code, out } = await run([config('failing'), '--json', '--timeout', '20', '--objects', '10'])
    expect(code).toBe(1)
    const reports = JSON.parse(out.join('\n')) as Record<'good' | 'short', ValidationReport>
    expect(reports.good).toMatchObject({ failed: 0, leftovers: [] })
    expect(reports.good.tests.find(({ rows }) => rows.includes(26))).toMatchObject({
      outcome: 'off',
      reason: 'its names are plain',
    })
    expect(reports.short.tests.find(({ rows }) => rows.includes(2))).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('an object of 1048576 bytes has 1000000 bytes'),
    })
    expect(reports.short.leftovers.length).toBeGreaterThan(0)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'clears up on %s and says so in its exit code',
    async (signal) => {
      const { code, out, err } = await run([config('slow')], (line, child) => {
        if (line.includes('returns objects of every size')) child.kill(signal)
      })
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
      expect(err).toContain(`${signal}: clearing up`)
      expect(err).toMatch(/[1-9]\d+ puts, 0 objects left/)
      expect(out).toContainEqual(expect.stringMatching(/, cancelled$/))
    },
  )

  test.each([
    ['nothing', [], 'Usage: backup-validate-provider <config>'],
    ['a config that is not there', ['none.ts'], 'none.ts cannot be loaded'],
    ['a config that exports something else', [written('export default 5')], 'exports by default neither'],
    [
      'a factory that makes no provider',
      [written('export default () => ({})')],
      'The factory made no provider',
    ],
    [
      'an "off" that names no test',
      [written('export default () => ({ put() {}, location: "x" })\nexport const off = { fog: "no" }')],
      'no such test: fog',
    ],
    [
      'an "off" without words',
      [written('export default () => ({})\nexport const off = { fog: 3 }')],
      'names of tests with reasons',
    ],
    [
      'a number that is none',
      [config('good'), '--objects', 'many'],
      '--objects takes a whole number above 0',
    ],
    ['an unknown option', [config('good'), '--fast'], "Unknown option '--fast'"],
  ])('ends with 2 for %s', async (_, args, says) => {
    const { code, err, out } = await run(args)
    expect(code).toBe(2)
    expect(err).toContain(says)
    expect(out).toEqual([])
  })

  test('explains itself', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    expect(out.join('\n')).toContain('Exit codes: 0 all tests passed')
  })
})

function config(name: string): string {
  return join(import.meta.dirname, `${name}.config.ts`)
}

function written(text: string): string {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.mjs`)
  writeFileSync(path, text)
  return path
}

interface Ended {
  readonly code: number | null
  readonly out: string[]
  readonly err: string
}

function run(
  args: readonly string[],
  onLine?: (line: string, child: ReturnType<typeof spawn>) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', command, ...args], {
    cwd: folder,
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    for (const line of text.split('\n')) onLine?.(line, child)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out: out.split('\n').slice(0, -1), err }))
  })
}
