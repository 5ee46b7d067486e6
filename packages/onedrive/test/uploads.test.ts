import { graphError, quickXor, refusals, type AccountKind } from '@backup-internal/fakes/microsoft'
import type { Fault, IncomingHead } from '@backup-internal/fakes/wire'
import { withRetry, type BackupProvider } from '@backup/core'
import { fakeClock, memoryJournal, seededRandom, type MemoryJournal } from '@backup/core/testing'
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { oneDrive, type OneDriveOptions } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { expectNoSecrets, failure } from './failure.ts'

// The protocol of upload sessions, with what is odd about it.

const MiB = 1024 * 1024
const key = 'packs/0a/0a01'
const body = randomBytes(25 * MiB + 7)
const stored = createHash('sha256').update(body).digest('hex')

let own: Account
let journal: MemoryJournal

const begin = async (kind: AccountKind = 'personal', options: Partial<OneDriveOptions> = {}): Promise<BackupProvider> => {
  own = await account({ kind }, options)
  journal = memoryJournal()
  const provider = oneDrive(own.options)
  await provider.open({ create: true, journal })
  return provider
}

/** Another process with the same journal. */
const again = async (): Promise<BackupProvider> => {
  const provider = oneDrive({ ...own.options, auth: own.process() })
  await provider.open({ journal })
  return provider
}

beforeEach(() => {
  own = undefined as unknown as Account
})

afterEach(async () => {
  expect(own.fake.leaks()).toBe(0)
  await own[Symbol.asyncDispose]()
})

const isFragment = ({ method, url }: IncomingHead): boolean => method === 'PUT' && url.pathname.startsWith('/upload/')
const fragments = (): string[] =>
  own.fake.server.arrived.filter(isFragment).map(({ headers }) => headers.get('content-range') ?? '')
const rangeOf = (first: number, end: number): string => `bytes ${first}-${end - 1}/${body.length}`
const digestOf = async (provider: BackupProvider): Promise<string> =>
  createHash('sha256').update(await provider.get(key)).digest('hex')
const fileNames = (): string[] => own.fake.items.files().map(({ name }) => name)
const requests = (method: string, path: RegExp): IncomingHead[] =>
  own.fake.server.arrived.filter((head) => head.method === method && path.test(head.url.pathname))

/** The fault for the n-th request that fits, from 1. */
const at = (fits: (head: IncomingHead) => boolean, number: number, fault: Fault): void => {
  let seen = 0
  own.fake.server.fail((head) => (fits(head) && ++seen === number ? fault : undefined))
}

/** Whole, once, and nothing beside it. */
const expectStored = async (provider: BackupProvider): Promise<void> => {
  own.fake.server.fail(() => undefined)
  expect(await digestOf(provider)).toBe(stored)
  expect(fileNames()).toEqual(['0a01'])
  expect(own.fake.sessions.alive()).toEqual([])
  expect([...journal.notes]).toEqual([])
}

