import { BackupError, throwIfAborted, type ByteRange, type GetOptions } from '@backup/core'
import type { Connection } from './connection.ts'
import { codeOf } from './s3-error.ts'
import { checkSense, headObject } from './stat.ts'

/** A body as the SDK hands it out on Node. */
type Body = AsyncIterable<Uint8Array> & { destroy?(): void }

/** Reads an object or a range of it; `undefined` when there is none. */
export async function readObject(
  connection: Connection,
  key: string,
  { range, signal }: GetOptions,
): Promise<Uint8Array | undefined> {
  if (range && !isRange(range)) throw outside(key, range)
  if (range?.length === 0) return readNothing(connection, key, range, signal)
  const { bucket, prefix } = connection.settings
  const asked = range && `bytes=${range.offset}-${range.offset + range.length - 1}`

  return connection.send({ doing: `read ${key}`, key, signal }, async (client, sending) => {
    try {
      const answer = await client.getObject(
        { Bucket: bucket, Key: `${prefix}${key}`, ...(asked !== undefined && { Range: asked }) },
        sending,
      )
      const body = answer.Body as unknown as Body
      try {
        checkSense(key, answer.ETag)
        if (range) checkAnswer(key, range, answer.$metadata.httpStatusCode, answer.ContentRange)
        const length = range?.length ?? answer.ContentLength
        return length === undefined
          ? await collectAll(connection, key, body, signal)
          : await collect(key, body, length, signal)
      } catch (error) {
        // Nobody reads it any more, and it must not hold its connection.
        body.destroy?.()
        throw error
      }
    } catch (error) {
      if (codeOf(error) === 'NoSuchKey') return undefined
      throw error
    }
  })
}

/** S3 has no range without bytes; whether the object reaches that far has to be asked all the same. */
async function readNothing(
  connection: Connection,
  key: string,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const found = await headObject(connection, key, signal)
  if (!found) return undefined
  if (range.offset > found.size) throw outside(key, range, found.size)
  return new Uint8Array(0)
}

/** A server that cuts the range short says so, one that passes over it sends the whole object. */
function checkAnswer(
  key: string,
  range: ByteRange,
  status: number | undefined,
  header: string | undefined,
): void {
  const { first, last, size } =
    /^bytes (?<first>\d+)-(?<last>\d+)\/(?<size>\d+|\*)$/.exec(header ?? '')?.groups ?? {}
  if (status === 206 && Number(first) === range.offset) {
    if (Number(last) === range.offset + range.length - 1) return
    if (Number(size) < range.offset + range.length) throw outside(key, range, Number(size))
  }
  throw new BackupError(
    'permanent',
    `The server sent something else than the bytes of ${key} that were asked for.`,
    {
      plugin: 's3',
      key,
      hint: 'This server, or a proxy before it, does not understand ranges; it cannot hold backups.',
    },
  )
}

/** An answer in chunks does not tell how long it should be, so the size has to be asked for. */
async function collectAll(
  connection: Connection,
  key: string,
  body: Body,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of body) {
    throwIfAborted(signal, `reading ${key}`)
    parts.push(part)
  }
  const bytes = new Uint8Array(Buffer.concat(parts))
  const found = await headObject(connection, key, signal)
  if (found?.size !== bytes.length) throw cutShort(key, bytes.length, found?.size ?? 0)
  return bytes
}

/** Whole or not at all. */
async function collect(
  key: string,
  body: Body,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  // Not pooled and not zeroed first: every byte is overwritten, or nothing is returned.
  const raw = Buffer.allocUnsafeSlow(length)
  let filled = 0
  for await (const part of body) {
    throwIfAborted(signal, `reading ${key}`)
    if (filled + part.length > length) throw cutShort(key, filled + part.length, length)
    raw.set(part, filled)
    filled += part.length
  }
  if (filled < length) throw cutShort(key, filled, length)
  return new Uint8Array(raw.buffer, raw.byteOffset, length)
}

function isRange({ offset, length }: ByteRange): boolean {
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
}

function outside(key: string, { offset, length }: ByteRange, size?: number): BackupError {
  const has = size === undefined ? 'no object has these' : `it has ${size} bytes`
  return new BackupError('range', `Cannot read ${length} bytes of ${key} from ${offset}: ${has}.`, {
    plugin: 's3',
    key,
  })
}

function cutShort(key: string, got: number, wanted: number): BackupError {
  return new BackupError('transient', `The answer for ${key} has ${got} bytes instead of ${wanted}.`, {
    plugin: 's3',
    key,
  })
}
