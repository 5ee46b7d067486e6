import {
  certificate,
  connectProxy,
  judgeIsThere,
  rclone,
  rcloneIsInstalled,
  type ConnectProxy,
  type Rclone,
} from '@backup-internal/fakes/wire'
import { capabilitiesOf, createBackup, passphrase, type BackupProvider } from '@backup/core'
import { sqlite } from '@backup/sqlite'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gdrive } from '../src/index.ts'
import { account, clientId, type Account } from './account.ts'

// What the provider has written, another program finds in the same drive, as plain folders and files.

const run = promisify(execFile)
const installed = judgeIsThere('rclone', rcloneIsInstalled())

describe.runIf(installed)('rclone', () => {
  let folder: string
  let one: Account
  let proxy: ConnectProxy
  let judge: Rclone
  let provider: BackupProvider

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backup-gdrive-'))
    const tls = await certificate()
    one = await account({}, { tls })
    proxy = await connectProxy(one.google.server.port)
    const scopes = ['https://www.googleapis.com/auth/drive']
    const token = {
      access_token: one.google.tokens.issue({ clientId: 'rclone', scopes }, 1e12),
      token_type: 'Bearer',
      expiry: '2099-01-01T00:00:00Z',
    }
    const judged = {
      type: 'drive',
      scope: 'drive',
      client_id: 'rclone',
      client_secret: 'none',
      token: JSON.stringify(token),
    }
    judge = await rclone({ folder, remotes: { judged }, proxy: proxy.url, trusted: tls.cert })
    // The provider speaks without TLS to a second door of the same drive.
    provider = gdrive({ ...one.options, rootUrl: await one.google.plainDoor() })
    await provider.open({ create: true })
  })

  afterAll(async () => {
    await provider?.close?.()
    await proxy?.close()
    await one?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('finds every object where its key says, with the right hash and the right bytes', async () => {
    const local = join(folder, 'expected')
    for (const [key, size] of [
      ['packs/00/empty', 0],
      ['packs/0a/small', 1_000],
      ['packs/0a/of-6-mb', 6_000_000],
      ['packs/0b/in-chunks', 25_000_000],
      ['restore/1/readme.txt', 50],
    ] as const) {
      const body = randomBytes(size)
      await provider.put(key, body)
      await mkdir(dirname(join(local, key)), { recursive: true })
      await writeFile(join(local, key), body)
    }
    await judge('check', local, 'judged:Backups/shop')
    await judge('check', '--download', local, 'judged:Backups/shop')
    const listed = (await judge('lsf', '-R', '--files-only', 'judged:Backups/shop')).trim().split('\n')
    const own: string[] = []
    for await (const { key } of provider.list('')) own.push(key)
    expect(listed.sort()).toEqual(own.sort())
    for (const key of own) await provider.delete(key)
  })

  test('reads what it uploads itself as objects, with hashes', async () => {
    const body = randomBytes(9_000_000)
    await mkdir(join(folder, 'foreign/packs/0c'), { recursive: true })
    await writeFile(join(folder, 'foreign/packs/0c/by-rclone'), body)
    await judge('copy', join(folder, 'foreign'), 'judged:Backups/shop')
    // With the scope drive.file it is invisible: another program has made it.
    expect(await provider.stat('packs/0c/by-rclone')).toBeUndefined()
    await judge('--drive-use-trash=false', 'purge', 'judged:Backups/shop/packs/0c')
  })

  test('downloads a repository that the program inside of it restores', async () => {
    const live = join(folder, 'store.db')
    const database = new DatabaseSync(live)
    database.exec('CREATE TABLE invoice (id INTEGER PRIMARY KEY, note BLOB)')
    const insert = database.prepare('INSERT INTO invoice (note) VALUES (?)')
    for (let count = 0; count < 300; count++) insert.run(randomBytes(5_000))
    const backup = createBackup({
      source: sqlite(live),
      // The wait for listings that lag is one of real minutes.
      providers: [{ ...provider, capabilities: { ...capabilitiesOf(provider), listLagMs: 0 } }],
      keys: passphrase('correct horse'),
      state: join(folder, 'state'),
    })
    await backup.init()
    await backup.run()
    database.exec("UPDATE invoice SET note = 'changed' WHERE id % 7 = 0")
    await backup.run()
    await backup.close()
    const rows = database.prepare('SELECT id, note FROM invoice ORDER BY id').all()
    database.close()

    const downloaded = join(folder, 'downloaded')
    await judge('copy', 'judged:Backups/shop', downloaded)
    expect((await readdir(downloaded)).sort()).toEqual(
      expect.arrayContaining(['commits', 'format', 'packs', 'restore', 'slots']),
    )
    const restored = join(folder, 'restored.db')
    const program = join(downloaded, 'restore/1/restore.mjs')
    await run(process.execPath, [program, downloaded, 'restore', '--to', restored], {
      env: { PATH: process.env['PATH'], BACKUP_PASSPHRASE: 'correct horse' },
    })
    const copy = new DatabaseSync(restored, { readOnly: true })
    expect(digest(copy.prepare('SELECT id, note FROM invoice ORDER BY id').all())).toBe(digest(rows))
    copy.close()
    expect((await readFile(restored)).length).toBeGreaterThan(1_000_000)
    expect(one.google.tokens.rejections()).toBe(0)
    expect(clientId).not.toBe('rclone')
  })
})

function digest(rows: unknown): string {
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex')
}
