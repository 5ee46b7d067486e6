import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { npmPipeline } from './npm-pipeline.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipeline-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('npmPipeline', () => {
  it('restores the newest of its copies', async () => {
    const file = join(folder, 'file')
    const contender = npmPipeline.contender(file, join(folder, 'contender'))
    await contender.init()
    writeFileSync(file, 'old')
    await contender.backup()
    writeFileSync(file, 'new '.repeat(100_000))
    await contender.backup()
    await contender.verify()
    await contender.restore(join(folder, 'restored'))
    expect(readFileSync(join(folder, 'restored')).equals(readFileSync(file))).toBe(true)
  })

  it('refuses a copy with a flipped bit', async () => {
    const file = join(folder, 'file')
    const contender = npmPipeline.contender(file, join(folder, 'contender'))
    await contender.init()
    writeFileSync(file, 'content '.repeat(1000))
    await contender.backup()
    const copy = join(contender.repository, 'copy-1')
    const bytes = readFileSync(copy)
    bytes[40] = (bytes[40] as number) ^ 1
    writeFileSync(copy, bytes)
    await expect(contender.verify()).rejects.toThrow(/authenticate|incorrect|invalid/)
  })
})