describe('parts', () => {
  test('of 10 MiB go one after the other, with a name and without a token', async () => {
    const provider = await begin()
    await provider.put(key, body)
    expect(fragments()).toEqual([rangeOf(0, 10 * MiB), rangeOf(10 * MiB, 20 * MiB), rangeOf(20 * MiB, body.length)])
    for (const { headers } of own.fake.server.arrived.filter(isFragment)) {
      expect(headers.get('authorization')).toBeNull()
      expect(headers.get('user-agent')).toMatch(/^ISV\|backup\|onedrive\/\d/)
    }
    await expectStored(provider)
  })

  test('are smaller where one takes long', async () => {
    const clock = fakeClock()
    const provider = await begin('personal', { timers: clock })
    // Each answer takes a minute: 10 MiB a minute are 5 MiB in the half of it that a part may take.
    own.fake.server.fail((head) => {
      if (isFragment(head)) void clock.advance(59_000)
      return undefined
    })
    await provider.put(key, body)
    expect(fragments()[0]).toBe(rangeOf(0, 10 * MiB))
    const second = /bytes (\d+)-(\d+)/.exec(fragments()[1] ?? '')
    const bytes = Number(second?.[2]) + 1 - Number(second?.[1])
    expect(bytes % (320 * 1024)).toBe(0)
    expect(bytes).toBeLessThan(6 * MiB)
    expect(bytes).toBeGreaterThan(4 * MiB)
    await expectStored(provider)
  })

  test('go on where the server says, when it names several ranges, and again after them', async () => {
    const provider = await begin()
    own.fake.sessions.switches.keepBytes.push(4 * MiB)
    await provider.put(key, body)
    expect(fragments()).toEqual([
      rangeOf(0, 10 * MiB),
      rangeOf(4 * MiB, 14 * MiB),
      rangeOf(14 * MiB, 24 * MiB),
      rangeOf(24 * MiB, body.length),
    ])
    await expectStored(provider)
  })

  test('are asked for when an answer does not say where it goes on', async () => {
    const provider = await begin()
    own.fake.server.fail((head) => {
      own.fake.sessions.switches.silentAboutNext = isFragment(head)
      return undefined
    })
    await provider.put(key, body)
    expect(requests('GET', /^\/upload\//).length).toBe(2)
    await expectStored(provider)
  })

  test('that the server has already are passed over (416)', async () => {
    const provider = await begin()
    // The first part is kept and answered as if it had been there before.
    at(isFragment, 2, graphError(416, 'invalidRange', { inner: 'fragmentOverlap' }))
    await provider.put(key, body)
    expect(requests('GET', /^\/upload\//).length).toBe(1)
    await expectStored(provider)
  })

  test('that are never taken end the put, and not the program', async () => {
    const provider = await begin()
    own.fake.sessions.switches.keepBytes.push(0, 0, 0, 0, 0, 0, 0, 0, 0)
    expect(await failure(provider.put(key, body))).toMatchObject({ kind: 'transient', message: expect.stringContaining('no more') })
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
  ])('%s goes on with the next put, in another process, and sends at most one part again', async (_, fault) => {
    const provider = await begin()
    at(isFragment, 2, fault)
    const error = await failure(provider.put(key, body))
    expectNoSecrets(error, own.fake)
    expect(journal.notes.size).toBe(1)
    own.fake.server.fail(() => undefined)
    await (await again()).put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    const sent = own.fake.sessions.sentBytes()
    expect(sent).toBeGreaterThanOrEqual(body.length)
    expect(sent).toBeLessThanOrEqual(body.length + 10 * MiB)
    await expectStored(provider)
  })

  test('goes on in the same process without a journal', async () => {
    own = await account()
    const provider = oneDrive(own.options)
    await provider.open({ create: true })
    at(isFragment, 2, 'lost-body')
    await failure(provider.put(key, body))
    own.fake.server.fail(() => undefined)
    await provider.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    expect(await digestOf(provider)).toBe(stored)
  })

  test('that is not known yet is waited for, and then used (404 right after it was made)', async () => {
    const provider = await begin()
    own.fake.sessions.switches.unknownAtFirst = 1
    const error = await failure(provider.put(key, body))
    expect(error).toMatchObject({ kind: 'transient', retryAfterMs: 5_000 })
    await provider.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    await expectStored(provider)
  })

  test('that was forgotten on its way begins anew, once', async () => {
    const provider = await begin()
    let seen = 0
    own.fake.server.fail((head) => {
      if (isFragment(head) && ++seen === 2) own.fake.sessions.abandonAll()
      return undefined
    })
    await provider.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(2)
    await expectStored(provider)
  })

  test('that is forgotten again and again ends the put', async () => {
    const provider = await begin()
    own.fake.server.fail((head) => {
      if (isFragment(head) && !head.headers.get('content-range')?.startsWith('bytes 0-')) own.fake.sessions.abandonAll()
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
    own.fake.server.fail(() => undefined)
    await (await again()).put(key, body)
    expect(requests('DELETE', /^\/upload\//).length).toBe(1)
    await expectStored(provider)
  })

  test('ends when the caller cancels, and nothing of it stays', async () => {
    const provider = await begin()
    const controller = new AbortController()
    const put = provider.put(key, body, { signal: controller.signal, onProgress: () => controller.abort() })
    expect((await failure(put)).kind).toBe('cancelled')
    expect(own.fake.sessions.alive()).toEqual([])
    expect([...journal.notes]).toEqual([])
    expect(fileNames()).toEqual([])
  })

  test('goes on when patience was at its end, which cancels as well but comes back', async () => {
    const provider = await begin()
    let silent = true
    own.fake.server.fail((head) => (silent && isFragment(head) && fragments().length === 2 ? 'silence' : undefined))
    const patient = withRetry(provider, {
      idleMs: 1_500,
      slowestBytesPerSecond: 1e9,
      firstDelayMs: 1,
      onRetry: () => {
        silent = false
      },
    })
    await patient.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    await expectStored(provider)
  })

  test('note that makes no sense is no note', async () => {
    const provider = await begin()
    for (const note of ['', '{}', 'null', '[]', '{"url":"http://127.0.0.1/","size":1,"sha256":"0"}', '{"url":7}']) {
      journal.notes.set(key, note)
      await (await again()).put(key, body)
      await expectStored(provider)
      await provider.delete(key)
    }
  })

  test('whose journal fails is stored all the same', async () => {
    const provider = await begin()
    const broken = async (): Promise<never> => Promise.reject(new Error('the disk of the journal is full'))
    await provider.open({ journal: { read: broken, write: broken, remove: broken, keys: broken } })
    await provider.put(key, body)
    journal.notes.clear()
    await expectStored(provider)
  })

  test('note is forgotten a week after its session has ended', async () => {
    await begin()
    const day = 86_400_000
    const note = { url: 'https://localhost/upload/x', size: 1, sha256: '00' }
    journal.notes.set('packs/00/old', JSON.stringify({ ...note, expiresAt: Date.now() - 8 * day }))
    journal.notes.set('packs/00/young', JSON.stringify({ ...note, expiresAt: Date.now() - 6 * day }))
    await again()
    expect([...journal.notes.keys()]).toEqual(['packs/00/young'])
  })
})

describe('Business', () => {
  test('that keeps a name for a session nobody knows takes the object under another, which is renamed', async () => {
    const provider = await begin('business')
    at(isFragment, 2, 'lost-body')
    await failure(provider.put(key, body))
    own.fake.server.fail(() => undefined)
    journal.notes.clear()
    const other = await again()
    await other.put(key, body)
    expect(requests('POST', /createUploadSession$/).length).toBe(3)
    expect(requests('PATCH', /\/items\//).length).toBe(1)
    // The one that nobody knows the address of ends by itself.
    expect(own.fake.sessions.alive().length).toBe(1)
    own.fake.sessions.abandonAll()
    await expectStored(other)
    expect(own.fake.items.files()[0]?.versions).toBe(1)
  })

  test('shows nothing of an upload under another name, and finds it when its process died before the renaming', async () => {
    const provider = await begin('business')
    at(isFragment, 2, 'lost-body')
    await failure(provider.put(key, body))
    journal.notes.clear()
    own.fake.server.fail(({ method }) => (method === 'PATCH' ? 'reset' : undefined))
    const other = await again()
    expect((await failure(other.put(key, body))).kind).toBe('transient')
    expect(fileNames().length).toBe(1)
    expect(await provider.stat(key)).toBeUndefined()
    for await (const object of provider.list('')) expect.unreachable(object.key)
    own.fake.server.fail(() => undefined)
    const before = own.fake.sessions.sentBytes()
    await (await again()).put(key, body)
    expect(own.fake.sessions.sentBytes()).toBe(before)
    own.fake.sessions.abandonAll()
    await expectStored(provider)
  })

  test('that replaces although it was told not to replaces nothing, for it is looked before', async () => {
    const provider = await begin('business')
    own.fake.switches.overwritesAnyway = true
    await provider.put(key, body)
    for (const other of [randomBytes(10), randomBytes(30 * MiB)]) {
      expect((await failure(provider.put(key, other))).kind).toBe('exists')
    }
    expect((await failure(provider.put(key, randomBytes(body.length)))).kind).toBe('corrupt')
    await expectStored(provider)
  })

  test('that has no hash yet is asked for the bytes', async () => {
    const provider = await begin('business')
    own.fake.switches.hashless = true
    await provider.put(key, body)
    expect(requests('GET', /^\/download\//).length).toBe(1)
    own.fake.switches.damages = true
    expect((await failure(provider.put('packs/0a/damaged', randomBytes(100)))).kind).toBe('transient')
    await expectStored(provider)
  })
})

describe('a name', () => {
  test.each(['first', 'last'] as const)('that somebody else has taken is found with the %s part (409)', async (which) => {
    const provider = await begin()
    const total = 3
    own.fake.server.fail((head) => {
      const isIt = isFragment(head) && fragments().length === (which === 'first' ? 1 : total)
      if (!isIt) return undefined
      const { items } = own.fake
      const folder = items.folders(items.approot(), ['backup', 'packs', '0a'])
      if (folder && !items.at(folder, ['0a01'])) items.write(folder, '0a01', body)
      return refusals['nameAlreadyExists']
    })
    await provider.put(key, body)
    await expectStored(provider)
  })

  test('that holds other bytes by the time of the last part is refused, and they stay', async () => {
    const provider = await begin()
    own.fake.server.fail((head) => {
      const { items } = own.fake
      const folder = items.folders(items.approot(), ['backup', 'packs', '0a'])
      if (folder && isFragment(head) && fragments().length === 3) items.write(folder, '0a01', Buffer.from('theirs'))
      return undefined
    })
    expect((await failure(provider.put(key, body))).kind).toBe('exists')
    expect(Buffer.from(await provider.get(key)).toString()).toBe('theirs')
    expect(own.fake.sessions.alive()).toEqual([])
    expect([...journal.notes]).toEqual([])
  })
})

describe('a full drive', () => {
  test('of a personal account says so before anything is sent', async () => {
    const provider = await begin()
    own.fake.quota.total = 20 * MiB
    expect(await failure(provider.put(key, body))).toMatchObject({ kind: 'quota', hint: expect.stringContaining('recycle bin') })
    expect(fragments()).toEqual([])
  })

  test('of Business says so with the last part, which is all that goes again when there is room', async () => {
    const provider = await begin('business')
    await provider.put('packs/0a/small', Buffer.from('small'))
    own.fake.quota.total = 20 * MiB
    expect((await failure(provider.put(key, body))).kind).toBe('quota')
    expect(fragments().length).toBe(3)
    expect(await provider.stat(key)).toBeUndefined()
    expect(Buffer.from(await provider.get('packs/0a/small')).toString()).toBe('small')
    own.fake.quota.total = 100 * MiB
    await provider.put(key, body)
    expect(fragments().length).toBe(4)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    expect(await digestOf(provider)).toBe(stored)
  })

  test('that fills up on the way is found with the last part, too', async () => {
    const provider = await begin()
    own.fake.server.fail((head) => {
      if (isFragment(head) && fragments().length === 2) own.fake.quota.total = 1
      return undefined
    })
    expect((await failure(provider.put(key, body))).kind).toBe('quota')
    expect(fileNames()).toEqual([])
  })
})

describe.each<readonly [string, Buffer]>([
  ['small', randomBytes(1_000)],
  ['large', body],
])('a %s object', (size, bytes) => {
  test('that is acknowledged and lost is missed at once, and stored by the next attempt', async () => {
    const provider = await begin()
    if (size === 'small') own.fake.switches.loseCommits = 1
    else own.fake.sessions.switches.loseCommits = 1
    expect(await failure(provider.put(key, bytes))).toMatchObject({ kind: 'transient', message: expect.stringContaining('acknowledged') })
    await provider.put(key, bytes)
    expect(own.fake.items.files()[0]?.quickXorHash).toBe(quickXor(bytes))
  })

  test('that is damaged on its way is removed again, and never taken for the right one', async () => {
    const provider = await begin()
    own.fake.switches.damages = true
    expect(await failure(provider.put(key, bytes))).toMatchObject({ kind: 'transient', message: expect.stringContaining('damaged') })
    expect(fileNames()).toEqual([])
    own.fake.switches.damages = false
    await provider.put(key, bytes)
    expect(own.fake.items.files()[0]?.quickXorHash).toBe(quickXor(bytes))
  })

  test('that is damaged and cannot be removed is corrupt, so that nobody takes it for stored', async () => {
    const provider = await begin()
    own.fake.switches.damages = true
    own.fake.server.fail(({ method }) => (method === 'DELETE' ? refusals['accessDenied'] : undefined))
    const error = await failure(withRetry(provider, { firstDelayMs: 1 }).put(key, bytes))
    expect(error).toMatchObject({ kind: 'corrupt', retryable: false, hint: expect.stringContaining('Remove') })
    expect(own.fake.server.faults()).toBe(1)
  })

  test('goes where folders are not made by themselves', async () => {
    const provider = await begin()
    own.fake.switches.wantsFolders = true
    await provider.put(key, bytes)
    expect(own.fake.items.files()[0]?.quickXorHash).toBe(quickXor(bytes))
  })
})

test('forty objects of which some are large come through when 30 of 100 requests fail, once each and without leftovers', async () => {
  const provider = await begin()
  const faulty: readonly Fault[] = ['reset', 'lost-body', 'lost-reply', refusals['generalException'] as Fault]
  const random = seededRandom(7)
  own.fake.server.fail(() => (random.below(10) < 3 ? faulty[random.below(faulty.length)] : undefined))
  const patient = withRetry(provider, { attempts: 60, firstDelayMs: 1, maxDelayMs: 3 })
  const bodies = Array.from({ length: 40 }, (_, number) => randomBytes(number % 8 === 0 ? 11 * MiB : 1_000 + number))
  await Promise.all(bodies.map((bytes, number) => patient.put(`packs/0${number % 4}/object-${number}`, bytes)))
  expect(own.fake.server.faults()).toBeGreaterThan(50)
  const files = own.fake.items.files()
  expect(files.map(({ name }) => name).sort()).toEqual(bodies.map((_, number) => `object-${number}`).sort())
  for (const [number, bytes] of bodies.entries()) {
    expect(files.find(({ name }) => name === `object-${number}`)?.content.equals(bytes)).toBe(true)
  }
  own.fake.server.fail(() => undefined)
  expect([...journal.notes]).toEqual([])
  expect(own.fake.sessions.alive()).toEqual([])
})
