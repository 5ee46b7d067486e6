import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  certificate,
  connectProxy,
  judgeIsThere,
  rclone,
  rcloneIsInstalled,
  type ConnectProxy,
  type Rclone,
} from '../wire/index.ts'
import { fakeGoogle, type FakeGoogle } from './index.ts'

// rclone has talked to the real Drive for years. What it finds wrong with the fake is wrong with the fake.

const installed = judgeIsThere('rclone', rcloneIsInstalled())

describe.runIf(installed)('rclone', () => {
  let folder: string
  let google: FakeGoogle
  let proxy: ConnectProxy
  let judge: Rclone
  const local = (): string => join(folder, 'local')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backup-rclone-'))
    const tls = await certificate()
    google = await fakeGoogle({ tls })
    proxy = await connectProxy(google.server.port)
    const token = {
      access_token: google.tokens.issue({
        clientId: 'rclone',
        scopes: ['https://www.googleapis.com/auth/drive'],
      }),
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
    await mkdir(join(local(), 'sub'), { recursive: true })
    await writeFile(join(local(), 'small'), randomBytes(1_000))
    await writeFile(join(local(), 'sub', 'empty'), '')
    await writeFile(join(local(), 'sub', 'large'), randomBytes(20_000_000))
    await utimes(join(local(), 'small'), new Date('2031-05-06T07:08:09Z'), new Date('2031-05-06T07:08:09Z'))
  })

  afterAll(async () => {
    await proxy?.close()
    await google?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('uploads files, a large one in chunks', async () => {
    await judge('copy', local(), 'judged:copied')
    const chunks = google.server.arrived.filter(({ headers }) => headers.has('content-range'))
    expect(chunks.length).toBe(3)
    expect(google.uploads.unfinished()).toBe(0)
    expect(google.server.faults()).toBe(0)
    expect(new Set(proxy.hosts)).toEqual(new Set(['www.googleapis.com:443']))
  })

  test('finds hashes and bytes as they were sent, and sees when one differs', async () => {
    await judge('check', local(), 'judged:copied')
    await judge('check', '--download', local(), 'judged:copied')
    const file = [...google.store.files.values()].find(({ name }) => name === 'small')
    if (!file) throw new Error('The file is not there.')
    const { bytes } = file
    file.bytes = Buffer.from(bytes).fill(0, 0, 10)
    await expect(judge('check', '--download', local(), 'judged:copied')).rejects.toThrow(
      '1 differences found',
    )
    file.bytes = bytes
  })

  test('lists sizes and times', async () => {
    const listed = (await judge('lsl', 'judged:copied'))
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
    expect(listed.map(([size, , , name]) => `${size} ${name}`).sort()).toEqual([
      '0 sub/empty',
      '1000 small',
      '20000000 sub/large',
    ])
    expect(listed.find(([, , , name]) => name === 'small')?.[1]).toBe('2031-05-06')
  })

  test('reads a range', async () => {
    const bytes = await judge('cat', '--offset', '100', '--count', '7', 'judged:copied/sub/large')
    expect(bytes.length).toBeGreaterThan(0)
    expect(
      google.server.arrived.some(({ headers }) => headers.get('range')?.startsWith('bytes=100-') === true),
    ).toBe(true)
  })

  test('tells the storage that is used, and that there is no limit where there is none', async () => {
    const about = async (): Promise<Record<string, number>> =>
      JSON.parse(await judge('about', '--json', 'judged:')) as Record<string, number>
    expect(await about()).toMatchObject({ used: 20_001_000, total: 15 * 1024 ** 3 })
    google.store.behaviour.limitBytes = undefined
    expect(await about()).not.toHaveProperty('total')
  })

  test('deletes for good', async () => {
    await judge('--drive-use-trash=false', 'purge', 'judged:copied')
    expect(google.store.files.size).toBe(0)
  })
})
