import type { IncomingHead } from '@backup-internal/fakes/wire'
import { withRetry, type BackupError, type UploadJournal } from '@backup/core'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { gdrive } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { inject, isChunk, isLastChunk, isWhole } from './faults.ts'

const key = 'packs/0a/there'
const MiB = 1024 * 1024
const chunkBytes = 10 * MiB

test.each<readonly [number, readonly string[]]>([
  [0, ['whole']],
  [5_000_000, ['whole']],
  [5_000_001, ['begin', '0-5000000/5000001']],
  [10 * MiB, ['begin', '0-10485759/10485760']],
  [10 * MiB + 1, ['begin', '0-10485759/10485761', '10485760-10485760/10485761']],
])('an object of %i bytes goes as %j', async (size, requests) => {
  await using one = await account()
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  const body = randomBytes(size)
  const told: number[] = []
  await provider.put(key, body, { onProgress: (sent) => told.push(sent) })
  expect(sent(one).map(nameOf)).toEqual(requests)
  expect(told.at(-1)).toBe(size)
  expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
  expect(one.google.uploads.unfinished()).toBe(0)
})

describe('an upload that broke off', () => {
  test.each(['the same process', 'another process with the journal'])('goes on in %s', async (who) => {
    await using one = await account()
    const { google, options } = one
    const journal = memoryJournal()
    const body = randomBytes(35 * MiB)
    const first = gdrive(options)
    await first.open({ create: true, journal })
    const fault = inject('dies-mid-upload', one)
    await expect(first.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    expect(fault.happened()).toBeGreaterThan(0)
    fault.end()
    const second = who === 'the same process' ? first : gdrive(options)
    if (second !== first) await second.open({ journal })
    await second.put(key, body)
    expect(Buffer.from(await second.get(key)).equals(body)).toBe(true)
    expect(google.uploads.receivedBytes()).toBeLessThanOrEqual(body.length + chunkBytes)
    expect(journal.notes.size).toBe(0)
    expect(google.uploads.unfinished()).toBe(0)
  })

  test('begins anew without the journal, and the note that is left does no harm', async () => {
    await using one = await account()
    const body = randomBytes(25 * MiB)
    const journal = memoryJournal()
    const first = gdrive(one.options)
    await first.open({ create: true, journal })
    const fault = inject('dies-mid-upload', one)
    await expect(first.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    fault.end()
    await gdrive(one.options).put(key, body)
    const third = gdrive(one.options)
    await third.open({ journal })
    await third.put(key, body)
    expect([...one.google.store.files.values()].filter(({ name }) => name === 'there')).toHaveLength(1)
    expect(journal.notes.size).toBe(0)
  })

  test('is not gone on with for other bytes: they get an upload of their own', async () => {
    await using one = await account()
    const journal = memoryJournal()
    const provider = gdrive(one.options)
    await provider.open({ create: true, journal })
    const fault = inject('dies-mid-upload', one)
    await expect(provider.put(key, randomBytes(25 * MiB))).rejects.toMatchObject({ kind: 'transient' })
    fault.end()
    const other = randomBytes(25 * MiB)
    await provider.put(key, other)
    expect(Buffer.from(await provider.get(key)).equals(other)).toBe(true)
    expect(one.google.uploads.unfinished()).toBe(0)
  })

  test.each([404, 410] as const)('whose session ended with %i begins anew once', async (status) => {
    await using one = await account()
    const { google } = one
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    const body = randomBytes(25 * MiB)
    let chunks = 0
    google.server.fail((head) => {
      if (isChunk(head) && ++chunks === 2) google.uploads.expire(status)
      return undefined
    })
    await provider.put(key, body)
    expect(
      sent(one)
        .map(nameOf)
        .filter((name) => name === 'begin'),
    ).toHaveLength(2)
    expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
  })

  test('whose session ends every time is left for the next attempt', async () => {
    await using one = await account()
    const { google } = one
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    google.server.fail((head) => (isChunk(head) ? { status: 404 } : undefined))
    await expect(provider.put(key, randomBytes(6 * MiB))).rejects.toMatchObject({ kind: 'transient' })
    expect(
      sent(one)
        .map(nameOf)
        .filter((name) => name === 'begin'),
    ).toHaveLength(2)
  })

  test('of which Google keeps nothing at all is left for the next attempt', async () => {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    one.google.store.behaviour.dropChunks = Infinity
    await expect(provider.put(key, randomBytes(11 * MiB))).rejects.toMatchObject({ kind: 'transient' })
    expect(sent(one).filter(isChunk)).toHaveLength(2)
  })

  test('of which all has arrived but the answer to the last chunk is found to be there', async () => {
    await using one = await account()
    const { google } = one
    const provider = withRetry(gdrive(one.options), { firstDelayMs: 1 })
    await provider.open({ create: true })
    let lost = 0
    google.server.fail((head) => (isLastChunk(head) && lost++ === 0 ? 'lost-reply' : undefined))
    const body = randomBytes(12 * MiB)
    await provider.put(key, body)
    expect(lost).toBe(1)
    expect(google.uploads.receivedBytes()).toBe(body.length)
    expect([...google.store.files.values()].filter(({ name }) => name === 'there')).toHaveLength(1)
  })

  test('that ended without anybody knowing, and whose file was removed since, is made anew', async () => {
    await using one = await account()
    const { google, options } = one
    const journal = memoryJournal()
    const provider = gdrive(options)
    await provider.open({ create: true, journal })
    const body = randomBytes(6 * MiB)
    google.server.fail((head) => (isLastChunk(head) ? 'lost-reply' : undefined))
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'transient' })
    google.server.fail(() => undefined)
    const notes = new Map(journal.notes)
    expect(notes.size).toBe(1)
    await gdrive(options).delete(key)
    const other = gdrive(options)
    await other.open({ journal: { ...journal, read: async (name) => notes.get(name) } })
    await withRetry(other, { firstDelayMs: 1 }).put(key, body)
    expect(Buffer.from(await gdrive(options).get(key)).equals(body)).toBe(true)
  })

  test('is forgotten when its note is older than a session lives', async () => {
    await using one = await account()
    const journal = memoryJournal()
    const provider = gdrive(one.options)
    await provider.open({ create: true, journal })
    const fault = inject('dies-mid-upload', one)
    await expect(provider.put(key, randomBytes(25 * MiB))).rejects.toMatchObject({ kind: 'transient' })
    fault.end()
    expect(journal.notes.size).toBe(1)
    one.pass(7 * 86_400_000)
    await gdrive(one.options).open({ journal })
    expect(journal.notes.size).toBe(0)
  })
})

