import { graphError, refusals } from '@backup-internal/fakes/microsoft'
import type { Fault } from '@backup-internal/fakes/wire'
import { withRetry, type Timers } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { expectNoSecrets, failure } from './failure.ts'
import {
  body,
  digestOf,
  isFragment,
  key,
  part,
  rangeOf,
  stored,
  storedOnce,
  unit,
  uploads,
  withSmallParts,
} from './uploads.ts'

// The protocol of upload sessions, with what is odd about it.

const up = uploads()
const { begin, again, fragments, requests, fileNames, at, outcome } = up

describe('parts', () => {
  test('go one after the other, with a name and without a token', async () => {
    const provider = await begin()
    await provider.put(key, body)
    expect(fragments()).toEqual([rangeOf(0, part), rangeOf(part, 2 * part), rangeOf(2 * part, body.length)])
    for (const { headers } of up.own.fake.server.arrived.filter(isFragment)) {
      expect(headers.get('authorization')).toBeNull()
      expect(headers.get('user-agent')).toMatch(/^ISV\|backup\|onedrive\/\d/)
    }
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('are smaller where one takes long', async () => {
    let slowMs = 0
    const timers: Timers = {
      now: () => performance.now() + slowMs,
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
    }
    const provider = await begin('personal', { timers })
    up.own.fake.server.fail((head) => {
      if (isFragment(head)) slowMs += 39_000
      return undefined
    })
    await provider.put(key, body)
    // Four units took 39 s, so three of them fit into the half minute that a part may take.
    expect(fragments().slice(0, 2)).toEqual([rangeOf(0, part), rangeOf(part, part + 3 * unit)])
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('go on where the server says, when it names several ranges, and again after them', async () => {
    const provider = await begin()
    up.own.fake.sessions.switches.keepBytes.push(unit)
    await provider.put(key, body)
    expect(fragments()).toEqual([
      rangeOf(0, part),
      rangeOf(unit, unit + part),
      rangeOf(unit + part, unit + 2 * part),
      rangeOf(unit + 2 * part, body.length),
    ])
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('are asked for when an answer does not say where it goes on', async () => {
    const provider = await begin()
    up.own.fake.server.fail((head) => {
      up.own.fake.sessions.switches.silentAboutNext = isFragment(head)
      return undefined
    })
    await provider.put(key, body)
    expect(requests('GET', /^\/upload\//).length).toBe(2)
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('that the server has already are passed over (416)', async () => {
    const provider = await begin()
    // The first part is kept and answered as if it had been there before.
    at(isFragment, 2, graphError(416, 'invalidRange', { inner: 'fragmentOverlap' }))
    await provider.put(key, body)
    expect(requests('GET', /^\/upload\//).length).toBe(1)
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('that are never taken end the put, and not the program', async () => {
    const provider = await begin()
    up.own.fake.sessions.switches.keepBytes.push(0, 0, 0, 0, 0, 0, 0, 0, 0)
    expect(await failure(provider.put(key, body))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('no more'),
    })
    expect(fragments().length).toBe(3)
  })
})

describe('a session', () => {
  test.each<readonly [string, Fault]>([
    ['whose part is lost', 'lost-body'],
    ['whose part was refused by a gateway', refusals['a web page with 502'] as Fault],
    ['whose part took too long', refusals['gateway timeout'] as Fault],
    ['whose answer is lost', 'lost-reply'],
    ['whose drive was throttled', refusals['activityLimitReached with seconds'] as Fault],
    ['whose drive was full', refusals['quotaLimitReached'] as Fault],
  ])(
    '%s goes on with the next put, in another process, and sends at most one part again',
    async (_, fault) => {
      const provider = await begin()
      at(isFragment, 2, fault)
      const error = await failure(provider.put(key, body))
      expectNoSecrets(error, up.own.fake)
      expect(up.journal.notes.size).toBe(1)
      up.own.fake.server.fail(() => undefined)
      await (await again()).put(key, body)
      expect(requests('POST', /createUploadSession$/).length).toBe(1)
      const sent = up.own.fake.sessions.sentBytes()
      expect(sent).toBeGreaterThanOrEqual(body.length)
      expect(sent).toBeLessThanOrEqual(body.length + part)
      expect(await outcome(provider)).toEqual(storedOnce)
    },
  )

  test('goes on in the same process without a journal', async () => {
    await begin()
    const provider = withSmallParts(up.own.options)
    at(isFragment, 2, 'lost-body')
    await failure(provider.put(key, body))
    up.own.fake.server.fail(() => undefined)
    await provider.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    expect(await digestOf(provider)).toBe(stored)
  })

  test('that is not known yet is waited for, and then used (404 right after it was made)', async () => {
    const provider = await begin()
    up.own.fake.sessions.switches.unknownAtFirst = 1
    const error = await failure(provider.put(key, body))
    expect(error).toMatchObject({ kind: 'transient', retryAfterMs: 5_000 })
    await provider.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('that was forgotten on its way begins anew, once', async () => {
    const provider = await begin()
    let seen = 0
    up.own.fake.server.fail((head) => {
      if (isFragment(head) && ++seen === 2) up.own.fake.sessions.abandonAll()
      return undefined
    })
    await provider.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(2)
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('that is forgotten again and again ends the put', async () => {
    const provider = await begin()
    up.own.fake.server.fail((head) => {
      if (isFragment(head) && !head.headers.get('content-range')?.startsWith('bytes 0-'))
        up.own.fake.sessions.abandonAll()
      return undefined
    })
    expect(await failure(provider.put(key, body))).toMatchObject({ kind: 'transient' })
    expect(requests('POST', /createUploadSession$/).length).toBe(2)
    expect(fileNames()).toEqual([])
  })

  test('of other bytes under the same name is ended before another begins', async () => {
    const provider = await begin('business')
    at(isFragment, 2, 'lost-body')
    await failure(provider.put(key, randomBytes(body.length)))
    up.own.fake.server.fail(() => undefined)
    await (await again()).put(key, body)
    expect(requests('DELETE', /^\/upload\//).length).toBe(1)
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('ends when the caller cancels, and nothing of it stays', async () => {
    const provider = await begin()
    const controller = new AbortController()
    const put = provider.put(key, body, { signal: controller.signal, onProgress: () => controller.abort() })
    expect((await failure(put)).kind).toBe('cancelled')
    expect(up.own.fake.sessions.alive().length).toBe(0)
    expect([...up.journal.notes]).toEqual([])
    expect(fileNames()).toEqual([])
  })

  test('goes on when patience was at its end, which cancels as well but comes back', async () => {
    const provider = await begin()
    let silent = true
    up.own.fake.server.fail((head) =>
      silent && isFragment(head) && fragments().length === 2 ? 'silence' : undefined,
    )
    const patient = withRetry(provider, {
      idleMs: 1_000,
      slowestBytesPerSecond: 1e9,
      firstDelayMs: 1,
      onRetry: () => {
        silent = false
      },
    })
    await patient.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('note that makes no sense is no note', async () => {
    await begin()
    const large = randomBytes(200_000)
    const nonsense = [
      '',
      '{}',
      'null',
      '[]',
      '{"url":"http://127.0.0.1/","size":1,"sha256":"0"}',
      '{"url":7}',
    ]
    for (const [number, note] of nonsense.entries()) {
      up.journal.notes.set(`packs/0a/${number}`, note)
      await (await again()).put(`packs/0a/${number}`, large)
    }
    expect(fileNames()).toEqual(['0', '1', '2', '3', '4', '5'])
    expect([...up.journal.notes.keys()]).toEqual([])
  })

  test('whose journal fails is stored all the same', async () => {
    const provider = await begin()
    const broken = async (): Promise<never> => Promise.reject(new Error('the disk of the journal is full'))
    await provider.open({ journal: { read: broken, write: broken, remove: broken, keys: broken } })
    await provider.put(key, body)
    up.journal.notes.clear()
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('note is forgotten a week after its session has ended', async () => {
    await begin()
    const day = 86_400_000
    const note = { url: 'https://localhost/upload/x', size: 1, sha256: '00' }
    up.journal.notes.set('packs/00/old', JSON.stringify({ ...note, expiresAt: Date.now() - 8 * day }))
    up.journal.notes.set('packs/00/young', JSON.stringify({ ...note, expiresAt: Date.now() - 6 * day }))
    await again()
    expect([...up.journal.notes.keys()]).toEqual(['packs/00/young'])
  })
})

describe('Business', () => {
  test('that keeps a name for a session nobody knows takes another, which is renamed', async () => {
    const provider = await begin('business')
    at(isFragment, 2, 'lost-body')
    await failure(provider.put(key, body))
    up.own.fake.server.fail(() => undefined)
    up.journal.notes.clear()
    const other = await again()
    await other.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(3)
    expect(requests('PATCH', /\/items\//).length).toBe(1)
    // The one that nobody knows the address of ends by itself.
    expect(up.own.fake.sessions.alive().length).toBe(1)
    up.own.fake.sessions.abandonAll()
    expect(await outcome(other)).toEqual(storedOnce)
    expect(up.own.fake.items.files()[0]?.versions).toBe(1)
  })

  test('shows nothing of an upload under another name, and finds it when nobody renamed it', async () => {
    const provider = await begin('business')
    at(isFragment, 2, 'lost-body')
    await failure(provider.put(key, body))
    up.journal.notes.clear()
    up.own.fake.server.fail(({ method }) => (method === 'PATCH' ? 'reset' : undefined))
    const other = await again()
    expect((await failure(other.put(key, body))).kind).toBe('transient')
    expect(fileNames().length).toBe(1)
    expect(await provider.stat(key)).toBeUndefined()
    for await (const object of provider.list('')) expect.unreachable(object.key)
    up.own.fake.server.fail(() => undefined)
    const before = up.own.fake.sessions.sentBytes()
    await (await again()).put(key, body)
    expect(up.own.fake.sessions.sentBytes()).toBe(before)
    up.own.fake.sessions.abandonAll()
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('that replaces although it was told not to replaces nothing, for it is looked before', async () => {
    const provider = await begin('business')
    up.own.fake.switches.overwritesAnyway = true
    await provider.put(key, body)
    for (const other of [randomBytes(10), randomBytes(2 * body.length)]) {
      expect((await failure(provider.put(key, other))).kind).toBe('exists')
    }
    expect((await failure(provider.put(key, randomBytes(body.length)))).kind).toBe('corrupt')
    expect(await outcome(provider)).toEqual(storedOnce)
  })

  test('that has no hash yet is asked for the bytes', async () => {
    const provider = await begin('business')
    up.own.fake.switches.hashless = true
    await provider.put(key, body)
    expect(requests('GET', /^\/download\//).length).toBe(1)
    up.own.fake.switches.damages = true
    expect((await failure(provider.put('packs/0a/damaged', randomBytes(100)))).kind).toBe('transient')
    expect(await outcome(provider)).toEqual(storedOnce)
  })
})
