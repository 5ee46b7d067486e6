import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { type BackupProvider, createBackup, rawKey, withPrefix } from '../src/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshFolder, freshMemoryState, text, withoutFiles } from './fixtures.ts'
import { runRestore } from './restore-program.ts'

const key = new Uint8Array(32).fill(9)

function backupOf(provider: BackupProvider, stream: Uint8Array) {
  const source = memorySource({ ledger: stream })
  const state = freshMemoryState()
  const backup = createBackup({
    source,
    providers: [provider],
    keys: rawKey(key),
    runtime: withoutFiles,
    workers: 0,
    state,
  })
  return { source, backup }
}

test('three repositories live in one place, two of them with prefixes, and each comes back', async () => {
  const place = memoryProvider()
  const providers = [withPrefix(place, 'shop'), withPrefix(place, 'till'), place]
  const made = providers.map((provider, at) => backupOf(provider, text(20_000 * (at + 1))))
  for (const { backup } of made) {
    await backup.init()
    await backup.run()
    await backup.run()
  }
  for (const [at, { backup, source }] of made.entries()) {
    expect((await backup.verify({ depth: 'data' })).problems).toEqual([])
    expect(await backup.snapshots()).toHaveLength(2)
    await backup.restore('latest', { to: 'there' })
    expect(source.places.get('there')?.get('ledger')).toEqual(text(20_000 * (at + 1)))
    await backup.close()
  }
})

test('from a plain copy of the place, the restore program restores it when the prefix is off the top folders', async () => {
  const place = memoryProvider()
  const { backup } = backupOf(withPrefix(place, 'shop'), text(50_000))
  await backup.init()
  await backup.run()
  await backup.close()

  const folder = await freshFolder()
  for (const [name, bytes] of place.objects) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
  const tops = [...new Set([...place.objects.keys()].map((name) => name.split('/')[0] ?? ''))].sort()
  expect(tops).toEqual(['shop.commits', 'shop.format', 'shop.packs', 'shop.restore', 'shop.sessions', 'shop.slots'])
  for (const top of tops) await rename(join(folder, top), join(folder, top.replace('shop.', '')))

  const to = join(folder, 'restored')
  const words = [folder, 'restore', '--to', `${to}/`]
  const secret = { BACKUP_KEY: Buffer.from(key).toString('hex') }
  expect(await runRestore(join(folder, 'restore/1/restore.mjs'), words, secret)).toMatchObject({ code: 0 })
  expect(new Uint8Array(await readFile(join(to, 'ledger')))).toEqual(text(50_000))
})
