import { BackupError, type ErrorKind } from '@backup/core'
import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { s3 } from '../src/index.ts'
import { refusal, scriptedServer, secret, sessionToken, type Answer } from './scripted-server.ts'

// Answers that a real server does not give on demand. What it does give is in radosgw.test.ts.

const key = 'packs/0a/there'
const page = '<html><body>Bad gateway</body></html>'

interface Row {
  readonly answer: Answer
  readonly kind: ErrorKind
  readonly says?: string
  readonly hint?: string
  readonly retryAfterMs?: number
}

const rows: Readonly<Record<string, Row>> = {
  'SlowDown with a time': {
    answer: refusal(503, 'SlowDown', { 'retry-after': '7' }),
    kind: 'throttled',
    retryAfterMs: 7_000,
  },
  'SlowDown without': { answer: refusal(503, 'SlowDown'), kind: 'throttled' },
  'a 429 without a code': {
    answer: { status: 429, headers: { 'retry-after': '400' } },
    kind: 'throttled',
    retryAfterMs: 400_000,
  },
  ServiceUnavailable: { answer: refusal(503, 'ServiceUnavailable'), kind: 'throttled' },
  'a web page with 502': {
    answer: { status: 502, body: page, headers: { 'content-type': 'text/html' } },
    kind: 'transient',
  },
  'an empty 500': { answer: { status: 500 }, kind: 'transient' },
  InternalError: { answer: refusal(500, 'InternalError'), kind: 'transient' },
  'RequestTimeout, a 400': { answer: refusal(400, 'RequestTimeout'), kind: 'transient' },
  'an object in a cold class': {
    answer: refusal(403, 'InvalidObjectState'),
    kind: 'permanent',
    hint: 'warm()',
  },
  'another region': {
    answer: refusal(301, 'PermanentRedirect'),
    kind: 'config',
    hint: '"region" (and "endpoint")',
  },
  'another region, named in a header': {
    answer: refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-3' }),
    kind: 'config',
    hint: "'eu-west-3'",
  },
  'a signature for another region': {
    answer: refusal(400, 'AuthorizationHeaderMalformed'),
    kind: 'config',
    hint: '"region" (and "endpoint")',
  },
  'a signature for another region, named in the answer': {
    answer: {
      ...refusal(400, 'AuthorizationHeaderMalformed'),
      body: '<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</Region></Error>',
    },
    kind: 'config',
    hint: "'us-west-2'",
  },
  'another region, named as nonsense': {
    answer: refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': '<b>eu west</b>' }),
    kind: 'config',
    hint: '"region" (and "endpoint")',
  },
  'a quota that is called a size': { answer: refusal(413, 'EntityTooLarge'), kind: 'quota', hint: 'quota' },
  'a proxy that takes no such body': {
    answer: { status: 413, body: page },
    kind: 'permanent',
    hint: 'proxy',
  },
  'a page of a proxy with status 200': {
    answer: { status: 200, body: page, headers: { etag: '' } },
    kind: 'transient',
    says: 'ETag',
  },
  'an access key that nobody knows': {
    answer: refusal(403, 'InvalidAccessKeyId'),
    kind: 'auth',
    hint: 'access key',
  },
  'a wrong secret': { answer: refusal(403, 'SignatureDoesNotMatch'), kind: 'auth', hint: 'access key' },
  'an account that is suspended': { answer: refusal(403, 'UserSuspended'), kind: 'auth', hint: 'provider' },
  'others who write the same': { answer: refusal(409, 'ConditionalRequestConflict'), kind: 'busy' },
  'a clock that is wrong': { answer: refusal(403, 'RequestTimeTooSkewed'), kind: 'config', hint: 'clock' },
  'a request from the future': { answer: refusal(403, 'RequestExpired'), kind: 'config', hint: 'clock' },
  'a session that is over': { answer: refusal(400, 'ExpiredToken'), kind: 'auth' },
  'an account that is closed': { answer: refusal(403, 'AllAccessDisabled'), kind: 'auth', says: 'suspended' },
  'rights that are missing': { answer: refusal(403, 'AccessDenied'), kind: 'auth' },
  'a code nobody knows': { answer: refusal(418, 'Teapot'), kind: 'permanent', says: 'Teapot' },
  'a bucket that is missing': { answer: refusal(404, 'NoSuchBucket'), kind: 'target-missing' },
  'a quota that is used up': { answer: refusal(403, 'QuotaExceeded'), kind: 'quota' },
  'a body that breaks off': {
    answer: { status: 200, body: 'x'.repeat(50_000), cutAfter: 10_000 },
    kind: 'transient',
  },
  'no answer': { answer: { status: 200, silent: true }, kind: 'transient' },
}

