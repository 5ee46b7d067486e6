import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import { createHash } from 'node:crypto'
import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { s3, type S3Options } from '../src/index.ts'
import { scriptedBucket } from './scripted-bucket.ts'
import { refusal, scriptedServer, type Answer, type Arrived, type ScriptedServer } from './scripted-server.ts'

// What only the servers of AWS do. The names of their hosts lead to the loopback here.

const key = 'packs/0a/large'
const MiB = 1024 * 1024
const body = Buffer.alloc(21 * MiB, 'part')

beforeEach(() => {
  const toLoopback: LookupFunction = (_host, options, answer) => {
    const found = { address: '127.0.0.1', family: 4 }
    if (options.all) answer(null, [found])
    else answer(null, found.address, found.family)
  }
  vi.spyOn(dns, 'lookup').mockImplementation(toLoopback as typeof dns.lookup)
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('AWS', () => {
  test('is sent a CRC32 with a small object, and refuses by itself what is there already', async () => {
    await using server = await onAws(scriptedBucket())
    await s3(server.options).put('packs/0a/small', Buffer.from('small'))
    expect(server.arrived.map(({ method, path }) => `${method} ${path}`)).toEqual(['PUT packs/0a/small'])
    expect(server.arrived[0]?.headers).toMatchObject({
      'x-amz-checksum-crc32': sum(Buffer.from('small')),
      'content-md5': createHash('md5').update('small').digest('base64'),
      'if-none-match': '*',
    })
    expect(String(server.arrived[0]?.body)).toBe('small')
  })

  test('is told of the checksums before the parts come, and compares the whole object at the end', async () => {
    const bucket = scriptedBucket()
    await using server = await onAws(bucket)
    await s3(server.options).put(key, body)
    const [, begin, first, , , end] = server.arrived
    expect(begin?.headers).toMatchObject({
      'x-amz-checksum-algorithm': 'CRC32',
      'x-amz-checksum-type': 'FULL_OBJECT',
    })
    expect(first?.headers['x-amz-checksum-crc32']).toBe(sum(body.subarray(0, 10 * MiB)))
    expect(end?.headers).toMatchObject({
      'x-amz-checksum-crc32': sum(body),
      'x-amz-checksum-type': 'FULL_OBJECT',
      'x-amz-mp-object-size': String(body.length),
      'if-none-match': '*',
    })
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
  })

  test('that has the same object first at the end makes it success, and the upload is aborted', async () => {
    const bucket = scriptedBucket(({ method, path }) => {
      if (!isEnd(method, path)) return undefined
      bucket.objects.set(key, body)
      return refusal(412, 'PreconditionFailed')
    })
    await using server = await onAws(bucket)
    await s3(server.options).put(key, body)
    expect(bucket.uploads.size).toBe(0)
    expect(server.arrived.filter(({ method, path }) => isEnd(method, path)).length).toBe(1)
  })

  test('that sees two writers at the end is busy, and the next put begins anew', async () => {
    let conflicts = 0
    const bucket = scriptedBucket(({ method, path }) =>
      isEnd(method, path) && conflicts++ === 0 ? refusal(409, 'ConditionalRequestConflict') : undefined,
    )
    await using server = await onAws(bucket)
    const provider = s3(server.options)
    await expect(provider.put(key, body)).rejects.toMatchObject({ kind: 'busy', retryable: true })
    expect(bucket.uploads.size).toBe(0)
    await provider.put(key, body)
    expect(bucket.objects.get(key)?.equals(body)).toBe(true)
  })

  test.each<readonly [string, Answer, string]>([
    ['an error in a 200', refusal(200, 'InternalError'), 'transient'],
    ['a checksum that differs', refusal(400, 'BadDigest'), 'transient'],
  ])('that ends an upload with %s has stored nothing', async (_, answer, kind) => {
    const bucket = scriptedBucket(({ method, path }) => (isEnd(method, path) ? answer : undefined))
    await using server = await onAws(bucket)
    await expect(s3(server.options).put(key, body)).rejects.toMatchObject({ kind, key })
    expect(server.arrived.filter(({ method, path }) => isEnd(method, path)).length).toBe(1)
  })

  test('sends bytes that its checksum does not fit, and they are not returned', async () => {
    const headers = { 'x-amz-checksum-crc32': sum(Buffer.from('right')) }
    await using server = await onAws(() => ({ status: 200, body: 'wrong', headers }))
    await expect(s3(server.options).get(key)).rejects.toMatchObject({ kind: 'transient', key })
    expect(server.arrived.length).toBe(1)
  })
})

describe('a server that the environment names', () => {
  test.each(['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'])(
    'by %s is treated as one that is not of AWS',
    async (name) => {
      await using server = await scriptedServer(({ method }) => ({ status: method === 'HEAD' ? 404 : 200 }))
      const { endpoint = '', ...options } = server.options
      vi.stubEnv(name, endpoint)
      const provider = s3(options)
      expect(provider.location).toBe(`s3:${new URL(endpoint).host}/bucket`)
      await provider.put('packs/0a/small', Buffer.from('small'))
      const put = server.arrived.find(({ path }) => path === 'packs/0a/small')
      expect(put).toBeDefined()
      expect(
        server.arrived.flatMap(({ headers }) => Object.keys(headers)).filter((one) => /checksum/.test(one)),
      ).toEqual([])
    },
  )

  test('counts less than the option, and not at all when it is to be ignored', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9')
    expect(s3({ bucket: 'shop', endpoint: 'https://s3.example.org' }).location).toBe('s3:s3.example.org/shop')
    vi.stubEnv('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'true')
    expect(s3({ bucket: 'shop' }).location).toBe('s3:shop')
  })

  test('is refused when it is none', () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'nowhere')
    expect(() => s3({ bucket: 'shop' })).toThrow(expect.objectContaining({ kind: 'config', key: 'endpoint' }))
  })

  test('in a profile of the SDK is refused as config, and is sent nothing', async () => {
    await using server = await scriptedServer(() => ({ status: 200 }))
    const { endpoint = '', credentials } = server.options
    const folder = await mkdtemp(join(tmpdir(), 'backup-profile-'))
    await writeFile(
      join(folder, 'config'),
      `[profile elsewhere]\nregion = eu-west-3\nendpoint_url = ${endpoint}\n`,
    )
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
    vi.stubEnv('AWS_PROFILE', 'elsewhere')
    vi.stubEnv('AWS_ENDPOINT_URL', undefined)
    const options = { bucket: 'shop', ...(credentials && { credentials }) }
    const hint = expect.stringContaining('"endpoint"')
    await expect(s3(options).get(key)).rejects.toMatchObject({ kind: 'config', key: 'endpoint', hint })
    expect(server.arrived).toEqual([])
    await rm(folder, { recursive: true })
  })
})

async function onAws(answer: (request: Arrived) => Answer): Promise<ScriptedServer> {
  const server = await scriptedServer(answer)
  const { port } = new URL(server.options.endpoint ?? '')
  const options: S3Options = { ...server.options, endpoint: `http://s3.eu-central-1.amazonaws.com:${port}` }
  return { ...server, options, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

function isEnd(method: string, path: string): boolean {
  return method === 'POST' && path.includes('uploadId')
}

function sum(bytes: Buffer): string {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(crc32(bytes))
  return four.toString('base64')
}
