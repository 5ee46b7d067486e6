import { download, refusal, refusalOf, type FakeGoogle, type Reason } from '@backup-internal/fakes/google'
import type { Answer, Fault, IncomingHead } from '@backup-internal/fakes/wire'
import type { FixtureFault } from '@backup/core/testing'
import type { Account } from './account.ts'

/** Begins a fault; the result counts how often it struck, where the server does not count that itself. */
type Begin = (account: Account) => (() => number) | void

const MiB = 1024 * 1024
const waitMs = 400_000

/** How Drive fails, for each of the faults of the suite. */
export const faults: Readonly<Record<FixtureFault, Begin>> = {
  full: always(refusal('storageQuotaExceeded'), isUpload),
  'full-at-last-chunk': always(refusal('storageQuotaExceeded'), isLastChunk),
  'daily-limit': always(refusal('dailyLimitExceeded'), isUpload),
  denied: always(refusal('insufficientFilePermissions')),
  // Nobody has written down what a closed account is answered. Its tokens are worth nothing, old or new.
  suspended: always(refusal('authError'), ({ url }) => url.pathname !== '/token'),
  reauth: ({ google }) => countRejections(google, () => google.tokens.revokeAll()),
  'expired-token': ({ google }) => countRejections(google, () => google.tokens.expireAccess()),
  'throttled-seconds': always(refusal('tooManyRequests', { 'retry-after': String(waitMs / 1000) })),
  'throttled-date': (account) =>
    always(refusal('tooManyRequests', { 'retry-after': httpDate(account, waitMs) }))(account),
  'throttled-bare': always(refusal('userRateLimitExceeded')),
  'random-errors': randomErrors,
  'lost-reply': once('lost-reply', (head) => isLastChunk(head) || isWhole(head)),
  'early-refusal': always({ ...refusal('insufficientFilePermissions'), early: true }, isChunk),
  'dies-mid-upload': diesMidUpload,
  'keeps-fewer': ({ google }) => {
    google.store.behaviour.keepAtMost = 5 * MiB
    return () => (google.store.behaviour.keepAtMost === Infinity ? 1 : 0)
  },
  'session-gone': ({ google }) => {
    let struck = 0
    google.server.fail(({ url }) => {
      if (!url.searchParams.has('upload_id') || struck > 0) return undefined
      struck++
      google.uploads.expire(404)
      return undefined
    })
    return () => struck
  },
  unreachable: always('reset'),
  silence: always('silence'),
  'stalled-body': always({ stall: 50_000 }, isDownload),
  trickle: always({ drip: { everyMs: 50 } }, isDownload),
  cut: always({ cut: 50_000 }, isDownload),
  'short-body': always(
    { alter: (answer) => ({ ...answer, body: bytesOf(answer).subarray(0, 50_000) }) },
    isDownload,
  ),
  'html-error': always({
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><title>Error 502 (Server Error)!!1</title></html>',
  }),
  'empty-error': always({ status: 500 }),
  garbage: always({ status: 200, body: '\u0000\u0001no sense at all' }),
  'error-in-200': always({ ...refusal('backendError'), status: 200 }),
  'ignores-range': always({ alter: (answer, { url }) => fileAt(url, answer, null) }, isDownload),
  'wrong-range': (account) =>
    always({ alter: (answer, { url }) => fileAt(url, answer, 'bytes=3-9') }, isDownload)(account),
  flipped: ({ google }) => {
    // By way of a new version, as other programs of the user make one: Google has its hash.
    const files = [...google.store.files.values()].filter(({ bytes }) => bytes.length > 0)
    for (const file of files) google.store.rewrite(file, flipped(file.bytes))
    return () => files.length
  },
  duplicates: ({ google: { store } }) => {
    const files = [...store.files.values()].filter(({ bytes }) => bytes.length > 0)
    for (const { name, parent, mimeType, clientId, bytes } of files) {
      store.add({ id: store.newId(), name, parent, mimeType, clientId, bytes })
    }
    return () => files.length
  },
  'clock-skew': (account) => {
    const before = account.google.server.arrived.length
    account.skew(20 * 60_000)
    return () => account.google.server.arrived.length - before
  },
}

let current: FakeGoogle | undefined

/** Puts an account under a fault, until it ends. */
export function inject(fault: FixtureFault, account: Account): { happened(): number; end(): void } {
  const { server } = account.google
  current = account.google
  const before = server.faults()
  const struck = faults[fault](account)
  return {
    happened: () => struck?.() ?? server.faults() - before,
    end() {
      server.fail(() => undefined)
      account.skew(0)
    },
  }
}

/** The same for every request that fits, or for every one. */
function always(fault: Fault, fits: (head: IncomingHead) => boolean = () => true): Begin {
  return ({ google }) => google.server.fail((head) => (fits(head) ? fault : undefined))
}

function once(fault: Fault, fits: (head: IncomingHead) => boolean): Begin {
  return ({ google }) => {
    let struck = false
    google.server.fail((head) => {
      if (struck || !fits(head)) return undefined
      struck = true
      return fault
    })
  }
}

/** The second chunk is lost with the connection, and so is everything after it. */
function diesMidUpload({ google }: Account): void {
  let chunks = 0
  google.server.fail((head) => {
    if (chunks >= 2) return 'reset'
    if (!isChunk(head) || ++chunks < 2) return undefined
    google.store.behaviour.dropChunks = 1
    return 'lost-reply'
  })
}

function randomErrors({ google }: Account): void {
  const kinds: readonly Fault[] = [
    'reset',
    'lost-reply',
    refusal('backendError'),
    refusal('internalError'),
    { status: 502, body: '<html>Bad Gateway</html>' },
  ]
  let seed = 20_310_506
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * below)
  }
  google.server.fail(({ url }) =>
    url.pathname !== '/token' && random(100) < 30 ? kinds[random(kinds.length)] : undefined,
  )
}

function countRejections({ tokens }: FakeGoogle, begin: () => void): () => number {
  const before = tokens.rejections()
  begin()
  return () => tokens.rejections() - before
}

function isUpload({ method, url }: IncomingHead): boolean {
  return url.pathname.startsWith('/upload/') && method !== 'DELETE'
}

export function isWhole({ url }: IncomingHead): boolean {
  return url.pathname.startsWith('/upload/') && url.searchParams.get('uploadType') === 'multipart'
}

export function isChunk({ headers }: IncomingHead): boolean {
  return /^bytes \d/.test(headers.get('content-range') ?? '')
}

export function isLastChunk({ headers }: IncomingHead): boolean {
  const [, last, total] = /^bytes \d+-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
  return last !== undefined && Number(last) + 1 === Number(total)
}

export function isDownload({ url }: IncomingHead): boolean {
  return url.searchParams.get('alt') === 'media'
}

/** What the file of this address has in this range, whatever was asked for. */
function fileAt(url: URL, answer: Answer, range: string | null): Answer {
  const file = current?.store.files.get(url.pathname.split('/').at(-1) ?? '')
  return file ? download(file, range, false) : answer
}

function bytesOf({ body }: Answer): Buffer {
  return Buffer.from(body as Uint8Array)
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

function httpDate({ options }: Account, ms: number): string {
  return new Date((options.clock?.() ?? new Date()).getTime() + ms).toUTCString()
}

/** A refusal with several reasons, the one that counts last. */
export function mixed(reason: Reason): Answer {
  return refusalOf(403, [
    ['global', 'somethingElse', 'Something else.'],
    ['usageLimits', reason, 'And this.'],
  ])
}
