import { reasons, refusal, refusalOf, type Reason } from '@backup-internal/fakes/google'
import type { Answer, Fault, IncomingHead } from '@backup-internal/fakes/wire'
import type { BackupError, ErrorKind } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { gdrive } from '../src/index.ts'
import { account } from './account.ts'
import { isDownload, isWhole, mixed } from './faults.ts'

// Every refusal that Drive is known for: what kind it is, what is said about it, and that it is asked for once.

const key = 'packs/0a/there'
const hourMs = 3_600_000

interface Row {
  readonly kind: ErrorKind
  readonly hint: string
  readonly retryAfterMs?: number
  /** Requests that the call makes of those that fail. [1] */
  readonly times?: number
}

const byReason: Readonly<Record<Exclude<Reason, 'fileIdInUse' | 'requestedRangeNotSatisfiable'>, Row>> = {
  // Sent again with another token.
  authError: { kind: 'auth', hint: 'Sign in again', times: 2 },
  rateLimitExceeded: { kind: 'throttled', hint: 'Wait' },
  userRateLimitExceeded: { kind: 'throttled', hint: 'Wait' },
  tooManyRequests: { kind: 'throttled', hint: 'Wait' },
  dailyLimitExceeded: { kind: 'quota', hint: 'Reading goes on', retryAfterMs: hourMs },
  quotaExceeded: { kind: 'quota', hint: 'Reading goes on', retryAfterMs: hourMs },
  storageQuotaExceeded: { kind: 'quota', hint: 'Service accounts have no storage' },
  activeItemCreationLimitExceeded: { kind: 'quota', hint: 'another account' },
  numChildrenInNonRootLimitExceeded: { kind: 'quota', hint: 'another "folder"' },
  teamDriveFileLimitExceeded: { kind: 'quota', hint: 'another shared drive' },
  // Sent again with the word that the danger is known.
  cannotDownloadAbusiveFile: { kind: 'permanent', hint: 'Only the owner', times: 2 },
  invalidAbuseAcknowledgment: { kind: 'auth', hint: 'account that owns the folder' },
  downloadQuotaExceeded: { kind: 'throttled', hint: 'another provider' },
  domainPolicy: { kind: 'auth', hint: 'administrator' },
  insufficientFilePermissions: { kind: 'auth', hint: 'account that owns the folder' },
  insufficientPermissions: { kind: 'auth', hint: 'drive.file' },
  appNotAuthorizedToFile: { kind: 'auth', hint: 'client id' },
  accessNotConfigured: { kind: 'config', hint: 'Enable the Google Drive API' },
  notFound: { kind: 'not-found', hint: 'drive.file' },
  failedPrecondition: { kind: 'throttled', hint: 'Wait' },
  invalid: { kind: 'permanent', hint: 'See the cause' },
  backendError: { kind: 'transient', hint: 'Try again' },
  internalError: { kind: 'transient', hint: 'Try again' },
}

test('every reason of the fake has its row, or a test of its own', () => {
  const elsewhere = ['fileIdInUse', 'requestedRangeNotSatisfiable']
  expect([...Object.keys(byReason), ...elsewhere].sort()).toEqual([...reasons].sort())
})

describe.each(Object.entries(byReason) as [Reason, Row][])(
  '%s',
  (reason, { kind, hint, retryAfterMs, times = 1 }) => {
    test(`is ${kind} where an object is read`, async () => {
      const { error, asked } = await whenRead(refusal(reason))
      expect(error).toMatchObject({ kind, plugin: 'gdrive', key, hint: expect.stringContaining(hint) })
      expect(error.retryAfterMs).toBe(retryAfterMs)
      // What is not there is looked for, and not asked for by its old id again.
      expect(asked).toBe(reason === 'notFound' ? 1 : times)
    })
  },
)

test.each([
  'storageQuotaExceeded',
  'dailyLimitExceeded',
  'activeItemCreationLimitExceeded',
  'numChildrenInNonRootLimitExceeded',
  'teamDriveFileLimitExceeded',
] as const)('%s is quota where an object is stored, and nothing of it is left', async (reason) => {
  for (const size of [1_000, 11 * 1024 * 1024]) {
    await using one = await account()
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    await provider.put('packs/0a/before', randomBytes(10))
    one.google.server.fail(({ url }) => (url.pathname.startsWith('/upload/') ? refusal(reason) : undefined))
    const error = await failure(provider.put(key, randomBytes(size)))
    expect(error).toMatchObject({ kind: 'quota', key, retryable: false })
    expect(error.message).toContain(reason)
    expect(one.google.server.faults()).toBeGreaterThan(0)
    one.google.server.fail(() => undefined)
    expect(await provider.stat(key)).toBeUndefined()
    expect(one.google.uploads.unfinished()).toBe(0)
    await provider.close?.()
  }
})

const page = '<html><title>Error 502 (Server Error)!!1</title></html>'

