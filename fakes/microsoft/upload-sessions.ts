import { randomBytes } from 'node:crypto'
import type { Answer, Incoming } from '../wire/index.ts'
import { graphError, invalid, noRoom, noToken, notFound, taken } from './graph-answer.ts'
import type { Item } from './items.ts'

export type ConflictBehavior = 'fail' | 'replace' | 'rename'

/** What an upload becomes when its last byte has come. */
export interface UploadTarget {
  readonly parent: Item
  readonly name: string
  readonly behavior: ConflictBehavior
  readonly deferred: boolean
}

interface UploadSession {
  readonly target: UploadTarget
  readonly parts: Buffer[]
  received: number
  total: number | undefined
  /** A fragment that is no multiple of 320 KiB: the service only says so at the end. */
  misaligned: boolean
  expiresAt: number
}

/** What goes wrong with uploads, until it is switched off again. */
interface UploadSwitches {
  /** rclone 1.60 sends its token along, which older servers let pass. */
  lenientUploadAuth: boolean
  /** Requests to a session of which nothing is known yet, just after it was made. */
  unknownAtFirst: number
  /** Of the next fragments, at most so many bytes are kept, each time. */
  keepBytes: number[]
  /** The next commit is acknowledged and lost. */
  loseCommits: number
  /** An answer to a fragment without a word of where it goes on. */
  silentAboutNext: boolean
}

export interface UploadSessions {
  readonly open: ReadonlyMap<string, UploadSession>
  readonly switches: UploadSwitches
  /** Bytes of bodies that arrived. */
  sentBytes(): number
  /** Requests that carried a token, which no upload URL may see. */
  leaks(): number
  create(target: UploadTarget, origin: string): Answer
  serve(token: string, request: Incoming): Answer
  /** Ends a session whose last byte waits for that. */
  commit(token: string): Answer
  abandonAll(): void
  /** Those that have not expired. */
  alive(): UploadSession[]
}

export interface UploadSurroundings {
  now(): number
  hasRoom(bytes: number): boolean
  /** Stores the file; `taken` when the name is and the behavior says `fail`. */
  store(target: UploadTarget, content: Buffer, keep: boolean): Answer
  /** Is there a session already that keeps others from the name? */
  blocksNames: boolean
}

const sessionLifeMs = 24 * 60 * 60 * 1000
const unitBytes = 320 * 1024
const largestFragment = 60 * 1024 * 1024

export function uploadSessions(around: UploadSurroundings): UploadSessions {
  const open = new Map<string, UploadSession>()
  let sentBytes = 0
  let leaks = 0
  const switches: UploadSwitches = {
    lenientUploadAuth: false,
    unknownAtFirst: 0,
    keepBytes: [],
    loseCommits: 0,
    silentAboutNext: false,
  }

  const alive = (token: string): UploadSession | undefined => {
    const session = open.get(token)
    if (session && around.now() >= session.expiresAt) open.delete(token)
    return open.get(token)
  }

  const status = (session: UploadSession, code: number): Answer => ({
    status: code,
    body: {
      expirationDateTime: new Date(session.expiresAt).toISOString(),
      ...(!switches.silentAboutNext && { nextExpectedRanges: [`${session.received}-`] }),
    },
  })

  const finish = (token: string, session: UploadSession): Answer => {
    if (session.misaligned) return invalid('invalidRange')
    const keep = switches.loseCommits === 0
    const answer = around.store(session.target, Buffer.concat(session.parts), keep)
    if (answer.status >= 400) return answer
    if (!keep) switches.loseCommits--
    open.delete(token)
    return answer
  }

  const takeFragment = (token: string, session: UploadSession, { headers, body }: Incoming): Answer => {
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '')
    if (!range) return invalid('invalidRange')
    const [first = 0, last = 0, total = 0] = range.slice(1).map(Number)
    if (body.length !== last - first + 1) return invalid('fragmentLengthMismatch')
    if (body.length >= largestFragment)
      return graphError(413, 'invalidRequest', { inner: 'maxFragmentLengthExceeded' })
    if (total !== (session.total ?? total) || last >= total) return invalid('invalidRange')
    if (first < session.received) return graphError(416, 'invalidRange', { inner: 'fragmentOverlap' })
    if (first > session.received) return graphError(416, 'invalidRange', { inner: 'fragmentOutOfOrder' })
    const isLast = last + 1 === total
    if (isLast && !around.hasRoom(total)) return noRoom()
    session.total = total
    session.expiresAt = around.now() + sessionLifeMs
    const kept = body.subarray(0, switches.keepBytes.shift() ?? body.length)
    if (!isLast && body.length % unitBytes !== 0) session.misaligned = true
    session.parts.push(kept)
    session.received += kept.length
    if (session.received < total) return status(session, 202)
    if (session.target.deferred) return status(session, 202)
    const answer = finish(token, session)
    if (answer.status < 400) return answer
    // The bytes of a fragment that is refused are thrown away.
    session.parts.pop()
    session.received -= kept.length
    return answer
  }

  const self: UploadSessions = {
    open,
    switches,
    sentBytes: () => sentBytes,
    leaks: () => leaks,

    create(target, origin) {
      const rivals = self
        .alive()
        .filter(({ target: other }) => other.parent === target.parent && other.name === target.name)
      if (around.blocksNames && rivals.length > 0) return taken()
      const token = randomBytes(24).toString('base64url')
      const expiresAt = around.now() + sessionLifeMs
      open.set(token, { target, parts: [], received: 0, total: undefined, misaligned: false, expiresAt })
      return {
        status: 200,
        body: {
          uploadUrl: `${origin}/upload/${token}?secret=${token}`,
          expirationDateTime: new Date(expiresAt).toISOString(),
          nextExpectedRanges: ['0-'],
        },
      }
    },

    serve(token, request) {
      sentBytes += request.body.length
      if (request.headers.has('authorization')) {
        leaks++
        if (!switches.lenientUploadAuth) return noToken()
      }
      if (switches.unknownAtFirst > 0) {
        switches.unknownAtFirst--
        return notFound()
      }
      const session = alive(token)
      if (!session) return graphError(404, 'itemNotFound', { inner: 'uploadSessionNotFound' })
      if (request.method === 'PUT') return takeFragment(token, session, request)
      if (request.method === 'GET') return status(session, 200)
      if (request.method !== 'DELETE') return invalid()
      open.delete(token)
      return { status: 204 }
    },

    commit(token) {
      const session = alive(token)
      if (!session || session.total === undefined || session.received < session.total) return invalid()
      return finish(token, session)
    },

    abandonAll: () => open.clear(),
    alive: () => [...open.keys()].flatMap((token) => alive(token) ?? []),
  }
  return self
}
