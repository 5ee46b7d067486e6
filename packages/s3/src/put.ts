import { BackupError, type PutOptions } from '@backup/core'
import { createHash } from 'node:crypto'
import { beyondBudget, type Budget } from './budget.ts'
import type { ConditionalPuts } from './conditional-puts.ts'
import type { Connection } from './connection.ts'
import { readObject } from './get.ts'
import { putInParts } from './multipart.ts'
import { statusOf } from './s3-error.ts'
import { checkSense, headObject } from './stat.ts'
import { traits } from './traits.ts'
import type { UploadNotes } from './upload-notes.ts'

/** Up to here one request is quicker, and sending it again does not cost much. */
const singleBytes = 16 * 1024 * 1024
/** The first, and one more when the server has forgotten it. */
const uploadsBegun = 2

/** What puts to one place share. */
export interface Storing {
  readonly connection: Connection
  readonly conditional: ConditionalPuts
  readonly notes: UploadNotes
  readonly budget: Budget | undefined
}

/** Stores an object, or finds that it is there already. */
export async function storeObject(
  storing: Storing,
  key: string,
  body: Uint8Array,
  options: PutOptions,
): Promise<void> {
  const { connection, budget } = storing
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const reserved = await budget?.reserve(bytes.length, options.signal)
  if (budget && !reserved) {
    if (await isThere(connection, key, bytes, options.signal)) return options.onProgress?.(bytes.length)
    throw beyondBudget(key, bytes.length, connection.settings.budgetBytes ?? 0)
  }
  try {
    const isNew =
      bytes.length > singleBytes
        ? await storeLarge(storing, key, bytes, options)
        : await storeSmall(storing, key, bytes, options)
    reserved?.settle(isNew)
  } catch (error) {
    reserved?.settle(false)
    throw error
  }
}

/** @returns whether it was stored; otherwise it is there already */
async function storeSmall(
  { connection, conditional }: Storing,
  key: string,
  bytes: Buffer,
  { signal, sha256, onProgress }: PutOptions,
): Promise<boolean> {
  const atomic = await conditional.areHonoured(signal)
  const isNew =
    (atomic || !(await isThere(connection, key, bytes, signal))) &&
    (await putWhole(connection, key, bytes, sha256, atomic, signal))
  if (!isNew && atomic && !(await isThere(connection, key, bytes, signal))) throw vanished(key)
  onProgress?.(bytes.length)
  return isNew
}

/**
 * Servers that honour the condition on a put may pass over it where parts are put together, so everybody
 * looks first. When the server has forgotten an upload, that may be because somebody ended it: look again.
 *
 * @returns whether it was stored; otherwise it is there already
 */
async function storeLarge(
  { connection, notes }: Storing,
  key: string,
  bytes: Buffer,
  options: PutOptions,
): Promise<boolean> {
  const { signal, onProgress } = options
  for (let left = uploadsBegun; left > 0; left--) {
    if (await isThere(connection, key, bytes, signal)) {
      onProgress?.(bytes.length)
      return false
    }
    const outcome = await putInParts(connection, notes, key, bytes, options)
    if (outcome !== 'stored') continue
    await confirmSize(connection, key, bytes.length, signal)
    return true
  }
  throw vanished(key)
}

/** @returns whether it was stored; otherwise something has this name already */
async function putWhole(
  connection: Connection,
  key: string,
  bytes: Buffer,
  sha256: string | undefined,
  ifAbsent: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { settings } = connection
  const input = {
    Bucket: settings.bucket,
    Key: `${settings.prefix}${key}`,
    Body: bytes,
    // The server compares and stores nothing when it differs: the confirmation of size and bytes.
    ContentMD5: createHash('md5').update(bytes).digest('base64'),
    ...traits(settings, key),
    ...(ifAbsent && { IfNoneMatch: '*' }),
  }
  if (sha256 !== undefined) connection.declare(bytes, sha256)
  return connection.send({ doing: `store ${key}`, key, signal }, async (client, sending) => {
    try {
      const { ETag } = await client.putObject(input, sending)
      // Swift says so when another put of the same name was quicker, and a proxy that answers for the server.
      if (ETag === undefined && !(await isThere(connection, key, bytes, signal))) checkSense(key, ETag)
      return true
    } catch (error) {
      if (ifAbsent && statusOf(error) === 412) return false
      throw error
    }
  })
}

/**
 * Compares an object with the bytes that were to be stored under its name; `false` when there is none.
 *
 * Where the server has the MD5 of the bytes, that decides. Where its hash is another, it may be that of the
 * encrypted bytes, so the object is read before anybody calls it damaged.
 *
 * @throws `exists` when the size differs, `corrupt` when the bytes do.
 */
async function isThere(
  connection: Connection,
  key: string,
  bytes: Buffer,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const found = await headObject(connection, key, signal)
  if (!found) return false
  if (found.size !== bytes.length) {
    const message = `${key} is there with ${found.size} bytes, not ${bytes.length}; it is not replaced.`
    throw new BackupError('exists', message, { plugin: 's3', key })
  }
  if (found.md5 === undefined || found.md5 === createHash('md5').update(bytes).digest('hex')) return true
  const stored = await readObject(connection, key, signal ? { signal } : {})
  if (!stored || bytes.equals(stored)) return stored !== undefined
  throw new BackupError('corrupt', `${key} is there and damaged: it holds other bytes.`, {
    plugin: 's3',
    key,
  })
}

async function confirmSize(
  connection: Connection,
  key: string,
  size: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await headObject(connection, key, signal)
  if (found?.size === size) return
  const message = `${key} was stored with ${found?.size ?? 'no'} bytes instead of ${size}.`
  throw new BackupError('transient', message, { plugin: 's3', key })
}

function vanished(key: string): BackupError {
  return new BackupError(
    'transient',
    `${key} is neither there nor to be stored: others write and remove it at the same time.`,
    { plugin: 's3', key },
  )
}
