import { offersNothing, providerSuite, type ProviderFixture } from '@backup/core/testing'
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { local } from '../src/index.ts'
import { scratch } from './scratch.ts'

async function fixture(fsync: boolean): Promise<ProviderFixture> {
  const { root, clear } = await scratch()
  return {
    provider: local(root, { fsync }),
    second: () => local(root, { fsync }),
    litter: () => litter(root),
    leftovers: async () => (await readdir(join(root, '.tmp')).catch(() => [])).length,
    // The slice in which a body is written, so that a put is cancelled between two of them.
    chunkBytes: 4 * 1024 * 1024,
    faults: ['flipped'],
    inject: () => flipped(root),
    dispose: clear,
  }
}

const offered = ['litter', 'leftovers', 'chunkBytes', 'flipped'] as const

/** What a disk does have, and the tests that see it. */
const without = {
  ...offersNothing('between a program and its disk there is no wire', offered),
  full: 'disk-full.test.ts does it with a disk that is full',
  'full-at-last-chunk': 'disk-full.test.ts does it with a disk that is full',
  denied: 'rights.test.ts does it with rights that are missing',
  unreachable: 'unmounted.test.ts: a disk is missing, not out of reach',
  cut: 'a file cannot break off; stored-file.test.ts cuts one short',
  'dies-mid-upload': 'kill.test.ts kills the process in the middle of a put',
}
/** A folder has no pages. */
const sizes = { heldBytesPerPut: 1024 * 1024, listedObjects: 1_000, timeoutMs: 300_000 }
const off = {
  'stores nothing of a body that is not what its hash says':
    'the hash is for providers that send bytes over a wire; a disk is read again by verify',
}

describe('a folder keeps the contract', () => {
  providerSuite({ describe, test }, () => fixture(true), { ...sizes, off, without })
})

describe('a folder keeps the contract without fsync', () => {
  providerSuite({ describe, test }, () => fixture(false), { ...sizes, off, without })
})

/** One byte of every pack changes, as on a disk that rots. */
async function flipped(root: string): Promise<{ happened(): number }> {
  const entries = await readdir(join(root, 'packs'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  for (const { parentPath, name } of files) {
    const bytes = await readFile(join(parentPath, name))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(join(parentPath, name), bytes)
  }
  return { happened: () => files.length }
}

/** What people, other programs and crashed puts leave in a folder. */
async function litter(root: string): Promise<void> {
  for (const folder of [
    'packs/00/folder-like-an-object',
    'photos',
    'lost+found',
    '.Trashes/x/y',
    'packs/Thumbs',
    'empty/class',
  ]) {
    await mkdir(join(root, folder), { recursive: true })
  }
  const files = [
    'readme.txt',
    '.DS_Store',
    'packs/desktop.ini',
    'packs/00/.DS_Store',
    'packs/00/Thumbs.db',
    'packs/00/ours.PART',
    'packs/00/ours (copy)',
    'packs/00/folder-like-an-object/deeper',
    '.tmp/1234-0011223344556677',
    '.Trashes/x/y/z',
    `packs/00/${'n'.repeat(100)}`,
  ]
  for (const file of files) await writeFile(join(root, file), 'not ours').catch(onMissing(root, file))
  await symlink(join(root, 'nowhere'), join(root, 'packs/00/dangling'))
}

function onMissing(root: string, file: string): () => Promise<void> {
  return async () => {
    await mkdir(join(root, file, '..'), { recursive: true })
    await writeFile(join(root, file), 'not ours')
  }
}
