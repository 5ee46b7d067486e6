import { BackupError, type PutOptions } from '@backup/core'
import { createHash } from 'node:crypto'
import type { ConditionalPuts } from './conditional-puts.ts'
import type { Connection } from './connection.ts'
import { readObject } from './get.ts'
import { putInParts } from './multipart.ts'
import { statusOf } from './s3-error.ts'
import { headObject } from './stat.ts'
import { traits } from './traits.ts'

/** Up to here one request is quicker, and sending it again does not cost much. */
const singleBytes = 16 * 1024 * 1024

/** Stores an object, or finds that it is there already. */
export async function storeObject(
  connection: Connection,
  conditional: ConditionalPuts,
  key: string,
  body: Uint8Array,
  options: PutOptions,
): Promise<void> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const { signal } = options
  const single = bytes.length <= singleBytes
  // Servers that honour the condition on a put may pass over it where parts are put together.
  const atomic = single && (await conditional.areHonoured(signal))
  if (!atomic && (await isThere(connection, key, bytes, signal))) return options.onProgress?.(bytes.length)

  if (!single) {
    await putInParts(connection, key, bytes, options)
    return confirmSize(connection, key, bytes.length, signal)
  }
  if (await putWhole(connection, key, bytes, atomic, signal)) return options.onProgress?.(bytes.length)
  if (!(await isThere(connection, key, bytes, signal))) throw vanished(key)
}

/** @returns whether it was stored; otherwise something has this name already */
async function putWhole(
  connection: Connection,
  key: string,
  bytes: Buffer,
  ifAbsent: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { settings } = connection
  const md5 = createHash('md5').update(bytes)
  return connection.send({ doing: `store ${key}`, key, signal }, async (client, sending) => {
    try {
      await client.putObject(
        {
          Bucket: settings.bucket,
          Key: `${settings.prefix}${key}`,
          Body: bytes,
          // The server compares and stores nothing when it differs: the confirmation of size and bytes.
          ContentMD5: md5.digest('base64'),
          ...traits(settings, key),
          ...(ifAbsent && { IfNoneMatch: '*' }),
        },
        sending,
      )
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
  return new BackupError('transient', `${key} was there, and is gone again.`, { plugin: 's3', key })
}
