import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FixtureFault, InjectedFault } from '@backup/core/testing'

/** A request, and what the store would do about it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  answer(): Promise<void>
}

/**
 * What happens instead of an answer. Returns whether it did: one that is not concerned lets the request pass.
 */
type Injection = (exchange: Exchange, objects: Map<string, Buffer>) => boolean | Promise<boolean>

/** Most faults are an answer that the store gives in place of the right one. */
function answering(status: number, headers: Record<string, string> = {}, body = ''): Injection {
  return async ({ request, response }) => {
    for await (const _ of request);
    response.writeHead(status, headers).end(body)
    return true
  }
}

type Headers = Record<string, string>
type Spoil = (response: ServerResponse, status: number, headers: Headers, body: Buffer) => void

const onlyUploads =
  (inject: Injection): Injection =>
  (exchange, objects) =>
    exchange.request.method === 'PUT' ? inject(exchange, objects) : false

/** Lets the store answer, and spoils the body of that answer on its way. */
function spoiling(spoil: Spoil): Injection {
  return async ({ request, response, answer }, objects) => {
    const key = new URL(request.url ?? '/', 'http://store').pathname.replace(/^\/shop\//, '')
    if (request.method !== 'GET' || !objects.has(key)) return false
    let status = 0
    let headers: Headers = {}
    let body: Buffer = Buffer.alloc(0)
    const caught = {
      writeHead: (code: number, given: Headers) => ([status, headers] = [code, given]),
      end: (bytes?: Buffer) => (body = bytes ?? body),
    }
    const { writeHead, end } = response
    Object.assign(response, caught)
    await answer()
    Object.assign(response, { writeHead, end })
    spoil(response, status, headers, body)
    return true
  }
}

const drop: Injection = ({ request }) => {
  request.socket.destroy()
  return true
}

const lostReply: Injection = async ({ request, response, answer }) => {
  Object.assign(response, { writeHead: () => {}, end: () => request.socket.destroy() })
  await answer()
  return true
}

let dice = 7
const random: Injection = (exchange, objects) => {
  dice = (Math.imul(dice, 1_103_515_245) + 12_345) >>> 0
  const faults = [answering(500), drop, lostReply]
  return (dice >>> 8) % 100 < 30 ? (faults[(dice >>> 16) % 3] ?? drop)(exchange, objects) : false
}

const inAWhile = (): string => new Date(Date.now() + 400_000).toUTCString()

const injections: Partial<Record<FixtureFault, Injection>> = {
  full: onlyUploads(answering(507)),
  // This store takes an object in one request: its last bytes are where it notices.
  'full-at-last-chunk': onlyUploads(answering(507)),
  'daily-limit': onlyUploads(answering(507)),
  denied: answering(403),
  suspended: answering(402),
  'throttled-seconds': answering(429, { 'retry-after': '400' }),
  'throttled-date': (exchange, objects) =>
    answering(503, { 'retry-after': inAWhile() })(exchange, objects),
  'throttled-bare': answering(503),
  'random-errors': random,
  'lost-reply': onlyUploads(lostReply),
  'early-refusal': onlyUploads(({ response }) => {
    response.writeHead(403, { connection: 'close' }).end()
    return true
  }),
  'dies-mid-upload': drop,
  unreachable: drop,
  silence: () => true,
  'html-error': answering(502, { 'content-type': 'text/html' }, '<html>Bad gateway</html>'),
  'empty-error': answering(500),
  garbage: answering(200, {}, '%$&!'),
  'error-in-200': answering(200, {}, '{"error":"internal"}'),
  cut: spoiling((response, status, headers, body) => {
    response.writeHead(status, headers)
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
  }),
  'short-body': spoiling((response, status, { 'content-length': _, ...headers }, body) => {
    response.writeHead(status, headers)
    response.end(body.subarray(0, body.length >> 1))
  }),
  'stalled-body': spoiling((response, status, headers, body) => {
    response.writeHead(status, headers)
    response.write(body.subarray(0, body.length >> 1))
  }),
  trickle: spoiling((response, status, headers, body) => {
    response.writeHead(status, headers)
    let sent = 0
    const timer = setInterval(() => response.write(body.subarray(sent, ++sent)), 50)
    response.on('close', () => clearInterval(timer))
  }),
  'ignores-range': async ({ request, answer }) => {
    if (request.headers.range === undefined) return false
    delete request.headers.range
    await answer()
    return true
  },
  'wrong-range': async ({ request, answer }) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (from === undefined) return false
    request.headers.range = `bytes=${Number(from) - 1}-${Number(to) - 1}`
    await answer()
    return true
  },
}

export const offered: readonly FixtureFault[] = [...(Object.keys(injections) as FixtureFault[]), 'flipped']

/** The faults in force, one at a time, and how often each has happened. */
export function faultsOfStore(objects: Map<string, Buffer>): {
  meet(exchange: Exchange): Promise<void>
  inject(fault: FixtureFault): InjectedFault
} {
  let current: { inject: Injection; count: number; left: number } | undefined
  return {
    async meet(exchange) {
      const fault = current
      if (fault && fault.left > 0 && (await fault.inject(exchange, objects))) {
        fault.count++
        fault.left--
      } else await exchange.answer()
    },
    inject(name) {
      const left = name === 'lost-reply' ? 1 : Infinity
      const fault = { inject: injections[name] ?? (() => false), count: 0, left }
      current = fault
      if (name === 'flipped') for (const bytes of objects.values()) fault.count += flip(bytes)
      return { happened: () => fault.count, end: () => void (current = undefined) }
    },
  }
}

function flip(bytes: Buffer): number {
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  return 1
}
