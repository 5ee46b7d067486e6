import { quickXor, refusals } from '@backup-internal/fakes/microsoft'
import type { Fault } from '@backup-internal/fakes/wire'
import { withRetry } from '@backup/core'
import { seededRandom } from '@backup/core/testing'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { failure } from './failure.ts'
import { body, digestOf, isFragment, key, part, stored, storedOnce, uploads } from './uploads.ts'

// What a put comes to: names that are taken, drives that are full, objects that are lost or damaged.

const up = uploads()
const { begin, fragments, requests, fileNames, outcome } = up

describe('a name', () => {
  test.each(['first', 'last'] as const)(
    'that somebody else has taken is found with the %s part (409)',
    async (which) => {
      const provider = await begin()
      const total = 3
      up.own.fake.server.fail((head) => {
        const isIt = isFragment(head) && fragments().length === (which === 'first' ? 1 : total)
        if (!isIt) return undefined
        const { items } = up.own.fake
        const folder = items.folders(items.approot(), ['backup', 'packs', '0a'])
        if (folder && !items.at(folder, ['0a01'])) items.write(folder, '0a01', body)
        return refusals['nameAlreadyExists']
      })
      await provider.put(key, body)
      expect(await outcome(provider)).toEqual(storedOnce)
    },
  )

  test('that holds other bytes by the time of the last part is refused, and they stay', async () => {
    const provider = await begin()
    up.own.fake.server.fail((head) => {
      const { items } = up.own.fake
      const folder = items.folders(items.approot(), ['backup', 'packs', '0a'])
      if (folder && isFragment(head) && fragments().length === 3)
        items.write(folder, '0a01', Buffer.from('theirs'))
      return undefined
    })
    expect((await failure(provider.put(key, body))).kind).toBe('exists')
    expect(Buffer.from(await provider.get(key)).toString()).toBe('theirs')
    expect(up.own.fake.sessions.alive().length).toBe(0)
    expect([...up.journal.notes]).toEqual([])
  })
})

describe('a full drive', () => {
  test.each(['personal', 'business'] as const)('(%s) says so before anything is sent', async (kind) => {
    const provider = await begin(kind)
    up.own.fake.quota.total = 0
    expect(await failure(provider.put(key, body))).toMatchObject({
      kind: 'quota',
      hint: expect.stringContaining('recycle bin'),
    })
    expect(fragments()).toEqual([])
  })

  test('with too little room says so with the last part, which alone goes again later', async () => {
    const provider = await begin()
    await provider.put('packs/0a/small', Buffer.from('small'))
    up.own.fake.quota.total = 2 * part
    expect((await failure(provider.put(key, body))).kind).toBe('quota')
    expect(fragments().length).toBe(3)
    expect(await provider.stat(key)).toBeUndefined()
    expect(Buffer.from(await provider.get('packs/0a/small')).toString()).toBe('small')
    up.own.fake.quota.total = 100 * part
    await provider.put(key, body)
    expect(fragments().length).toBe(4)
    expect(requests('POST', /createUploadSession$/).length).toBe(1)
    expect(await digestOf(provider)).toBe(stored)
  })

  test('that fills up on the way is found with the last part, too', async () => {
    const provider = await begin()
    up.own.fake.server.fail((head) => {
      if (isFragment(head) && fragments().length === 2) up.own.fake.quota.total = 1
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
    if (size === 'small') up.own.fake.switches.loseCommits = 1
    else up.own.fake.sessions.switches.loseCommits = 1
    expect(await failure(provider.put(key, bytes))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('acknowledged'),
    })
    await provider.put(key, bytes)
    expect(up.own.fake.items.files()[0]?.quickXorHash).toBe(quickXor(bytes))
  })

  test('that is damaged on its way is removed again, and never taken for the right one', async () => {
    const provider = await begin()
    up.own.fake.switches.damages = true
    expect(await failure(provider.put(key, bytes))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('damaged'),
    })
    expect(fileNames()).toEqual([])
    up.own.fake.switches.damages = false
    await provider.put(key, bytes)
    expect(up.own.fake.items.files()[0]?.quickXorHash).toBe(quickXor(bytes))
  })

  test('that is damaged and cannot be removed is corrupt, so that nobody takes it for stored', async () => {
    const provider = await begin()
    up.own.fake.switches.damages = true
    up.own.fake.server.fail(({ method }) => (method === 'DELETE' ? refusals['accessDenied'] : undefined))
    const error = await failure(withRetry(provider, { firstDelayMs: 1 }).put(key, bytes))
    expect(error).toMatchObject({
      kind: 'corrupt',
      retryable: false,
      hint: expect.stringContaining('Remove'),
    })
    expect(up.own.fake.server.faults()).toBe(1)
  })

  test('goes where folders are not made by themselves', async () => {
    const provider = await begin()
    up.own.fake.switches.wantsFolders = true
    await provider.put(key, bytes)
    expect(up.own.fake.items.files()[0]?.quickXorHash).toBe(quickXor(bytes))
  })
})

test('forty objects, some of them large, come through once each when 30 of 100 requests fail', async () => {
  const provider = await begin()
  const faulty: readonly Fault[] = ['reset', 'lost-body', 'lost-reply', refusals['generalException'] as Fault]
  const random = seededRandom(7)
  up.own.fake.server.fail(() => (random.below(10) < 3 ? faulty[random.below(faulty.length)] : undefined))
  const patient = withRetry(provider, { attempts: 60, firstDelayMs: 1, maxDelayMs: 3 })
  const bodies = Array.from({ length: 40 }, (_, number) =>
    randomBytes(number % 4 === 0 ? 2 * part : 1_000 + number),
  )
  await Promise.all(
    bodies.map((bytes, number) => patient.put(`packs/0${number % 4}/object-${number}`, bytes)),
  )
  expect(up.own.fake.server.faults()).toBeGreaterThan(50)
  const files = up.own.fake.items.files()
  expect(files.map(({ name }) => name).sort()).toEqual(bodies.map((_, number) => `object-${number}`).sort())
  for (const [number, bytes] of bodies.entries()) {
    expect(files.find(({ name }) => name === `object-${number}`)?.content.equals(bytes)).toBe(true)
  }
  up.own.fake.server.fail(() => undefined)
  expect([...up.journal.notes.keys()]).toEqual([])
  // One whose address was lost with the answer is known to nobody: it holds nothing, and ends by itself.
  expect(up.own.fake.sessions.alive().filter(({ received }) => received > 0).length).toBe(0)
})
