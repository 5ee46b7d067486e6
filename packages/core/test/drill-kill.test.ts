import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openFileState } from '../src/node/state.ts'
import { freshFolder } from './fixtures.ts'

test('of a drill that was killed, no clear text is left when its state is opened next, and the live data is as it was', async () => {
  const folder = await freshFolder()
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--experimental-strip-types', fileURLToPath(new URL('drilling.ts', import.meta.url)), folder])
  child.stderr.pipe(process.stderr)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const { repository, place } = JSON.parse(String(said)) as { repository: string; place: string }
  child.kill('SIGKILL')
  const [, signal] = (await once(child, 'exit')) as [number | null, string]
  expect(signal).toBe('SIGKILL')
  const live = readFileSync(join(folder, 'live'))
  expect(Buffer.compare(readFileSync(place), live)).toBe(0)
  await openFileState(repository, join(folder, 'state'))
  expect(existsSync(place)).toBe(false)
  expect(live.length).toBe(96_000)
})
