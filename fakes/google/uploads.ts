import { randomBytes } from 'node:crypto'
import type { Answer, Incoming } from '../wire/index.ts'
import type { Budget } from './budget.ts'
import type { Caller } from './caller.ts'
import { isRefusal, newFile, type NewFile } from './new-file.ts'
import { refusal } from './refusals.ts'
import { parseRelated } from './related.ts'
import { fieldsOf, resource } from './resource.ts'
import type { Store } from './store.ts'

/** Uploads of both kinds: with one request, or in a session that survives broken connections. */
export interface Uploads {
  /** `POST /upload/drive/v3/files` */
  begin(caller: Caller, incoming: Incoming): Answer
  /** What goes to the address of a session. */
  goOn(incoming: Incoming): Answer
  /** Sessions that were begun and neither ended, given up nor forgotten. */
  unfinished(clientId?: string): number
  /** Sessions that this client has begun and not given up, however old. */
  begun(clientId: string): number
  /** Bytes of files that came, whatever became of them. */
  receivedBytes(): number
  /** Answers 404, or 410, to whatever goes to the sessions that there are. */
  expire(status: 404 | 410): void
}

interface Session {
  readonly file: NewFile
  readonly total: number | undefined
  readonly fields: ReadonlySet<string>
  readonly beganMs: number
  readonly chunks: Buffer[]
  stored: number
  /** What was answered when it ended: told again, whatever became of the file. */
  done?: Answer
  expired?: 404 | 410
}

const weekMs = 7 * 24 * 60 * 60 * 1000
const alignment = 256 * 1024

export function uploads(store: Store, budget: Budget): Uploads {
  const sessions = new Map<string, Session>()
  const { behaviour, now } = store
  let receivedBytes = 0

  const finish = (file: NewFile, bytes: Buffer, fields: ReadonlySet<string>): Answer => {
    if (store.files.has(file.id)) return refusal('fileIdInUse')
    const refused = budget.admits(bytes.length)
    if (refused) return refused
    budget.uploaded(bytes.length)
    store.freeIds.delete(file.id)
    return { status: 200, body: resource(store, store.add({ ...file, bytes }), fields) }
  }

  const begin: Uploads['begin'] = (caller, { url, headers, body }) => {
    const query = url.searchParams
    const kind = query.get('uploadType')
    if (kind === 'multipart') {
      const parts = parseRelated(headers.get('content-type') ?? '', body)
      receivedBytes += parts?.bytes.length ?? 0
      const file = parts ? newFile(store, caller, parts.metadata, query) : refusal('invalid')
      return isRefusal(file) || !parts
        ? (file as Answer)
        : finish(file, Buffer.from(parts.bytes), fieldsOf(query))
    }
    if (kind !== 'resumable') return refusal('invalid')
    const file = newFile(store, caller, JSON.parse(body.toString() || '{}') as Record<string, unknown>, query)
    if (isRefusal(file)) return file
    const length = headers.get('x-upload-content-length')
    const refused = budget.admits(Number(length ?? 0))
    if (refused) return refused
    const id = randomBytes(24).toString('base64url')
    const total = length === null ? undefined : Number(length)
    sessions.set(id, { file, total, fields: fieldsOf(query), beganMs: now(), chunks: [], stored: 0 })
    const location = new URL(url)
    location.searchParams.set('upload_id', id)
    return { status: 200, headers: { location: location.href } }
  }

  const progress = ({ stored }: Session): Answer => ({
    status: 308,
    headers: stored > 0 ? { range: `bytes=0-${stored - 1}` } : {},
  })

  /** Takes a chunk that begins where the stored bytes end, or before that. */
  const take = (session: Session, from: number, chunk: Buffer, total: number): Answer => {
    const { stored } = session
    const isLast = from + chunk.length === total
    if (from > stored || from + chunk.length > total) return refusal('invalid')
    if (session.total !== undefined && session.total !== total) return refusal('invalid')
    if (!isLast && chunk.length % alignment !== 0) return refusal('invalid')
    if (behaviour.dropChunks > 0) {
      behaviour.dropChunks--
      return progress(session)
    }
    const fresh = chunk.subarray(stored - from, behaviour.keepAtMost)
    behaviour.keepAtMost = Infinity
    session.chunks.push(fresh)
    session.stored += fresh.length
    if (session.stored < total) return progress(session)
    const answer = finish(session.file, Buffer.concat(session.chunks), session.fields)
    if (answer.status === 200) session.done = answer
    return answer
  }

  const goOn: Uploads['goOn'] = ({ method, url, headers, body }) => {
    const id = url.searchParams.get('upload_id') ?? ''
    const session = sessions.get(id)
    receivedBytes += body.length
    if (!session || now() - session.beganMs >= weekMs) return refusal('notFound')
    if (session.expired !== undefined) return { status: session.expired, body: 'gone' }
    if (method === 'DELETE') {
      sessions.delete(id)
      return { status: 499 }
    }
    if (session.done) return session.done
    const range = headers.get('content-range')
    if (range === null) return take(session, 0, body, body.length)
    if (/^bytes \*\/(\d+|\*)$/.test(range)) {
      // Asking also ends an upload of which all is there.
      return session.stored === session.total
        ? take(session, session.total, Buffer.alloc(0), session.total)
        : progress(session)
    }
    const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range) ?? []
    if (Number(to) - Number(from) + 1 !== body.length) return refusal('invalid')
    return take(session, Number(from), body, Number(total))
  }

  return {
    begin,
    goOn,
    receivedBytes: () => receivedBytes,
    begun: (clientId) => [...sessions.values()].filter(({ file }) => file.clientId === clientId).length,

    unfinished: (clientId) =>
      [...sessions.values()].filter(
        ({ file, done, expired, beganMs }) =>
          done === undefined &&
          expired === undefined &&
          now() - beganMs < weekMs &&
          (clientId === undefined || file.clientId === clientId),
      ).length,

    expire(status) {
      for (const session of sessions.values()) session.expired = status
    },
  }
}