describe.each<readonly [string, Fault, Row]>([
  ['a page in HTML with 502', { status: 502, body: page }, { kind: 'transient', hint: 'Try again' }],
  ['a page in HTML with 403', { status: 403, body: page }, { kind: 'auth', hint: 'account' }],
  ['an empty 500', { status: 500 }, { kind: 'transient', hint: 'Try again' }],
  ['a status nobody knows', { status: 418, body: 'teapot' }, { kind: 'permanent', hint: 'See the cause' }],
  ['408', { status: 408 }, { kind: 'transient', hint: 'Try again' }],
  ['409', { status: 409 }, { kind: 'busy', hint: 'Try again' }],
  [
    '503 with a time',
    refusal('backendError', { 'retry-after': '7' }),
    { kind: 'transient', hint: 'Try again', retryAfterMs: 7_000 },
  ],
  [
    'a bare 503 with a time',
    { status: 503, headers: { 'retry-after': '7' } },
    { kind: 'throttled', hint: 'Wait', retryAfterMs: 7_000 },
  ],
  [
    '429 with a time',
    refusal('tooManyRequests', { 'retry-after': '400' }),
    { kind: 'throttled', hint: 'Wait', retryAfterMs: 400_000 },
  ],
  [
    '403 with a time',
    refusal('rateLimitExceeded', { 'retry-after': '30' }),
    { kind: 'throttled', hint: 'Wait', retryAfterMs: 30_000 },
  ],
  [
    'several reasons, of which the last one counts',
    mixed('storageQuotaExceeded'),
    { kind: 'quota', hint: 'Free space' },
  ],
  [
    'reasons that nobody knows',
    refusalOf(403, [['global', 'newReason', 'New.']]),
    { kind: 'auth', hint: 'account' },
  ],
  [
    'a redirect',
    { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    { kind: 'transient', hint: 'Try again' },
  ],
  ['a connection that breaks', 'reset', { kind: 'transient', hint: 'Try again' }],
  ['an answer that breaks off', { cut: 500 }, { kind: 'transient', hint: 'Try again' }],
  ['no answer', 'silence', { kind: 'transient', hint: 'network' }],
  ['an answer that stops', { stall: 500 }, { kind: 'transient', hint: 'network' }],
  ['an answer that comes byte by byte', { drip: { everyMs: 20 } }, { kind: 'transient', hint: 'network' }],
])('%s', (_, fault, { kind, hint, retryAfterMs }) => {
  test(`is ${kind}`, async () => {
    const { error, asked } = await whenRead(fault)
    expect(error).toMatchObject({ kind, plugin: 'gdrive', key, hint: expect.stringContaining(hint) })
    expect(error.retryAfterMs).toBe(retryAfterMs)
    expect(asked).toBe(1)
  })
})

test('a host that is not there and a certificate that is not trusted are told apart', async () => {
  await using one = await account()
  const away = gdrive({ ...one.options, rootUrl: 'http://127.0.0.1:1/' })
  expect(await failure(away.open({}))).toMatchObject({
    kind: 'transient',
    hint: expect.stringContaining('network'),
  })
  const { certificate } = await import('@backup-internal/fakes/wire')
  await using strange = await account({}, { tls: await certificate() })
  const distrusting = gdrive({ ...one.options, rootUrl: strange.google.rootUrl })
  expect(await failure(distrusting.open({}))).toMatchObject({
    kind: 'config',
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  })
})

describe('a file that Google takes for malware', () => {
  test('is fetched with the word of its owner, which is given for no other file', async () => {
    await using one = await account()
    const { google } = one
    const provider = gdrive(one.options)
    await provider.open({ create: true })
    const body = randomBytes(1_000)
    await provider.put(key, body)
    const words = (): (string | null)[] =>
      google.server.arrived.filter(isDownload).map(({ url }) => url.searchParams.get('acknowledgeAbuse'))
    expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
    expect(words()).toEqual([null])
    for (const file of google.store.files.values()) file.abusive = true
    expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
    expect(words()).toEqual([null, null, 'true'])
    await provider.close?.()
  })
})

test('an id that is taken means that an earlier attempt arrived', async () => {
  await using one = await account()
  const { server, store } = one.google
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  const body = randomBytes(1_000)
  const answers: number[] = []
  const note = (answer: Answer): Answer => {
    answers.push(answer.status)
    return answer
  }
  server.fail((head) => (isWhole(head) ? 'lost-reply' : undefined))
  expect(await failure(provider.put(key, body))).toMatchObject({ kind: 'transient' })
  // Nothing shows that it is there: no listing, and not even its id.
  const hidden = (head: IncomingHead): Fault | undefined =>
    /\/files\/[^/]+$/.test(head.url.pathname) && answers.length === 0 && head.method === 'GET'
      ? refusal('notFound')
      : undefined
  store.behaviour.listLagMs = 60_000
  for (const file of store.files.values()) if (file.name === 'there') file.listedFromMs = Infinity
  server.fail((head) => (isWhole(head) ? { alter: note } : hidden(head)))
  await provider.put(key, body)
  expect(answers).toEqual([409])
  expect([...store.files.values()].filter(({ name }) => name === 'there')).toHaveLength(1)
  await provider.close?.()
})

/** How reading an object fails, when this comes in place of its bytes, and how often they were asked for. */
async function whenRead(fault: Fault): Promise<{ readonly error: BackupError; readonly asked: number }> {
  const hangs = fault === 'silence' || (typeof fault === 'object' && ('stall' in fault || 'drip' in fault))
  await using one = await account({ idleMs: hangs ? 2_000 : 20_000 })
  const { server } = one.google
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  await provider.put(key, randomBytes(5_000))
  const before = server.arrived.length
  let struck = 0
  server.fail((head) => {
    if (!isDownload(head)) return undefined
    struck++
    return fault
  })
  const file = [...one.google.store.files.values()].find(({ name }) => name === 'there')
  if (file && typeof fault === 'object' && 'status' in fault && fault.status === 404)
    one.google.store.remove(file.id)
  const error = await failure(provider.get(key))
  expect(struck).toBeGreaterThan(0)
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/ya29|Bearer|upload_id/)
  const asked = server.arrived.slice(before).filter(isDownload).length
  await provider.close?.()
  return { error, asked }
}

async function failure(call: Promise<unknown>): Promise<BackupError> {
  return call.then(
    () => {
      throw new Error('It succeeded.')
    },
    (error: BackupError) => error,
  )
}
