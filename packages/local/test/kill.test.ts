import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { local } from '../src/index.ts'
import { startChild } from './child.ts'
import { all, packKey, scratch, type Scratch } from './scratch.ts'

const kills = 30
let place: Scratch

beforeEach(async () => {
  place = await scratch()
})

afterEach(() => place.clear())

test(
  'a process that is killed while it puts leaves whole objects only, and all that it reported',
  { timeout: 600_000 },
  async () => {
    const provider = local(place.root)
    await provider.open({ create: true })
    const checked = new Set<string>()
    let interrupted = 0

    for (let time = 0; time < kills; time++) {
      const reported = await putUntilKilled(place.root, { puts: randomInt(5), afterMs: randomInt(20) })
      const listed = await all(provider.list(''))
      for (const { key, size } of listed.filter((object) => !checked.has(object.key))) {
        const bytes = await provider.get(key)
        expect([packKey(bytes), bytes.length]).toEqual([key, size])
        checked.add(key)
      }
      expect(reported.filter((key) => !checked.has(key))).toEqual([])
      interrupted += await clearLeftovers(place.root)
    }
    expect(checked.size).toBeGreaterThan(kills)
    // The kills met puts: they left something behind, and opening the target a day later removed it.
    expect(interrupted).toBeGreaterThan(kills / 3)
  },
)

/** By what it has done, not by the clock alone: on a busy machine it would be killed before it did anything. */
async function putUntilKilled(root: string, { puts, afterMs }: { readonly puts: number; readonly afterMs: number }): Promise<string[]> {
  const child = startChild(new URL('./put-loop.child.ts', import.meta.url), [root])
  let text = ''
  child.stdout?.on('data', (piece: Buffer) => {
    text += piece.toString()
  })
  // A line that it is ready, and one for each put.
  while (text.split('\n').length < 2 + puts)
    await Promise.race([once(child.stdout ?? child, 'data'), failedStart(child)])
  await sleep(afterMs)
  child.kill('SIGKILL')
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  // The last line may be cut off; what it says was stored, but is not known.
  return text.split('\n').slice(1, -1)
}

async function failedStart(child: ReturnType<typeof startChild>): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`The process that was to be killed ended by itself with ${code}.`)
}

/** Makes leftovers look old, opens the target, and counts what went away. */
async function clearLeftovers(root: string): Promise<number> {
  const folder = join(root, '.tmp')
  const names = await readdir(folder)
  const old = Date.now() / 1000 - 25 * 60 * 60
  for (const name of names) await utimes(join(folder, name), old, old)
  await local(root).open({})
  expect(await readdir(folder)).toEqual([])
  return names.length
}
