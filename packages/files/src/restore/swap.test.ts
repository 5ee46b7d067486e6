import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { swapAll } from './swap.ts'

/** Renaming what comes from here fails, once for each mention. */
const refused = vi.hoisted((): string[] => [])
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>()
  const rename: typeof fs.rename = async (from, to) => {
    const at = refused.indexOf(String(from))
    if (at >= 0) throw Object.assign(new Error(`EIO: i/o error, rename '${String(refused.splice(at, 1)[0])}'`), { code: 'EIO' })
    return real.rename(from, to)
  }
  return { ...real, rename }
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-swap-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const swapOf = (name: string): { staged: string; final: string; safety: string } => {
  const at = (stage: string): string => join(folder, `${name}-${stage}`)
  for (const stage of ['staged', 'final']) {
    mkdirSync(at(stage))
    writeFileSync(join(at(stage), 'what'), stage)
  }
  return { staged: at('staged'), final: at('final'), safety: at('safety') }
}
const whatIsIn = (place: string): string => readFileSync(join(place, 'what'), 'utf8')

test('a step that fails takes the others back: then all is as it was', async () => {
  const [one, two] = [swapOf('one'), swapOf('two')]
  refused.push(two.staged)
  const error = await swapAll([one, two]).catch((thrown: unknown) => thrown)
  expect(refused).toEqual([])
  expect(error).toMatchObject({ kind: 'permanent', altered: undefined })
  for (const { final, safety } of [one, two]) expect([whatIsIn(final), existsSync(safety)]).toEqual(['final', false])
})

test('where the others cannot be taken back that is said, with where everything is', async () => {
  const [one, two] = [swapOf('one'), swapOf('two')]
  refused.push(two.staged, two.safety)
  const error = await swapAll([one, two]).catch((thrown: unknown) => thrown)
  expect(refused).toEqual([])
  expect(error).toMatchObject({ altered: true, hint: expect.stringContaining(two.safety) })
  // One that cannot be taken back keeps no other from it.
  expect([whatIsIn(one.final), existsSync(two.final), whatIsIn(two.safety)]).toEqual(['final', false, 'final'])
})
