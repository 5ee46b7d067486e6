import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  certificate,
  connectProxy,
  judgeIsThere,
  rclone,
  rcloneIsInstalled,
  type ConnectProxy,
  type Rclone,
} from '../wire/index.ts'
import { fakeMicrosoft, type AccountKind, type FakeMicrosoft } from './index.ts'

// A client that has talked to the real service for years, and finds nothing wrong with this one.

const installed = judgeIsThere('rclone', rcloneIsInstalled())

describe.runIf(installed).each<AccountKind>(['personal', 'business'])('rclone, with a %s drive,', (kind) => {
  let folder: string
  let fake: FakeMicrosoft
  let proxy: ConnectProxy
  let judge: Rclone

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backup-rclone-'))
    const tls = await certificate()
    fake = await fakeMicrosoft({ tls, kind })
    fake.sessions.switches.lenientUploadAuth = true
    fake.downloads.lenientDownloadAuth = true
    proxy = await connectProxy(fake.server.port)
    judge = await rclone({
      folder,
      remotes: { judged: remote(fake, kind), hashing: remote(fake, 'business') },
      proxy: proxy.url,
      trusted: tls.cert,
    })
    await mkdir(join(folder, 'files', 'deep', 'er'), { recursive: true })
    await writeFile(join(folder, 'files', 'three'), 'abc')
    await writeFile(join(folder, 'files', 'deep', 'thousand #1 +%.bin'), randomBytes(1_000))
    await writeFile(join(folder, 'files', 'deep', 'er', 'large'), randomBytes(20_000_000))
    await writeFile(join(folder, 'files', 'nothing'), '')
  })

  afterEach(async () => {
    await proxy.close()
    await fake.server.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('stores files, finds them the same, and removes them', async () => {
    const files = join(folder, 'files')
    await judge('copy', files, 'judged:place', '--onedrive-chunk-size', '10M')
    expect(
      fake.server.arrived.filter(({ headers }) => headers.get('content-range')?.endsWith('/20000000')).length,
    ).toBe(2)
    expect(proxy.hosts).toContain('graph.microsoft.com:443')
    await judge('check', files, 'judged:place')
    await judge('check', files, 'judged:place', '--download')
    const listed = (await judge('lsf', '-R', '--files-only', '--format', 'sp', 'judged:place'))
      .trim()
      .split('\n')
      .sort()
    expect(listed).toEqual(['0;nothing', '1000;deep/thousand #1 +%.bin', '20000000;deep/er/large', '3;three'])
    expect(await judge('about', 'judged:')).toMatch(/Total: +4\.657 GiB/)
    await judge('delete', 'judged:place')
    expect(fake.items.files()).toEqual([])
    expect(fake.sessions.open.size).toBe(0)
  })

  test('computes the hashes that the drive shows', async () => {
    const files = join(folder, 'files')
    await judge('copy', files, 'judged:place')
    const own = await judge('hashsum', 'quickxor', files)
    // Of a personal drive this version wants SHA-1, which those have no more.
    const shown = await judge('hashsum', 'quickxor', 'hashing:place')
    expect(shown.trim().split('\n').sort()).toEqual(own.trim().split('\n').sort())
    expect(shown.trim().split('\n').length).toBe(4)
  })
})

function remote(fake: FakeMicrosoft, kind: AccountKind): Readonly<Record<string, string>> {
  const { accessToken, refreshToken } = fake.signIn.grant()
  const token = {
    access_token: accessToken,
    token_type: 'Bearer',
    refresh_token: refreshToken,
    expiry: '2099-01-01T00:00:00Z',
  }
  return { type: 'onedrive', drive_id: fake.driveId, drive_type: kind, token: JSON.stringify(token) }
}
