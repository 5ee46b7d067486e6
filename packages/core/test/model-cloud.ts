import { createHash } from 'node:crypto'
import type { FixtureFault, InjectedFault } from '../src/testing/provider-suite.ts'
import { seededRandom } from '../src/testing/seeded-random.ts'

// A cloud in miniature: accounts, tokens, upload sessions, pages, and every fault that the provider suite
// knows. It talks in requests and replies, as HTTP does, so that a client of it meets what clients of real
// clouds meet.

export const chunkBytes: number = 256 * 1024

type Operation =
  | 'reach'
  | 'create'
  | 'head'
  | 'get'
  | 'put'
  | 'begin'
  | 'chunk'
  | 'status'
  | 'abort'
  | 'list'
  | 'delete'
  | 'refresh'

export interface Request {
  readonly op: Operation
  readonly name?: string
  readonly token?: string
  readonly session?: string
  readonly from?: number
  readonly total?: number
  readonly bytes?: Uint8Array
  readonly sha256?: string
  readonly range?: { readonly offset: number; readonly length: number }
}

export interface Reply {
  readonly status: number
  readonly code?: string
  readonly retryAfter?: string
  /** A page of a gateway, or nonsense, where JSON should be. */
  readonly text?: string
  readonly json?: Readonly<Record<string, unknown>>
  readonly bytes?: Uint8Array
  readonly contentRange?: { readonly offset: number; readonly size: number }
}

interface Session {
  readonly name: string
  readonly total: number
  readonly sha256: string | undefined
  readonly kept: Uint8Array
  length: number
  readonly mine: boolean
}

/** What a client keeps on its disk between two runs. */
interface SignIn {
  access: string
  refresh: string
}

export interface Cloud {
  created: boolean
  /** Usually one for each name. */
  readonly objects: Map<string, Uint8Array[]>
  readonly sessions: Map<string, Session>
  readonly signIn: SignIn
  readonly counts: { requests: number; sentBytes: number; refreshes: number }
  now: number
  send(request: Request, signal: AbortSignal | undefined): Promise<Reply>
  inject(fault: FixtureFault): Required<InjectedFault>
  expire(): void
}

export class ConnectionLost extends Error {}

const uploads: readonly Operation[] = ['put', 'begin', 'chunk']

