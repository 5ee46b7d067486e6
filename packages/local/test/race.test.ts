import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { local } from '../src/index.ts'
import { startChild, textOf } from './child.ts'
import { all, scratch, type Scratch } from './scratch.ts'

const key = 'packs/0a/contended'
const size = 3 * 1024 * 1024
let place: Scratch

beforeEach(async () => {
  place = await scratch()
})

afterEach(() => place.clear())

test('eight processes that create one target and put one object at the same moment end with one of each', async () => {
  const children = Array.from({ length: 8 }, () =>
    startChild(new URL('./put-once.child.ts', import.meta.url), [place.root, key, String(size)]),
  )
  await Promise.all(children.map((child) => once(child.stdout ?? child, 'data')))
  const said = children.map(textOf)
  for (const child of children) child.stdin?.write('go\n')
  expect(await Promise.all(said)).toEqual(children.map(() => expect.stringContaining('stored')))

  const provider = local(place.root)
  await provider.open({})
  expect((await all(provider.list(''))).map((object) => [object.key, object.size])).toEqual([[key, size]])
  expect((await provider.get(key)).every((byte) => byte === 7)).toBe(true)
  expect(await readdir(join(place.root, '.tmp'))).toEqual([])
})

test('eight puts of one object in one process all succeed, and a later one of another size does not', async () => {
  const provider = local(place.root)
  await provider.open({ create: true })
  const puts = Array.from({ length: 8 }, () => provider.put(key, new Uint8Array(size).fill(7)))
  await Promise.all(puts)
  await expect(provider.put(key, new Uint8Array(size + 1))).rejects.toMatchObject({
    kind: 'exists',
    key,
    plugin: 'local',
  })
  expect((await provider.get(key)).length).toBe(size)
})
