import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadModule } from './load-module.ts'

const folder = mkdtempSync(join(tmpdir(), 'load-module-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('what a module exports is returned', async () => {
  const path = join(folder, 'good.mjs')
  writeFileSync(path, 'export default 5\nexport const off = {}')
  expect(await loadModule(path, 'hint')).toMatchObject({ default: 5, off: {} })
})

test.each([
  ['a module that is not there', 'none.mjs', undefined, /none\.mjs cannot be loaded: /, 'what it should say'],
  ['a package that is not installed', 'lacks.mjs', `import '@example/none'`, /Cannot find package '@example\/none'/, 'Install it: npm install @example/none'],
  ['a module that throws', 'throws.mjs', `throw new Error('Set SHOP_DB.\\nsecond line')`, /Set SHOP_DB\.$/, 'what it should say'],
])('%s is told with what helps', async (_, file, code, message, hint) => {
  const path = join(folder, file)
  if (code !== undefined) writeFileSync(path, code)
  await expect(loadModule(path, 'what it should say')).rejects.toMatchObject({
    kind: 'config', key: path, message: expect.stringMatching(message), hint,
  })
})