export function modelCloud(): Cloud {
  const random = seededRandom(11)
  const faults = new Map<FixtureFault, { count: number; dead: boolean }>()
  let access = 'access-0'
  let refresh = 'refresh-0'
  let serial = 0

  const hit = (fault: FixtureFault): boolean => {
    const state = faults.get(fault)
    if (state) state.count++
    return state !== undefined
  }
  const once = (fault: FixtureFault): boolean => {
    const state = faults.get(fault)
    if (!state || state.count > 0) return false
    state.count++
    return true
  }

  const cloud: Cloud = {
    created: false,
    objects: new Map(),
    sessions: new Map(),
    signIn: { access, refresh },
    counts: { requests: 0, sentBytes: 0, refreshes: 0 },
    now: Date.now(),

    async send(request, signal) {
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
      cloud.counts.requests++
      cloud.counts.sentBytes += uploads.includes(request.op) ? (request.bytes?.length ?? 0) : 0
      const reply = instead(request) ?? (await held(signal)) ?? afterwards(request, handle(request))
      return reply.bytes ? spoiled(request, reply, signal) : reply
    },

    inject(fault) {
      const state = { count: 0, dead: false }
      faults.set(fault, state)
      if (fault === 'expired-token' || fault === 'reauth') access = `access-${++serial}`
      if (fault === 'duplicates')
        for (const twins of cloud.objects.values())
          state.count += twins.push(twins[0] ?? new Uint8Array()) - 1
      if (fault === 'flipped')
        for (const [bytes] of cloud.objects.values()) {
          if (!bytes || bytes.length === 0) continue
          bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
          state.count++
        }
      return { happened: () => state.count, end: () => void faults.delete(fault) }
    },

    expire: () => void (access = `access-${++serial}`),
  }

  /** What is said without looking at the request, or instead of doing it. */
  function instead({ op, bytes, from = 0, total = 0 }: Request): Reply | undefined {
    const isUpload = uploads.includes(op)
    const isLast = op === 'put' || (op === 'chunk' && from + (bytes?.length ?? 0) === total)
    if (hit('unreachable')) throw new ConnectionLost()
    const dying = faults.get('dies-mid-upload')
    if (dying?.dead || (dying && op === 'put')) return lost(dying)
    if (hit('throttled-seconds')) return { status: 429, retryAfter: '400' }
    if (hit('throttled-date'))
      return { status: 503, retryAfter: new Date(Date.now() + 400_000).toUTCString() }
    if (hit('throttled-bare')) return { status: 429 }
    if (hit('html-error')) return { status: 502, text: '<html>Bad gateway</html>' }
    if (hit('empty-error')) return { status: 500 }
    if (hit('garbage')) return { status: 200, text: '%$&!' }
    if (hit('error-in-200')) return { status: 200, json: { error: 'internal' } }
    if (hit('suspended')) return { status: 403, code: 'suspended' }
    if (hit('denied')) return { status: 403, code: 'denied' }
    if (hit('clock-skew')) return { status: 403, code: 'skewed' }
    if (isUpload && hit('early-refusal')) return { status: 403, code: 'denied' }
    if (isUpload && hit('full')) return { status: 507 }
    if (isUpload && hit('daily-limit')) return { status: 403, code: 'daily' }
    if (isLast && hit('full-at-last-chunk')) return { status: 507 }
    const chance = faults.has('random-errors') ? random.next() : 1
    if (chance < 0.2) hit('random-errors')
    if (chance < 0.1) return { status: 500 }
    if (chance < 0.2) throw new ConnectionLost()
    return undefined
  }

  function lost(dying: { count: number; dead: boolean }): never {
    dying.dead = true
    dying.count++
    throw new ConnectionLost()
  }

  async function held(signal: AbortSignal | undefined): Promise<undefined> {
    if (hit('silence')) await untilAborted(signal)
  }

  /** The work is done. Does the answer arrive? */
  function afterwards({ op, bytes, from = 0, total = 0 }: Request, reply: Reply): Reply {
    const isLast = op === 'put' || (op === 'chunk' && from + (bytes?.length ?? 0) === total)
    const dying = faults.get('dies-mid-upload')
    if (dying && op === 'chunk' && from > 0) lost(dying)
    if (isLast && once('lost-reply')) throw new ConnectionLost()
    if (faults.has('random-errors') && random.next() < 0.1) {
      hit('random-errors')
      throw new ConnectionLost()
    }
    return reply
  }

  async function spoiled(
    { name = '', range }: Request,
    reply: Reply,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const { bytes = new Uint8Array(), contentRange = { offset: 0, size: 0 } } = reply
    if (hit('cut')) throw new ConnectionLost()
    if (hit('stalled-body') || hit('trickle')) await untilAborted(signal)
    if (hit('short-body')) return { ...reply, bytes: bytes.slice(0, bytes.length >> 1) }
    if (!range) return reply
    const whole = cloud.objects.get(name)?.[0] ?? bytes
    if (hit('ignores-range'))
      return { status: 200, bytes: whole.slice(), contentRange: { ...contentRange, offset: 0 } }
    if (!hit('wrong-range')) return reply
    const offset = Math.max(0, range.offset - 1)
    return {
      ...reply,
      bytes: whole.slice(offset, offset + range.length),
      contentRange: { ...contentRange, offset },
    }
  }

  function handle(request: Request): Reply {
    const { op, token, name = '', session: id = '' } = request
    if (op === 'refresh') return renew(token)
    if (token !== access) {
      hit('expired-token')
      hit('reauth')
      return { status: 401 }
    }
    if (op === 'create') cloud.created = true
    if (!cloud.created) return { status: 410 }
    const stored = cloud.objects.get(name)?.[0]
    switch (op) {
      case 'head':
        return stored ? { status: 200, json: { size: stored.length } } : { status: 404 }
      case 'get':
        return get(stored, request.range)
      case 'put':
        return store(name, request.bytes ?? new Uint8Array(), request.sha256)
      case 'begin': {
        const session = `session-${++serial}`
        const total = request.total ?? 0
        cloud.sessions.set(session, {
          name,
          total,
          sha256: request.sha256,
          kept: new Uint8Array(total),
          length: 0,
          mine: true,
        })
        return { status: 200, json: { session } }
      }
      case 'chunk':
        return chunk(id, request)
      case 'status': {
        const session = cloud.sessions.get(id)
        return session ? { status: 200, json: { kept: session.length } } : { status: 404 }
      }
      case 'abort':
        cloud.sessions.delete(id)
        return { status: 204 }
      case 'list':
        return list(name, request.from ?? 0)
      case 'delete':
        cloud.objects.delete(name)
        return { status: 204 }
      default:
        return { status: 204 }
    }
  }

  function renew(token: string | undefined): Reply {
    if (hit('reauth') || token !== refresh) return { status: 400, code: 'invalid_grant' }
    cloud.counts.refreshes++
    refresh = `refresh-${++serial}`
    return { status: 200, json: { access, refresh } }
  }

  function get(stored: Uint8Array | undefined, range: Request['range']): Reply {
    if (!stored) return { status: 404 }
    const { offset, length } = range ?? { offset: 0, length: stored.length }
    if (offset + length > stored.length) return { status: 416 }
    return {
      status: range ? 206 : 200,
      bytes: stored.slice(offset, offset + length),
      contentRange: { offset, size: stored.length },
    }
  }

  function chunk(id: string, { bytes = new Uint8Array(), from = 0 }: Request): Reply {
    const session = cloud.sessions.get(id)
    if (!session || (from > 0 && once('session-gone'))) {
      cloud.sessions.delete(id)
      return { status: 404, code: 'session' }
    }
    if (from !== session.length) return { status: 416, json: { kept: session.length } }
    const kept = once('keeps-fewer') ? bytes.subarray(0, bytes.length >> 1) : bytes
    session.kept.set(kept, from)
    session.length += kept.length
    if (session.length < session.total) return { status: 308, json: { kept: session.length } }
    cloud.sessions.delete(id)
    return store(session.name, session.kept, session.sha256)
  }

  function store(name: string, bytes: Uint8Array, sha256: string | undefined): Reply {
    if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256)
      return { status: 400, code: 'hash' }
    if (cloud.objects.has(name)) return { status: 409 }
    cloud.objects.set(name, [bytes.slice()])
    return { status: 201 }
  }

  function list(prefix: string, from: number): Reply {
    const names = [...cloud.objects]
      .filter(([name]) => name.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const entries = names.flatMap(([name, twins]) => twins.map(({ length: size }) => ({ name, size })))
    return {
      status: 200,
      json: {
        entries: entries.slice(from, from + 1_000),
        next: from + 1_000 < entries.length ? from + 1_000 : -1,
      },
    }
  }

  return cloud
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
