import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStore } from '@backup-internal/store'
import { expect, onTestFinished, test } from 'vitest'

const program = join(import.meta.dirname, 'index.ts')

test('the program backs up and restores, and can be run again', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'quickstart-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  createStore(join(folder, 'store.db'), { bytes: 1e6 })
  const first = start(folder)
  expect(first).toMatch(/opens the backups: \w{6}(-\w{6}){5}\n/)
  expect(start(folder)).not.toContain('opens the backups')
  expect(readFileSync(join(folder, 'restored.db')).equals(readFileSync(join(folder, 'store.db')))).toBe(true)
})

test('the README shows the program as it is', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  expect(readme).toContain(`\`\`\`ts run\n${readFileSync(program, 'utf8')}\`\`\``)
})

function start(folder: string): string {
  const mine = { BACKUP_PASSPHRASE: 'six random words', XDG_CACHE_HOME: join(folder, 'cache') }
  return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...mine },
  })
}
