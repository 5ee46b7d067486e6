import { folderType, refusal, type FakeGoogle } from '@backup-internal/fakes/google'
import type { BackupProvider } from '@backup/core'
import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { gdrive } from '../src/index.ts'
import { account, clientId } from './account.ts'
import { isWhole } from './faults.ts'

const key = 'packs/0a/there'
const body = randomBytes(1_000)

describe('listings that lag five minutes', () => {
  test('show at once what was stored and removed here, and to others when the time is over', async () => {
    await using one = await account()
    const { google, options, pass } = one
    google.store.behaviour.listLagMs = 300_000
    const provider = gdrive(options)
    await provider.open({ create: true })
    await provider.put(key, body)
    await provider.put('packs/0b/second', body)
    expect(await keys(provider)).toEqual([key, 'packs/0b/second'])
    expect((await provider.stat(key))?.size).toBe(1_000)
    await provider.put(key, body)
    expect(filesNamed(google, 'there')).toBe(1)
    pass(300_000)
    await provider.delete('packs/0b/second')
    expect(await keys(provider)).toEqual([key])
    const other = gdrive(options)
    // The ghost is still listed, and its id is gone: whoever asks for it is told so.
    expect(await other.stat('packs/0b/second')).toBeUndefined()
    await expect(other.get('packs/0b/second')).rejects.toMatchObject({ kind: 'not-found' })
    await other.put('packs/0b/second', body)
    expect(filesNamed(google, 'second')).toBe(1)
    pass(300_000)
    expect(await keys(other)).toEqual([key, 'packs/0b/second'])
  })

  test('do not show what somebody else has removed in the meantime', async () => {
    await using one = await account()
    one.google.store.behaviour.listLagMs = 300_000
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    await provider.put(key, body)
    const file = [...one.google.store.files.values()].find(({ name }) => name === 'there')
    one.google.store.remove(file?.id ?? '')
    expect(await keys(provider)).toEqual([])
  })

  test('that are not complete are transient', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    one.google.store.behaviour.incomplete = true
    await expect(keys(provider)).rejects.toMatchObject({ kind: 'transient' })
  })

  test('come in pages, also of folders', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    one.google.store.behaviour.pageSize = 3
    const wanted = Array.from({ length: 20 }, (_, at) => `packs/0${at % 5}/object-${at}`)
    for (const each of wanted) await provider.put(each, body)
    expect(await keys(gdrive(one.options))).toEqual(wanted.sort())
  })

  test('are asked for by parent alone, and never by name', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    await provider.put(key, body)
    await keys(provider)
    const searches = one.google.server.arrived
      .map(({ url }) => url.searchParams.get('q'))
      .filter((q) => q !== null)
    expect(searches.length).toBeGreaterThan(0)
    for (const q of searches)
      expect(q).toMatch(/^'[^']+' in parents and mimeType !?= '[^']+' and trashed = false$/)
  })
})

describe('folders that are there twice', () => {
  test('are all looked into, and the oldest is written to', async () => {
    await using one = await account()
    const { google, options } = one
    const provider = gdrive(options)
    await provider.open({ create: true })
    await provider.put(key, body)
    const shard = folderNamed(google, '0a')
    const twin = google.store.add({
      id: google.store.newId(),
      name: '0a',
      parent: shard.parent,
      mimeType: folderType,
      clientId,
    })
    Object.assign(twin, { createdMs: shard.createdMs + 1_000 })
    google.store.add({
      id: google.store.newId(),
      name: 'of-another',
      parent: twin.id,
      mimeType: 'text/plain',
      clientId,
      bytes: body,
    })
    const other = gdrive(options)
    expect(await keys(other)).toEqual(['packs/0a/of-another', key])
    // Also for somebody who knew only the first one before.
    expect((await provider.stat('packs/0a/of-another'))?.size).toBe(1_000)
    expect(Buffer.from(await other.get('packs/0a/of-another')).equals(body)).toBe(true)
    await other.put('packs/0a/new', body)
    expect([...google.store.files.values()].find(({ name }) => name === 'new')?.parent).toBe(shard.id)
    await other.delete('packs/0a/of-another')
    expect(await keys(provider)).toEqual(['packs/0a/new', key])
    // A twin of the object in the twin of the folder, and somebody who knows only one of them.
    const name = 'there'
    google.store.add({
      id: google.store.newId(),
      name,
      parent: twin.id,
      mimeType: 'text/plain',
      clientId,
      bytes: body,
    })
    await provider.delete(key)
    expect(filesNamed(google, name)).toBe(0)
  })

  test('come from two programs that begin together, and each finds what the other stored', async () => {
    await using one = await account()
    const [first, second] = [gdrive(one.options), gdrive(one.options)]
    await Promise.all([first.open({ create: true }), second.open({ create: true })])
    await Promise.all([first.put('packs/0a/of-first', body), second.put('packs/0a/of-second', body)])
    for (const provider of [first, second, gdrive(one.options)]) {
      expect(await keys(provider)).toEqual(['packs/0a/of-first', 'packs/0a/of-second'])
    }
  })

  test('are not made by one program, however many puts begin together or lose their answers', async () => {
    await using one = await account()
    const { google } = one
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    let lost = 0
    google.server.fail(({ method, url }) =>
      method === 'POST' && url.pathname === '/drive/v3/files' && lost++ < 1 ? 'lost-reply' : undefined,
    )
    const puts = (): Promise<unknown> =>
      Promise.allSettled(Array.from({ length: 8 }, (_, at) => provider.put(`packs/0a/object-${at}`, body)))
    await puts()
    await puts()
    expect(lost).toBeGreaterThan(0)
    expect(
      [...google.store.files.values()].filter(({ name }) => name === 'packs' || name === '0a'),
    ).toHaveLength(2)
    expect(await keys(provider)).toHaveLength(8)
  })
})