describe('the journal', () => {
  test('that fails costs no backup', async () => {
    await using one = await account()
    const fail = (): Promise<never> => Promise.reject(new Error('The disk is gone.'))
    const provider = gdrive(one.options)
    await provider.open({ create: true, journal: { read: fail, write: fail, remove: fail, keys: fail } })
    await provider.put(key, randomBytes(11 * MiB))
    expect((await provider.stat(key))?.size).toBe(11 * MiB)
  })

  test.each(['no json', '{}', '[]', 'null', '{"id":"x","size":"many","sha256":"x","url":"x","at":1}'])(
    'with %s in it is as good as none',
    async (note) => {
      await using one = await account()
      const journal = memoryJournal()
      journal.notes.set(key, note)
      const provider = gdrive(one.options)
      await provider.open({ create: true, journal })
      expect(journal.notes.size).toBe(0)
      await provider.put(key, randomBytes(100))
    },
  )

  test('sends no token to another host, whatever it says', async () => {
    await using one = await account()
    const body = randomBytes(11 * MiB)
    await using elsewhere = await listener()
    const journal = memoryJournal()
    const [size, sha256] = [body.length, createHash('sha256').update(body).digest('hex')]
    const [id = ''] = [one.google.store.newId()]
    const url = `http://127.0.0.1:${elsewhere.port}/upload/drive/v3/files?upload_id=x`
    journal.notes.set(key, JSON.stringify({ id, size, sha256, url, at: Date.now() }))
    const provider = gdrive(one.options)
    await provider.open({ create: true, journal })
    await provider.put(key, body)
    expect(elsewhere.requests).toBe(0)
    expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
  })

  test('is the only one that learns the address of a session: no error tells it, nor any token', async () => {
    await using one = await account({ idleMs: 1_500 })
    const { google, options } = one
    const journal = memoryJournal()
    const provider = gdrive(options)
    await provider.open({ create: true, journal })
    for (const fault of ['reset', 'silence', { status: 500 }, { status: 418 }] as const) {
      google.server.fail((head) => (isChunk(head) || isWhole(head) ? fault : undefined))
      for (const size of [100, 11 * MiB]) {
        const error = await provider.put(key, randomBytes(size)).then(
          () => expect.fail(),
          (reason: BackupError) => reason,
        )
        expect(google.server.faults()).toBeGreaterThan(0)
        expect(`${inspect(error, { depth: 12, showHidden: true })} ${JSON.stringify(error)}`).not.toMatch(
          /upload_id|ya29|1\/\/|Bearer/,
        )
      }
    }
  })
})

describe('a put that is cancelled', () => {
  test.each([
    ['by the caller leaves no session', new Error('enough'), 0],
    ['by a watchdog leaves one to go on with', 'idle', 1],
  ] as const)('%s', async (_, why, left) => {
    await using one = await account()
    const { BackupError: OwnError } = await import('@backup/core')
    const reason = why === 'idle' ? new OwnError('transient', 'Nothing moved.') : why
    const controller = new AbortController()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    const put = provider.put(key, randomBytes(25 * MiB), {
      signal: controller.signal,
      onProgress: (bytes) => bytes > 12 * MiB && controller.abort(reason),
    })
    await expect(put).rejects.toMatchObject({ kind: 'cancelled' })
    expect(one.google.uploads.unfinished()).toBe(left)
    expect(await provider.stat(key)).toBeUndefined()
  })
})

function sent({ google }: Account): IncomingHead[] {
  return google.server.arrived.filter(({ url }) => url.pathname.startsWith('/upload/'))
}

function nameOf(head: IncomingHead): string {
  if (isWhole(head)) return 'whole'
  return (
    head.headers.get('content-range')?.replace('bytes ', '') ??
    (head.method === 'POST' ? 'begin' : head.method)
  )
}

interface MemoryJournal extends UploadJournal {
  readonly notes: Map<string, string>
}

function memoryJournal(): MemoryJournal {
  const notes = new Map<string, string>()
  return {
    notes,
    read: async (name) => notes.get(name),
    write: async (name, note) => void notes.set(name, note),
    remove: async (name) => void notes.delete(name),
    keys: async () => [...notes.keys()],
  }
}

interface Listener extends AsyncDisposable {
  readonly port: number
  requests: number
}

async function listener(): Promise<Listener> {
  const server: Server = createServer((_, response) => {
    self.requests++
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: Listener = {
    port: (server.address() as AddressInfo).port,
    requests: 0,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
  return self
}
