import { providerSuite, type ProviderFixture } from '@backup/core/testing'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
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
    dispose: clear,
  }
}

const elsewhere = {
  'reports a full store as quota and stores nothing': 'disk-full.test.ts does it with a disk that is full',
  'reports refused rights as auth, whatever was asked': 'rights.test.ts does it with rights that are missing',
  'reports a store out of reach as transient, and never as an empty one':
    'unmounted.test.ts: a disk is missing, not out of reach',
  'never returns less than was asked for when a body breaks off':
    'a file cannot break off; stored-file.test.ts cuts one short',
}

describe('a folder keeps the contract', () => {
  providerSuite({ describe, test }, () => fixture(true), {
    heldBytesPerPut: 1024 * 1024,
    listedObjects: 1_000,
    off: elsewhere,
  })
})

describe('a folder keeps the contract without fsync', () => {
  providerSuite({ describe, test }, () => fixture(false), { heldBytesPerPut: 1024 * 1024, off: elsewhere })
})

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
