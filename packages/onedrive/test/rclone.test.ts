import type { AccountKind } from '@backup-internal/fakes/microsoft'
import { connectProxy, judgeIsThere, rclone, rcloneIsInstalled } from '@backup-internal/fakes/wire'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { onedrive } from '../src/index.ts'
import { account, trusted } from './account.ts'

// What this package writes, another client reads; and the other way round.

const installed = judgeIsThere('rclone', rcloneIsInstalled())

const bodies = {
  'packs/0a/empty': Buffer.alloc(0),
  'packs/0a/small': randomBytes(1_000),
  'packs/ff/large': randomBytes(21 * 1024 * 1024),
  'restore/1/readme.txt': Buffer.from('Read me.'),
}

describe.runIf(installed).each<AccountKind>(['personal', 'business'])('with a %s drive', (kind) => {
  test('rclone finds the same bytes and hashes, and copies them to a folder', async () => {
    await using own = await account({ kind })
    own.fake.downloads.lenientDownloadAuth = true
    own.fake.sessions.switches.lenientUploadAuth = true
    const folder = await mkdtemp(join(tmpdir(), 'backup-rclone-'))
    const proxy = await connectProxy(own.fake.server.port)
    try {
      const provider = onedrive(own.options)
      await provider.open({ create: true })
      const local = join(folder, 'local')
      for (const [key, body] of Object.entries(bodies)) {
        await provider.put(key, body)
        await mkdir(dirname(join(local, key)), { recursive: true })
        await writeFile(join(local, key), body)
      }
      const { accessToken, refreshToken } = own.fake.signIn.grant()
      const token = JSON.stringify({
        access_token: accessToken,
        token_type: 'Bearer',
        refresh_token: refreshToken,
        expiry: '2099-01-01T00:00:00Z',
      })
      // Of a personal drive this version wants SHA-1, which those have no more.
      const judged = { type: 'onedrive', drive_id: own.fake.driveId, drive_type: 'business', token }
      const judge = await rclone({ folder, remotes: { judged }, proxy: proxy.url, trusted: trusted.cert })
      const place = 'judged:Apps/Backup/backup'
      await judge('check', local, place)
      await judge('check', '--download', local, place)
      await judge('copy', place, join(folder, 'copied'))
      for (const [key, body] of Object.entries(bodies)) {
        expect(Buffer.compare(await readFile(join(folder, 'copied', key)), body)).toBe(0)
      }
      const sums = await judge('hashsum', 'quickxor', place)
      expect(sums.trim().split('\n').sort()).toEqual(
        (await judge('hashsum', 'quickxor', local)).trim().split('\n').sort(),
      )

      await writeFile(join(folder, 'by-rclone'), bodies['packs/ff/large'])
      await judge('copyto', join(folder, 'by-rclone'), `${place}/packs/0b/by-rclone`)
      expect(Buffer.compare(await provider.get('packs/0b/by-rclone'), bodies['packs/ff/large'])).toBe(0)
      await provider.put('packs/0b/by-rclone', bodies['packs/ff/large'])
    } finally {
      await proxy.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
