import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refusal } from '@backup-internal/fakes/google'
import type { IncomingHead } from '@backup-internal/fakes/wire'
import { type Backup, type BackupProvider, createBackup, rawKey } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { driveAccount } from './accounts.ts'
import { booksIn, pageBytes } from './shop.ts'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'backup-full-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

const isUpload = ({ url }: IncomingHead): boolean => url.pathname.startsWith('/upload/')
/** The bytes of a chunk, and of the whole: `bytes 0-10485759/16777000`. */
const rangeOf = ({ headers }: IncomingHead): readonly number[] =>
  (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []).slice(1).map(Number)

const moments: Readonly<Record<string, (request: IncomingHead) => boolean>> = {
  before: isUpload,
  'in the middle of': (request) => rangeOf(request)[0] === 0,
  'with the last chunk of': (request) => {
    const [from = 0, last = 0, size = 0] = rangeOf(request)
    return from > 0 && last + 1 === size
  },
}

describe.each(Object.entries(moments))('an account that is full %s an upload', (name, refuses) => {
  test('holds nobody up, and has everything when there is room, also after a restart', async () => {
    const drive = await driveAccount()
    const place = join(folder, name.replaceAll(' ', '-'))
    await writeFile(`${place}-data`, randomBytes(5_000 * pageBytes))
    const open = (providers: readonly BackupProvider[], state: string): Backup =>
      createBackup({
        source: pageFile(`${place}-data`, { pageBytes }),
        providers,
        keys: rawKey(new Uint8Array(32).fill(9)),
        state: `${place}-${state}`,
        workers: 0,
      })
    const before = open([local(`${place}-disk`), drive.provider()], 'state')
    await before.init()
    drive.cloud.server.fail((request) => (refuses(request) ? refusal('storageQuotaExceeded') : undefined))

    const { id, state } = await before.run()
    expect(state).toBe('committed')
    const [, full] = await before.sync({ compare: false })
    expect(full).toMatchObject({ problem: { kind: 'quota' } })
    expect(full!.waiting).toBeGreaterThan(1)
    expect(drive.cloud.server.faults()).toBeGreaterThan(0)
    await before.close()

    // Room is made. A new process goes on with what the old one did not bring there.
    drive.cloud.server.fail(() => undefined)
    const after = open([local(`${place}-disk`), drive.provider()], 'state')
    expect((await after.run()).id).not.toBe(id)
    expect((await after.sync({ compare: false })).map(({ waiting }) => waiting)).toEqual([0, 0])
    expect((await after.snapshots()).map((snapshot) => snapshot.state)).toEqual(['replicated', 'replicated'])
    await after.close()

    const alone = open([drive.provider()], 'alone')
    await alone.restore(id, { to: `${place}-restored` })
    expect(booksIn(`${place}-restored`)).toBe(booksIn(`${place}-data`))
    await alone.close()
    await drive.close()
  }, 120_000)
})
