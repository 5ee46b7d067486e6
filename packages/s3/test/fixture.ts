import type { S3 } from '@aws-sdk/client-s3'
import {
  fakeServer,
  forward,
  tcpProxy,
  type Answer,
  type Fault,
  type Incoming,
  type IncomingHead,
  type TcpFault,
} from '@backup-internal/fakes/wire'
import { isKey } from '@backup/core'
import {
  seededRandom,
  type FixtureFault,
  type InjectedFault,
  type ProviderFixture,
} from '@backup/core/testing'
import { vi } from 'vitest'
import { s3, type S3Options } from '../src/index.ts'
import { directClient, freshBucket, type RealServer } from './real-servers.ts'

/** What a server does by itself when it is told to; the rest goes wrong on the way to it. */
export interface OwnFaults {
  /** There is room for so many bytes more. @returns how to lift that */
  limit(bucket: string, bytes: number): Promise<() => Promise<unknown>>
  /** Refuses whoever asks. @returns how to lift that */
  deny?(): Promise<() => Promise<unknown>>
}

const largestSingleBytes = 16 * 1024 * 1024
const partBytes = 10 * 1024 * 1024

/** A bucket on a real server, behind a proxy for HTTP and one for TCP. */
export async function fixtureOn(
  server: RealServer,
  own: OwnFaults,
  more: Partial<S3Options> = {},
): Promise<ProviderFixture> {
  const direct = directClient(server)
  const pass = forward(server.endpoint)
  const seen = { statuses: [] as number[], uploadedBytes: 0 }
  let before: (incoming: Incoming) => Promise<Answer | undefined> = async () => undefined
  let after: (incoming: Incoming, answer: Answer) => Answer = (_, answer) => answer

  const http = await fakeServer(async (incoming) => {
    if (incoming.method === 'PUT') seen.uploadedBytes += incoming.body.length
    const answer = after(incoming, (await before(incoming)) ?? (await pass(incoming)))
    seen.statuses.push(answer.status)
    return answer
  })
  const tcp = await tcpProxy({ port: http.port })
  const options: S3Options = { ...freshBucket(server), ...more, endpoint: `http://127.0.0.1:${tcp.port}` }
  const { bucket } = options
  const prefix = options.prefix === undefined ? '' : `${options.prefix}/`
  const refusals = (status: number): number => seen.statuses.filter((one) => one === status).length

  const onHttp = (plan: (head: IncomingHead) => Fault | undefined): InjectedFault => {
    const faultsBefore = http.faults()
    http.fail(plan)
    return { happened: () => http.faults() - faultsBefore, end: () => http.fail(() => undefined) }
  }
  const onTcp = (fault: TcpFault): InjectedFault => {
    tcp.disturb(fault)
    return { happened: () => tcp.happened(), end: () => tcp.disturb() }
  }
  /** Counts answers with this status, which the server has given itself. */
  const byServer = (statuses: readonly number[], end?: () => Promise<unknown>): InjectedFault => {
    const counted = (): number => statuses.reduce((sum, status) => sum + refusals(status), 0)
    const countBefore = counted()
    return { happened: () => counted() - countBefore, ...(end && { end: async () => void (await end()) }) }
  }
  const isPut = ({ method }: IncomingHead): boolean => method === 'PUT'
  const objectOf = ({ url }: IncomingHead): string =>
    decodeURIComponent(url.pathname).slice(bucket.length + 2)
  const hasBody = ({ method, url }: IncomingHead): boolean =>
    method === 'GET' && url.pathname.split('/').length > 2
  const always = (fault: Fault) => () => fault

  const faults: Readonly<Partial<Record<FixtureFault, () => InjectedFault | Promise<InjectedFault>>>> = {
    full: async () => byServer([400, 403], await own.limit(bucket, 1_000)),

    async 'full-at-last-chunk'() {
      let lift = async (): Promise<unknown> => undefined
      before = async ({ method, url, body }) => {
        const isLast = method === 'PUT' && url.searchParams.has('partNumber') && body.length < partBytes
        if (isLast) lift = await own.limit(bucket, 1)
        return undefined
      }
      const end = async (): Promise<void> => {
        before = async () => undefined
        await lift()
      }
      return byServer([400, 403], end)
    },

    ...(own.deny && {
      denied: async () => byServer([403], await own.deny?.()),
      suspended: async () => byServer([403], await own.deny?.()),
    }),

    'throttled-seconds': () => onHttp(always(refusal(503, 'SlowDown', { 'retry-after': '400' }))),
    'throttled-date': () => {
      const date = new Date(Date.now() + 400_000).toUTCString()
      return onHttp(always(refusal(503, 'SlowDown', { 'retry-after': date })))
    },
    'throttled-bare': () => onHttp(always(refusal(503, 'SlowDown'))),

    'random-errors'() {
      const random = seededRandom(7)
      const kinds: readonly Fault[] = ['reset', 'lost-reply', refusal(500, 'InternalError')]
      return onHttp(() => (random.below(10) < 3 ? kinds[random.below(kinds.length)] : undefined))
    },

    'lost-reply'() {
      let isOver = false
      return onHttp(({ method, url }) => {
        const isWhole = method === 'PUT' && !url.searchParams.has('partNumber')
        const isEnd = method === 'POST' && url.searchParams.has('uploadId')
        if (isOver || !(isWhole || isEnd)) return undefined
        isOver = true
        return 'lost-reply'
      })
    },

    'early-refusal': () =>
      onHttp((head) => (isPut(head) ? { ...refusal(403, 'AccessDenied'), early: true } : undefined)),

    // The second part comes, and is lost with the connection.
    'dies-mid-upload'() {
      let parts = 0
      before = async ({ url }) =>
        url.searchParams.get('partNumber') === '2' && parts === 2 ? { status: 500 } : undefined
      const injected = onHttp(({ url }) => {
        if (parts >= 2) return 'reset'
        if (url.searchParams.has('partNumber')) parts++
        return parts >= 2 ? 'lost-reply' : undefined
      })
      const end = async (): Promise<void> => {
        await injected.end?.()
        passOn()
      }
      return { happened: injected.happened, end }
    },

    'session-gone'() {
      let happened = 0
      before = async (incoming) => {
        const UploadId = incoming.url.searchParams.get('uploadId')
        if (happened > 0 || UploadId === null) return undefined
        happened++
        await direct.abortMultipartUpload({ Bucket: bucket, Key: objectOf(incoming), UploadId })
        return undefined
      }
      return { happened: () => happened }
    },

    unreachable: () => onTcp({ refuse: true }),
    silence: () => onTcp({ silent: true }),
    'stalled-body': () => onTcp({ cut: { of: 'down', afterBytes: 50_000, by: 'stall' } }),
    trickle: () => onTcp({ bytesPerSecond: 400 }),
    cut: () => onTcp({ cut: { of: 'down', afterBytes: 50_000, by: 'rst' } }),

    'short-body'() {
      let happened = 0
      after = (incoming, answer) => {
        if (!hasBody(incoming) || !(answer.body instanceof Uint8Array)) return answer
        happened++
        const { 'content-length': _, ...headers } = answer.headers ?? {}
        const body = answer.body.subarray(0, answer.body.length >> 1)
        return { ...answer, headers: { ...headers, 'transfer-encoding': 'chunked' }, body }
      }
      return { happened: () => happened, end: passOn }
    },

    'html-error': () =>
      onHttp(always({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad' })),
    'empty-error': () => onHttp(always({ status: 500 })),
    garbage: () => onHttp(always({ status: 200, body: '}{ neither <this nor that' })),
    'error-in-200': () => onHttp(always({ ...refusal(200, 'InternalError') })),

    'ignores-range': () => rangeAnswered(() => undefined),
    'wrong-range': () =>
      rangeAnswered((asked) => asked.replace(/\d+/g, (digits) => String(Math.max(0, Number(digits) - 1)))),

    async flipped() {
      const { Contents = [] } = await direct.listObjectsV2({ Bucket: bucket, Prefix: prefix })
      for (const { Key } of Contents) {
        const found = await direct.getObject({ Bucket: bucket, Key })
        const bytes = Buffer.from((await found.Body?.transformToByteArray()) ?? [])
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
        await direct.putObject({ Bucket: bucket, Key, Body: bytes })
      }
      return { happened: () => Contents.length }
    },

    'clock-skew'() {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20 * 60_000 })
      return byServer([403], async () => vi.useRealTimers())
    },
  }

  const passOn = (): void => {
    before = async () => undefined
    after = (_, answer) => answer
  }

  /** The server itself answers another question: the one that was asked is signed. */
  const rangeAnswered = (other: (asked: string) => string | undefined): InjectedFault => {
    let happened = 0
    before = async (incoming) => {
      const asked = incoming.headers.get('range')
      if (asked === null || !hasBody(incoming)) return undefined
      happened++
      const range = other(asked)
      const place = { Bucket: bucket, Key: objectOf(incoming), ...(range !== undefined && { Range: range }) }
      const found = await direct.getObject(place)
      const body = (await found.Body?.transformToByteArray()) ?? new Uint8Array()
      const named = found.ContentRange === undefined ? {} : { 'content-range': found.ContentRange }
      return { status: range === undefined ? 200 : 206, headers: { etag: found.ETag ?? '', ...named }, body }
    }
    return { happened: () => happened, end: passOn }
  }

  const uploads = async (isOurs: boolean): Promise<number> => {
    const { Uploads = [] } = await direct.listMultipartUploads({ Bucket: bucket })
    const ours = Uploads.filter(({ Key = '' }) => Key.startsWith(prefix) && isKey(Key.slice(prefix.length)))
    return isOurs ? ours.length : Uploads.length - ours.length
  }

  return {
    provider: s3(options),
    second: () => s3(options),
    faults: Object.keys(faults) as FixtureFault[],
    requests: () => http.arrived.length,
    sentBytes: () => seen.uploadedBytes,
    leftovers: () => uploads(true),
    othersUploads: () => uploads(false),
    chunkBytes: largestSingleBytes,
    parallelChunks: 1,
    litter: () => litter(direct, options),
    async inject(fault) {
      const injected = await faults[fault]?.()
      if (!injected) throw new Error(`Not offered: ${fault}.`)
      return injected
    },
    async dispose() {
      vi.useRealTimers()
      direct.destroy()
      await tcp.close()
      await http.close()
      pass.close()
    },
  }
}

function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>By the test.</Message></Error>`
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body }
}

/** What other programs leave in a bucket, beside our place and in it. */
async function litter(client: S3, { bucket, prefix }: S3Options): Promise<void> {
  const inside = [
    'readme.txt',
    '.DS_Store',
    'packs/',
    'packs/00/',
    'packs/Thumbs.db',
    'packs/00/ours.PART',
    'packs/00/ours copy',
  ]
  const outside = [
    'photos/2031/one',
    'packs/00/of-another-shop',
    'shops/berlin-two/packs/00/theirs',
    'shops/berlin',
  ]
  const names = prefix === undefined ? inside : [...outside, ...inside.map((name) => `${prefix}/${name}`)]
  for (const name of names)
    await client.putObject({ Bucket: bucket, Key: name, Body: Buffer.from('not ours') })
  await client.createMultipartUpload({ Bucket: bucket, Key: 'photos/2031/two.jpg' })
}
