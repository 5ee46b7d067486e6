import { BackupError, type ByteRange, type GetOptions } from '@backup/core'
import { createHash } from 'node:crypto'
import type { Reply, Request, Sending } from './connection.ts'
import { reasonsOf, driveError } from './drive-error.ts'
import { bestFirst } from './copies.ts'
import type { DriveFile } from './files.ts'
import { findCopies, type Place } from './place.ts'

/** Reads an object or a range of it; `undefined` when there is none. */
export async function readObject(
  place: Place,
  key: string,
  { range, signal }: GetOptions,
): Promise<Uint8Array | undefined> {
  if (range && !isRange(range)) throw outside(key, range)
  const request = { doing: `read ${key}`, key, signal }
  if (range?.length === 0) return readNothing(place, key, range, request)

  // By its id a file is read without asking where it is; only when it is gone, that is asked.
  const known = bestFirst(key, place.known.copies(key))
  const first = await readFirst(place, key, known, range, request)
  if (first) return first
  const found = await findCopies(place, key, request, { fresh: known.length > 0 })
  return readFirst(place, key, found, range, request)
}

async function readFirst(
  place: Place,
  key: string,
  copies: readonly DriveFile[],
  range: ByteRange | undefined,
  request: Request,
): Promise<Uint8Array | undefined> {
  let damaged: BackupError | undefined
  for (const copy of copies) {
    const bytes = await download(place, key, copy, range, request)
    if (bytes && isWhole(copy, bytes, range)) return bytes
    if (bytes) damaged = corrupt(request)
    else place.known.lost(key, copy.id)
  }
  if (damaged) throw damaged
  return undefined
}

async function download(
  { connection }: Place,
  key: string,
  { id, size }: DriveFile,
  range: ByteRange | undefined,
  request: Request,
): Promise<Uint8Array | undefined> {
  const { now } = connection.settings
  const headers = range ? { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {}
  const ask = (acknowledgeAbuse: boolean): Promise<Reply<Buffer>> =>
    connection.call({ ...request, accept: [403, 404, 416] }, (drive, sending: Sending) =>
      drive.files.get(
        { fileId: id, alt: 'media', supportsAllDrives: true, ...(acknowledgeAbuse && { acknowledgeAbuse }) },
        { ...sending, responseType: 'arraybuffer', headers },
      ),
    )
  let reply = await ask(false)
  // Encrypted bytes look like anything, at times like malware. For others it is an error to say so.
  if (reply.status === 403 && reasonsOf(reply).includes('cannotDownloadAbusiveFile')) reply = await ask(true)
  if (reply.status === 404) return undefined
  if (reply.status === 416 && range) throw outside(key, range, size)
  if (reply.status >= 300) throw driveError(reply, request, now())
  const bytes = reply.data
  if (range) checkRange(key, range, reply)
  const wanted = range?.length ?? size
  if (bytes.length !== wanted) throw cutShort(key, bytes.length, wanted)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Ranges without bytes do not exist; whether the object reaches that far has to be asked all the same. */
async function readNothing(
  place: Place,
  key: string,
  range: ByteRange,
  request: Request,
): Promise<Uint8Array | undefined> {
  const [copy] = await findCopies(place, key, request)
  if (!copy) return undefined
  if (range.offset > copy.size) throw outside(key, range, copy.size)
  return new Uint8Array(0)
}

/** A server that cuts the range short says so, one that passes over it sends the whole object. */
function checkRange(key: string, range: ByteRange, { status, headers }: Reply<Buffer>): void {
  const { first, last, size } =
    /^bytes (?<first>\d+)-(?<last>\d+)\/(?<size>\d+|\*)$/.exec(headers.get('content-range') ?? '')?.groups ??
    {}
  if (status === 206 && Number(first) === range.offset) {
    if (Number(last) === range.offset + range.length - 1) return
    if (Number(size) < range.offset + range.length) throw outside(key, range, Number(size))
  }
  const message = `Google sent something else than the bytes of ${key} that were asked for.`
  throw new BackupError('transient', message, {
    plugin: 'gdrive',
    key,
    hint: 'If it happens again, a proxy between here and Google does not understand ranges.',
  })
}

/** The hash is known from a listing, so comparing costs no request. */
function isWhole({ sha256 }: DriveFile, bytes: Uint8Array, range: ByteRange | undefined): boolean {
  if (range || sha256 === undefined) return true
  return createHash('sha256').update(bytes).digest('hex') === sha256
}

function isRange({ offset, length }: ByteRange): boolean {
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
}

function outside(key: string, { offset, length }: ByteRange, size?: number): BackupError {
  const has = size === undefined ? 'no object has these' : `it has ${size} bytes`
  return new BackupError('range', `Cannot read ${length} bytes of ${key} from ${offset}: ${has}.`, {
    plugin: 'gdrive',
    key,
  })
}

function cutShort(key: string, got: number, wanted: number): BackupError {
  return new BackupError('transient', `The answer for ${key} has ${got} bytes instead of ${wanted}.`, {
    plugin: 'gdrive',
    key,
  })
}

function corrupt({ key }: Request): BackupError {
  return new BackupError(
    'corrupt',
    `${key} is damaged: its bytes are not those of the hash that Google has.`,
    {
      plugin: 'gdrive',
      key,
    },
  )
}
