import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { local } from '../src/index.ts'
import { askChild, onSmallDisk, withoutOverride } from './child.ts'
import { scratch, type Scratch } from './scratch.ts'

const key = 'packs/0a/there'
const rights = new URL('./rights.child.ts', import.meta.url)
let place: Scratch

const lostAndFound = (): string => join(place.root, 'lost+found')

beforeEach(async () => {
  place = await scratch()
  const provider = local(place.root)
  await provider.open({ create: true })
  await provider.put(key, new Uint8Array([1, 2, 3]))
  // As on every ext4 disk: a folder that only root may open.
  await mkdir(lostAndFound())
})

afterEach(async () => {
  await chmod(place.root, 0o755)
  await chmod(lostAndFound(), 0o755)
  await everyFolder(place.root, 0o755)
  await place.clear()
})

const readOnly = {
  create: 'auth',
  open: 'ok',
  get: 'ok',
  list: 'ok',
  put: 'auth',
  putAgain: 'ok',
  delete: 'auth',
  stat: 'ok',
}

describe.runIf(process.platform === 'linux')('a folder that may be read and not written', () => {
  test('gives its backups, and refuses everything else as auth', async () => {
    await everyFolder(place.root, 0o555)
    await chmod(lostAndFound(), 0o000)
    expect(await askChild(rights, [place.root, key], withoutOverride())).toEqual(readOnly)
  })

  test('does the same when the disk is mounted read-only', async () => {
    const disk = join(place.folder, 'disk')
    await mkdir(disk)
    const readOnlyDisk = onSmallDisk(disk, '1m', `cp -a ${place.root} "$0/"; mount -o remount,ro "$0"`)
    expect(await askChild(rights, [join(disk, 'target'), key], readOnlyDisk)).toEqual(readOnly)
  })
})

describe.runIf(process.platform === 'linux')('a folder that may not even be read', () => {
  test('refuses everything as auth, and is never taken for an empty one', async () => {
    await chmod(place.root, 0o000)
    const outcome = await askChild<object>(rights, [place.root, key], withoutOverride())
    expect(new Set(Object.values(outcome))).toEqual(new Set(['auth']))
  })
})

async function everyFolder(root: string, mode: number): Promise<void> {
  await chmod(root, 0o755)
  for (const folder of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (folder.isDirectory()) await chmod(join(folder.parentPath, folder.name), mode)
  }
  await chmod(root, mode)
}
