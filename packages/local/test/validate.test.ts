import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { scratch } from './scratch.ts'

const { folder, clear } = await scratch()
afterAll(clear)

test('a folder is certified by the command that comes with core', { timeout: 120_000 }, async () => {
  const manifest = createRequire(import.meta.url).resolve('@backup/core/package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> }
  const command = join(dirname(manifest), bin['backup-validate-provider'] ?? '')
  const config = join(folder, 'config.ts')
  const ours = pathToFileURL(join(import.meta.dirname, '../src/index.ts')).href
  await writeFile(
    config,
    `import { local } from '${ours}'\nexport default (place: string) => local(\`${folder}/\${place}\`)\n`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    command,
    config,
  ])
  expect(stdout).toMatch(/^local: \d\d passed, 0 failed, 2 off, \d\d need a fake$/m)
  expect(stdout).toContain('nothing is left over')
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  expect(files.filter((entry) => entry.isFile()).map(({ name }) => name)).not.toContainEqual(
    expect.stringMatching(/size-/),
  )
  expect(files.some((entry) => entry.name.startsWith('validate-'))).toBe(true)
})