describe('files that are there twice under one name', () => {
  const hash = createHash('sha256').update(body).digest('hex')
  const named = `packs/${hash.slice(0, 2)}/${hash}`

  test('the one that is what the name says is taken, the damaged one is neither taken nor removed', async () => {
    await using one = await account()
    const { google, options } = one
    const provider = gdrive(options)
    await provider.open({ create: true })
    await provider.put(named, body)
    const damaged = twinOf(google, hash, Buffer.from(body).fill(0, 0, 9), -1_000)
    twinOf(google, hash, Buffer.from(body).fill(0, 0, 9), -2_000)
    const other = gdrive(options)
    expect(await keys(other)).toEqual([named])
    expect(await other.stat(named)).toMatchObject({ size: 1_000, sha256: hash })
    expect(Buffer.from(await other.get(named)).equals(body)).toBe(true)
    await other.put(named, body)
    expect(google.store.files.has(damaged)).toBe(true)
    await expect(other.delete(named)).rejects.toMatchObject({
      kind: 'corrupt',
      hint: expect.stringContaining('by hand'),
    })
    expect(filesNamed(google, hash)).toBe(3)
  })

  test('those with the same bytes are cleared away by a put, but for the oldest, and all of them by a delete', async () => {
    await using one = await account()
    const { google, options } = one
    const provider = gdrive(options)
    await provider.open({ create: true })
    await provider.put(named, body)
    twinOf(google, hash, body, 1_000)
    twinOf(google, hash, body, 2_000)
    await gdrive(options).put(named, body)
    expect(filesNamed(google, hash)).toBe(1)
    twinOf(google, hash, body, 3_000)
    await provider.delete(named)
    expect(filesNamed(google, hash)).toBe(0)
  })

  test('when one of them turns out to be damaged while it is read, the other one is', async () => {
    await using one = await account()
    const { google, options } = one
    const provider = gdrive(options)
    await provider.open({ create: true })
    await provider.put(named, body)
    twinOf(google, hash, body, 1_000)
    for (const file of google.store.files.values()) {
      // The disk of Google, not a new version: the hash stays.
      if (file.name === hash) {
        file.bytes = Buffer.from(body).fill(0, 0, 9)
        break
      }
    }
    const other = gdrive(options)
    await other.stat(named)
    expect(Buffer.from(await other.get(named)).equals(body)).toBe(true)
  })
})

describe('a place that is gone', () => {
  test.each(['trash', 'delete'] as const)(
    'by %s is target-missing, whatever is asked, and never an empty one',
    async (how) => {
      await using one = await account()
      const { google, options } = one
      const provider = gdrive(options)
      await provider.open({ create: true })
      await provider.put(key, body)
      const top = folderNamed(google, 'shop')
      if (how === 'trash') top.trashed = true
      else google.store.remove(top.id)
      const missing = expect.objectContaining({
        kind: 'target-missing',
        hint: expect.stringContaining('drive.file'),
      })
      await expect(gdrive(options).open({})).rejects.toEqual(missing)
      await expect(keys(provider)).rejects.toEqual(missing)
      await expect(provider.stat('packs/0a/none')).rejects.toEqual(missing)
      await expect(provider.get('packs/0b/none')).rejects.toEqual(missing)
      await expect(provider.put('packs/0a/new', body)).rejects.toEqual(missing)
      expect(filesNamed(google, 'new')).toBe(0)
    },
  )

  test('is not taken for one that is out of reach, and that is asked for once', async () => {
    await using one = await account()
    const { server } = one.google
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    const before = server.arrived.length
    server.fail(() => ({ status: 500 }))
    await expect(keys(provider)).rejects.toMatchObject({ kind: 'transient' })
    expect(server.arrived.length).toBe(before + 1)
  })

  test('and was made anew by another program is found again', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    await provider.put(key, body)
    one.google.store.remove(folderNamed(one.google, 'Backups').id)
    const other = gdrive(one.options)
    await other.open({ create: true })
    await other.put('packs/0a/of-another', body)
    expect(await keys(provider)).toEqual(['packs/0a/of-another'])
    await provider.put(key, body)
    expect(await keys(other)).toEqual(['packs/0a/of-another', key])
  })

  test('a folder of a class that somebody removed is made anew', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    await provider.put(key, body)
    one.google.store.remove(folderNamed(one.google, 'packs').id)
    await provider.put('packs/0a/new', body)
    expect(await keys(provider)).toEqual(['packs/0a/new'])
  })

  test('nothing is stored in a folder that somebody has put into the trash', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    await provider.put(key, body)
    folderNamed(one.google, '0a').trashed = true
    await expect(provider.put('packs/0a/new', body)).rejects.toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('trash'),
    })
    expect(filesNamed(one.google, 'new')).toBe(0)
    await provider.put('packs/0a/new', body)
    expect(await keys(gdrive(one.options))).toEqual(['packs/0a/new'])
  })

  test('a shared drive that nobody shared is target-missing', async () => {
    await using one = await account({ sharedDrive: '0ANotShared' })
    await expect(gdrive(one.options).open({ create: true })).rejects.toMatchObject({ kind: 'target-missing' })
  })
})

