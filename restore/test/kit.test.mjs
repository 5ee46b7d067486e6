// What lies in this folder, and FORMAT.md, go into every repository by way of the engine, which keeps a copy.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { generate, originals } from '../../packages/core/scripts/build-restore-kit.ts'
import { files } from '../../packages/core/src/restore-kit/files.ts'

const kept = new URL('../../packages/core/src/restore-kit/files.ts', import.meta.url)

test('the engine puts into repositories what lies here (node scripts/build-restore-kit.ts renews it)', () => {
  expect(Object.keys(files)).toEqual(Object.keys(originals))
  expect(fs.readFileSync(kept, 'utf8') === generate()).toBe(true)
})