describe.each(Object.entries(rows))('%s', (_, { answer, kind, says = '', hint = '', retryAfterMs }) => {
  test(`is ${kind} and asked for once`, async () => {
    await using server = await scriptedServer(() => answer)
    const provider = s3({ ...server.options, ...(answer.silent && { idleMs: 1_500 }) })
    const error = await failure(provider.get(key))
    expect(error).toMatchObject({
      kind,
      plugin: 's3',
      key,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
    expect(error.message).toContain(says)
    expect(error.hint).toContain(hint)
    expect(server.arrived.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET ${key}`])
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(
      new RegExp(`${secret}|${sessionToken}`),
    )
    await provider.close?.()
  })
})

describe('an answer to HEAD, which has no code,', () => {
  test.each<readonly [number, ErrorKind, string]>([
    [403, 'auth', 'right'],
    [301, 'config', 'region'],
    [429, 'throttled', ''],
    [503, 'throttled', ''],
    [500, 'transient', ''],
  ])('of %i is %s', async (status, kind, says) => {
    await using server = await scriptedServer(() => ({ status }))
    const error = await failure(s3(server.options).stat(key))
    expect(error).toMatchObject({ kind, key })
    expect(error.hint).toContain(says)
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD'])
  })
})

describe('a range', () => {
  test.each<readonly [string, Answer, ErrorKind]>([
    [
      'is refused when the server sends the whole object',
      { status: 200, body: 'x'.repeat(100) },
      'permanent',
    ],
    ['is refused when another one comes', partial('bytes 0-9/100', 'x'.repeat(10)), 'permanent'],
    ['is refused when no place is named', { status: 206, body: 'x'.repeat(10) }, 'permanent'],
    ['is out of the object when fewer bytes come', partial('bytes 10-14/15', 'xxxxx'), 'range'],
    ['is out of the object when the server says so', refusal(416, 'InvalidRange'), 'range'],
    ['is cut short when fewer bytes come than were named', partial('bytes 10-19/100', 'xxxxx'), 'transient'],
  ])('%s', async (_, answer, kind) => {
    await using server = await scriptedServer(() => answer)
    await expect(s3(server.options).get(key, { range: { offset: 10, length: 10 } })).rejects.toMatchObject({
      kind,
      key,
    })
    expect(server.arrived.map(({ headers }) => headers.range)).toEqual(['bytes=10-19'])
  })
})

describe('an upload in parts', () => {
  test('that was left long ago is aborted by create, those of others and young ones are not', async () => {
    const upload = (name: string, hours: number): string =>
      `<Upload><Key>${name}</Key><UploadId>of-${hours}</UploadId>` +
      `<Initiated>${new Date(Date.now() - hours * 3_600_000).toISOString()}</Initiated></Upload>`
    const list = [upload('packs/0a/old', 25), upload('packs/0a/young', 23), upload('photo.jpg', 99)].join('')
    await using server = await scriptedServer(({ method, path }) =>
      method === 'GET' && path.includes('uploads')
        ? { status: 200, body: `<ListMultipartUploadsResult>${list}</ListMultipartUploadsResult>` }
        : { status: 200 },
    )
    await s3(server.options).open({ create: true })
    const aborted = server.arrived.filter(({ path }) => path.includes('uploadId=')).map(({ path }) => path)
    expect(aborted).toEqual(['packs/0a/old?uploadId=of-25'])
  })
})

describe('a put', () => {
  test.each<readonly [string, Answer]>([
    ['refuses the condition', refusal(501, 'NotImplemented')],
    ['passes over the condition', { status: 200 }],
  ])('looks first where the server %s', async (_, toCondition) => {
    await using server = await scriptedServer(({ method, headers }) => {
      if (method === 'PUT' && headers['if-none-match'] === '*') return toCondition
      return { status: method === 'HEAD' ? 404 : 200 }
    })
    const provider = s3(server.options)
    await provider.put(key, Buffer.from('one'))
    await provider.put('packs/0a/two', Buffer.from('two'))
    const ours = server.arrived.filter(({ path }) => path.startsWith('packs/')).map(({ method }) => method)
    expect(ours).toEqual(['HEAD', 'PUT', 'HEAD', 'PUT'])
    const probes = server.arrived.filter(({ headers }) => headers['if-none-match'] !== undefined)
    expect(probes.every(({ path }) => path.startsWith('.backup-probe-'))).toBe(true)
  })

  test('carries MD5, storage class and lock, and nothing that only AWS understands', async () => {
    await using server = await scriptedServer(({ method }) => ({ status: method === 'HEAD' ? 404 : 200 }))
    const objectLock = { mode: 'COMPLIANCE', days: 30 } as const
    const provider = s3({ ...server.options, storageClass: 'STANDARD_IA', objectLock, prefix: 'shop' })
    await provider.put(key, Buffer.from('pack'))
    await provider.put('commits/203101/one', Buffer.from('commit'))
    const [pack, commit] = server.arrived.filter(
      ({ method, path }) => method === 'PUT' && !path.includes('probe'),
    )
    expect(pack?.path).toBe(`shop/${key}`)
    expect(pack?.headers).toMatchObject({
      'content-md5': createHash('md5').update('pack').digest('base64'),
      'content-length': '4',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-object-lock-mode': 'COMPLIANCE',
    })
    const until = Date.parse(String(pack?.headers['x-amz-object-lock-retain-until-date']))
    expect(Math.abs(until - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000)
    expect(commit?.headers['x-amz-storage-class']).toBeUndefined()
    expect(Object.keys(pack?.headers ?? {}).filter((name) => /checksum|trailer/.test(name))).toEqual([])
    expect(String(pack?.body)).toBe('pack')
  })
})

test('an object whose size nobody tells is looked up before it is believed to be whole', async () => {
  for (const [size, wanted] of [
    ['5', 'hello'],
    ['9', 'transient'],
  ] as const) {
    await using server = await scriptedServer(({ method }) =>
      method === 'HEAD'
        ? { status: 200, headers: { 'content-length': size } }
        : { status: 200, body: 'hello', headers: { 'transfer-encoding': 'chunked' } },
    )
    const got = await s3(server.options)
      .get(key)
      .then(
        (bytes) => Buffer.from(bytes).toString(),
        (error: BackupError) => error.kind,
      )
    expect(got).toBe(wanted)
    expect(server.arrived.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
  }
})

test('a listing that is cut into pages without an end is refused', async () => {
  const body = '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'
  await using server = await scriptedServer(() => ({ status: 200, body }))
  const listing = (async () => {
    for await (const _ of s3(server.options).list('')) continue
  })()
  await expect(listing).rejects.toMatchObject({ kind: 'permanent' })
  expect(server.arrived.length).toBe(1)
})

function partial(range: string, body: string): Answer {
  return { status: 206, headers: { 'content-range': range }, body }
}

async function failure(call: Promise<unknown>): Promise<BackupError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!BackupError.is(error)) throw new Error(`Not refused as it should be: ${String(error)}`)
  return error
}