describe('usage', () => {
  test('is told in numbers, and without a limit there is none', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    await provider.put(key, body)
    one.google.store.behaviour.limitBytes = 10_000
    expect(await provider.usage?.()).toEqual({ usedBytes: 1_000, totalBytes: 10_000, freeBytes: 9_000 })
    one.google.store.behaviour.limitBytes = undefined
    expect(await provider.usage?.()).toEqual({ usedBytes: 1_000 })
  })
})

test('a file whose SHA-256 Google does not tell is confirmed by its MD5', async () => {
  await using one = await account()
  one.google.store.behaviour.withoutSha256 = true
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  await provider.put(key, body)
  expect(await provider.stat(key)).toEqual({ size: 1_000, modifiedAt: expect.any(Date) })
  await expect(gdrive(one.options).put(key, Buffer.from(body).fill(0, 0, 9))).rejects.toMatchObject({
    kind: 'corrupt',
  })
})

test('what arrives damaged is removed, and is transient', async () => {
  await using one = await account()
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  one.google.server.fail((head) =>
    isWhole(head)
      ? {
          alter: (answer) => ({
            ...answer,
            body: { ...(answer.body as object), sha256Checksum: '0'.repeat(64) },
          }),
        }
      : undefined,
  )
  await expect(provider.put(key, body)).rejects.toMatchObject({
    kind: 'transient',
    message: expect.stringContaining('other bytes'),
  })
  expect(filesNamed(one.google, 'there')).toBe(0)
  one.google.server.fail(() => undefined)
  await provider.put(key, body)
})

test('uploads rest for an hour after the limit of the day, nothing is sent meanwhile, and reading goes on', async () => {
  await using one = await account()
  const { google, options, pass } = one
  const provider = gdrive(options)
  await provider.open({ create: true })
  await provider.put(key, body)
  google.server.fail(({ url }) =>
    url.pathname.startsWith('/upload/') ? refusal('dailyLimitExceeded') : undefined,
  )
  await expect(provider.put('packs/0a/new', body)).rejects.toMatchObject({
    kind: 'quota',
    retryAfterMs: 3_600_000,
  })
  google.server.fail(() => undefined)
  const before = google.server.arrived.length
  await expect(provider.put('packs/0a/new', body)).rejects.toMatchObject({ kind: 'quota' })
  expect(google.server.arrived.length).toBe(before)
  expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
  pass(3_600_000)
  await provider.put('packs/0a/new', body)
})

test('the 750 GB of a day, which Google calls too many requests, are found out after ten minutes', async () => {
  await using one = await account()
  const { google, options, pass } = one
  google.store.behaviour.uploadBytesPerDay = 1_500
  const provider = gdrive(options)
  await provider.open({ create: true })
  await provider.put(key, body)
  const kinds: unknown[] = []
  for (let minute = 0; minute <= 10; minute++) {
    kinds.push(await provider.put('packs/0a/new', body).catch(({ kind }: { kind: string }) => kind))
    pass(60_000)
  }
  expect(kinds).toEqual([...Array<string>(10).fill('throttled'), 'quota'])
  expect((await provider.get(key)).length).toBe(1_000)
  pass(24 * 3_600_000)
  await provider.put('packs/0a/new', body)
})

async function keys(provider: BackupProvider): Promise<string[]> {
  const found: string[] = []
  for await (const object of provider.list('')) found.push(object.key)
  return found.sort()
}

function filesNamed({ store }: FakeGoogle, name: string): number {
  return [...store.files.values()].filter((file) => file.name === name).length
}

function folderNamed(
  { store }: FakeGoogle,
  name: string,
): { id: string; parent: string; createdMs: number; trashed: boolean } {
  const folder = [...store.files.values()].find((file) => file.name === name && file.mimeType === folderType)
  if (!folder) throw new Error(`There is no folder ${name}.`)
  return folder
}

/** Another file of this name beside it, so much younger. */
function twinOf({ store }: FakeGoogle, name: string, bytes: Buffer, youngerMs: number): string {
  const first = [...store.files.values()].find((file) => file.name === name)
  if (!first) throw new Error(`There is no file ${name}.`)
  const { parent, mimeType } = first
  const twin = store.add({ id: store.newId(), name, parent, mimeType, clientId, bytes })
  Object.assign(twin, { createdMs: first.createdMs + youngerMs })
  return twin.id
}
