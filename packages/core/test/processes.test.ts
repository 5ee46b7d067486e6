import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'backup-processes-'))
afterAll(() => rmSync(folder, { recursive: true }))

const tick = (now: string): Promise<unknown> =>
  promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'tick-once.ts'), folder, now])

test('of several real processes that come at the same time one runs the job', async () => {
  await tick('2026-01-01T12:00:00Z')
  const days = ['2026-01-02T03:00:10Z']
  for (const now of days) await Promise.all([1, 2, 3].map(() => tick(now)))
  const runs = readFileSync(join(folder, 'runs'), 'utf8').trimEnd().split('\n')
  expect(runs.map((run) => run.split(' ')[1])).toEqual(days)
  // On a machine so busy that a write takes a second, they wait for half a minute.
}, 180_000)
