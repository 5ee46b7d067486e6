import { fakeMicrosoft, graphError, refusals } from '@backup-internal/fakes/microsoft'
import { certificate, type Answer, type IncomingHead } from '@backup-internal/fakes/wire'
import type { BackupProvider, ErrorKind } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { onedrive } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { withSmallParts } from './uploads.ts'
import { expectNoSecrets, failure } from './failure.ts'

// What each answer of Graph and OneDrive is called here. The names are those of the catalogue of the fake.

const key = 'packs/0a/there'

interface Row {
  readonly kind: ErrorKind
  readonly says?: string
  readonly hint?: string
  readonly retryAfterMs?: number
  /** Requests to Graph that it takes; a token that is not accepted is replaced once. [1] */
  readonly requests?: number
}

const rows: Readonly<Record<string, Row>> = {
  'activityLimitReached with seconds': { kind: 'throttled', retryAfterMs: 315_000 },
  'activityLimitReached with a date': { kind: 'throttled', retryAfterMs: 90_000 },
  'activityLimitReached without a time': { kind: 'throttled' },
  'activityLimitReached with a reset': { kind: 'throttled', retryAfterMs: 17_000 },
  serviceNotAvailable: { kind: 'throttled', retryAfterMs: 400_000 },
  'a nested throttledRequest': { kind: 'throttled', says: 'throttledRequest', retryAfterMs: 2_000 },
  bandwidth: { kind: 'throttled', says: 'bandwidth', retryAfterMs: 60_000 },
  'gateway timeout': { kind: 'transient' },
  generalException: { kind: 'transient' },
  'an empty 500': { kind: 'transient', says: 'status 500' },
  'a web page with 502': { kind: 'transient', says: 'status 502' },
  InvalidAuthenticationToken: { kind: 'auth', hint: 'Sign in again', requests: 2 },
  unauthenticated: { kind: 'auth', hint: 'Sign in again', requests: 2 },
  'a 401 of RPS': { kind: 'transient', says: 'sign-in service' },
  accessDenied: { kind: 'auth', hint: 'Files.ReadWrite' },
  'accessDenied, restricted': { kind: 'auth', hint: 'administrator' },
  malwareDetected: { kind: 'permanent', says: 'malware', hint: 'another copy' },
  virusSuspicious: { kind: 'permanent', says: 'malware', hint: 'another copy' },
  notAllowed: { kind: 'auth', hint: 'frozen' },
  'a full folder': { kind: 'quota', says: 'too many items', hint: 'expire' },
  resourceLocked: { kind: 'busy', says: 'locked' },
  resourceModified: { kind: 'busy', says: 'changed' },
  nameAlreadyExists: { kind: 'busy', says: 'same name' },
  invalidRange: { kind: 'range' },
  quotaLimitReached: { kind: 'quota', hint: 'recycle bin' },
  'an insufficient quota with 403': { kind: 'quota', hint: 'recycle bin' },
  resyncRequired: { kind: 'transient', says: 'resyncApplyDifferences' },
  invalidPath: { kind: 'config', hint: '"folder"' },
  pathIsTooLong: { kind: 'config', hint: '"folder"' },
  maxFileSizeExceeded: { kind: 'permanent', says: 'size' },
  notSupported: { kind: 'permanent', says: 'notSupported' },
  'a code nobody knows': { kind: 'permanent', says: 'teapot' },
  'no JSON at all': { kind: 'transient', says: 'no sense' },
  'an error inside of a 200': { kind: 'transient', says: 'generalException' },
}

test('has a row for each refusal that the fake knows, but for those that mean that nothing is there', () => {
  expect(Object.keys(rows).sort()).toEqual(
    Object.keys(refusals)
      .filter((name) => name !== 'itemNotFound')
      .sort(),
  )
})

describe.each(Object.entries(rows))(
  '%s',
  (name, { kind, says = '', hint = '', retryAfterMs, requests = 1 }) => {
    test(`is ${kind} from Graph, and asked for once`, async () => {
      await using own = await account()
      const provider = await opened(own)
      const { arrived } = own.fake.server
      const before = arrived.length
      own.fake.server.fail((head) => (isGraph(head) ? refusals[name] : undefined))
      const error = await failure(provider.stat(key))
      expect(error).toMatchObject({ kind, plugin: 'onedrive', key })
      expect(error.retryAfterMs).toBe(retryAfterMs)
      expect(error.message).toContain(says)
      expect(error.hint).toContain(hint)
      expect(arrived.slice(before).filter(isGraph).length).toBe(requests)
      expectNoSecrets(error, own.fake)
    })
  },
)

