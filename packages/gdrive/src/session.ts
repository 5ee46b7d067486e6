import { BackupError } from '@backup/core'
import type { Connection, Reply, Request } from './connection.ts'
import { driveError } from './drive-error.ts'
import { fileById, type DriveFile } from './files.ts'
import { made, metadataOf, uploadUrl, type NewFile } from './upload.ts'

/** An upload that survives broken connections: Google remembers how far it has come. */
export interface Session {
  readonly url: string
  /** From where it goes on. */
  readonly offset: number
}

export type Outcome = { readonly file: DriveFile | undefined } | 'gone'

/** A multiple of 256 KiB, as Google wants it. */
export const chunkBytes: number = 10 * 1024 * 1024
const cancelMs = 10_000
/** The session is over: it was finished long ago, or forgotten. */
const gone = [404, 410]

/** @returns `undefined` when a file with this id is there already */
export async function beginSession(
  connection: Connection,
  file: NewFile,
  size: number,
  request: Request,
): Promise<Session | undefined> {
  const reply = await connection.send(
    { ...request, accept: [409] },
    {
      method: 'POST',
      url: uploadUrl(connection, 'resumable'),
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'x-upload-content-type': 'application/octet-stream',
        'x-upload-content-length': String(size),
      },
      body: Buffer.from(metadataOf(file)),
    },
  )
  if (reply.status === 409) return undefined
  const url = reply.headers.get('location')
  if (url === null || !isOurs(connection, url))
    throw noSense(request, 'gave the upload no address of its own')
  return { url, offset: 0 }
}

/** Asks how far an upload has come. */
export async function resumeSession(
  connection: Connection,
  file: NewFile,
  url: string,
  size: number,
  request: Request,
): Promise<Session | Outcome> {
  // A note that was tampered with must not carry the token elsewhere.
  if (!isOurs(connection, url)) return 'gone'
  const reply = await connection.send(
    { ...request, accept: [308, ...gone] },
    { method: 'PUT', url, headers: { 'content-range': `bytes */${size}` }, body: Buffer.alloc(0) },
  )
  if (reply.status === 308) return { url, offset: storedBytes(reply, request) }
  if (gone.includes(reply.status)) return 'gone'
  // It ended long ago, and what it made may have been removed since.
  return { file: await fileById(connection, file.id, request) }
}

/**
 * Sends what is missing, chunk after chunk, from wherever the server says. It may have kept less than it was
 * sent; when that happens twice without a byte in between, it is left for the next attempt.
 */
export async function sendChunks(
  connection: Connection,
  file: NewFile,
  session: Session,
  bytes: Buffer,
  request: Request,
  onProgress: (sentBytes: number) => void,
): Promise<Outcome> {
  const { length: size } = bytes
  let { offset } = session
  for (let stalled = 0; stalled < 2;) {
    const end = Math.min(offset + chunkBytes, size)
    const from = offset
    const reply = await connection.send(
      { ...request, accept: [308, ...gone] },
      {
        method: 'PUT',
        url: session.url,
        // When all of it is there, and only the end was not told, it is asked for.
        headers: { 'content-range': from < size ? `bytes ${from}-${end - 1}/${size}` : `bytes */${size}` },
        body: bytes.subarray(from, end),
        onSent: (sent) => onProgress(from + sent),
      },
    )
    if (gone.includes(reply.status)) return 'gone'
    if (reply.status !== 308) return { file: await made(connection, file, reply.data, request) }
    offset = storedBytes(reply, request)
    if (offset > end) throw noSense(request, 'has more of it than it was sent')
    if (offset > from) stalled = 0
    else stalled++
  }
  throw noSense(request, 'keeps nothing of what it is sent')
}

/** Tells Google to forget an upload. As far as that is possible: it does so itself after a week. */
export async function cancelSession(connection: Connection, url: string, key: string): Promise<void> {
  if (!isOurs(connection, url)) return
  const signal = AbortSignal.timeout(cancelMs)
  // 499 is what success looks like here.
  const request = { doing: `give up storing ${key}`, key, signal, accept: [499, ...gone] }
  await connection.send(request, { method: 'DELETE', url, headers: {} }).catch(() => {})
}

/** Without the header, nothing is stored. */
function storedBytes(reply: Reply<unknown>, request: Request): number {
  const header = reply.headers.get('range')
  if (header === null) return 0
  const last = /^bytes=0-(\d+)$/.exec(header)?.[1]
  if (last === undefined) throw driveError({ ...reply, status: 308 }, request, 0)
  return Number(last) + 1
}

function isOurs({ settings }: Connection, url: string): boolean {
  if (!URL.canParse(url)) return false
  const { origin, protocol, hostname } = new URL(url)
  if (origin === new URL(settings.rootUrl).origin) return true
  const isGoogle = settings.rootUrl === 'https://www.googleapis.com/'
  return isGoogle && protocol === 'https:' && hostname.endsWith('.googleapis.com')
}

function noSense({ doing, key }: Request, what: string): BackupError {
  return new BackupError('transient', `Cannot ${doing}: Google ${what}.`, { plugin: 'gdrive', key })
}