/** Upload addresses have no token to renew, and 404, 409 and 416 are a part of their protocol. */
const aboutUploads = [
  'InvalidAuthenticationToken',
  'unauthenticated',
  'nameAlreadyExists',
  'invalidRange',
  'resyncRequired',
]
const ofSessions = Object.entries(rows).filter(
  ([name]) => !aboutUploads.includes(name) && status(name) >= 400,
)

describe.each(ofSessions)('%s', (name, { kind, hint = '', retryAfterMs }) => {
  test(`is ${kind} from an upload address too`, async () => {
    await using own = await account()
    const provider = await opened(own)
    const before = own.fake.server.faults()
    own.fake.server.fail(({ url, method }) =>
      url.pathname.startsWith('/upload/') && method === 'PUT' ? refusals[name] : undefined,
    )
    const error = await failure(provider.put('packs/0a/large', Buffer.alloc(200_000, 'x')))
    expect(error).toMatchObject({
      kind,
      plugin: 'onedrive',
      key: 'packs/0a/large',
    })
    expect(error.retryAfterMs).toBe(retryAfterMs)
    expect(error.hint).toContain(hint)
    expect(own.fake.server.faults() - before).toBe(1)
    expectNoSecrets(error, own.fake)
  })
})

describe.each(Object.entries(rows).filter(([name]) => status(name) >= 400 && status(name) !== 416))(
  '%s',
  (name, { kind }) => {
    test(`is never content when a download address says it, but ${kind}`, async () => {
      await using own = await account()
      const provider = await opened(own)
      const before = own.fake.server.faults()
      own.fake.server.fail(({ url }) => (url.pathname.startsWith('/download/') ? refusals[name] : undefined))
      for (const options of [{}, { range: { offset: 1, length: 5 } }]) {
        const error = await failure(provider.get(key, options))
        expect(error).toMatchObject({ kind, plugin: 'onedrive', key })
        expectNoSecrets(error, own.fake)
      }
      expect(own.fake.server.faults() - before).toBeGreaterThanOrEqual(2)
    })
  },
)

test.each<readonly [string, Answer | 'reset' | 'lost-reply', ErrorKind]>([
  ['a broken connection', 'reset', 'transient'],
  ['a lost answer', 'lost-reply', 'transient'],
  ['codes three levels deep', deep(), 'quota'],
  ['a code that is no code', graphError(403, 'https://evil.example/?token=secret'), 'auth'],
  ['a code that is a name of every object', graphError(403, 'constructor'), 'auth'],
])('%s is understood', async (_, answer, kind) => {
  await using own = await account()
  const provider = await opened(own)
  const before = own.fake.server.faults()
  own.fake.server.fail(() => answer)
  const error = await failure(provider.stat(key))
  expect(error.kind).toBe(kind)
  expect(own.fake.server.faults()).toBe(before + 1)
  expect(error.message).not.toContain('evil')
})

test('a host that is not there is transient, and a certificate that nobody signed is config', async () => {
  await using own = await account()
  const stranger = await fakeMicrosoft({ tls: await certificate() })
  const provider = onedrive({ ...own.options, graphUrl: stranger.server.origin })
  const hint = expect.stringContaining('graphUrl')
  expect(await failure(provider.stat(key))).toMatchObject({ kind: 'config', hint })
  await stranger.server.close()
  expect(await failure(provider.stat(key))).toMatchObject({ kind: 'transient', hint })
  expect(stranger.server.arrived).toEqual([])
})

async function opened(own: Account): Promise<BackupProvider> {
  const provider = withSmallParts(own.options)
  await provider.open({ create: true })
  await provider.put(key, Buffer.from('some bytes'))
  return provider
}

function status(name: string): number {
  return refusals[name]?.status ?? 0
}

function isGraph({ url }: IncomingHead): boolean {
  return url.pathname.startsWith('/v1.0/')
}

function deep(): Answer {
  const innerError = {
    code: 'unknownToUs',
    innererror: { code: 'quotaLimitReached', innererror: { code: 'stranger' } },
  }
  return { status: 403, body: { error: { code: 'accessDenied', message: '', innerError } } }
}
