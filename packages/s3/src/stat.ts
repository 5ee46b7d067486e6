import { BackupError } from '@backup/core'
import type { Connection } from './connection.ts'
import { noSense } from './meanings.ts'
import { statusOf } from './s3-error.ts'

export interface StoredObject {
  readonly size: number
  readonly modifiedAt?: Date
  /** In hex, when the server has computed it; parts that were put together have none. */
  readonly md5?: string
  /** In a class that must be thawed first; `ready` and `warming` once that was asked for. */
  readonly cold?: 'frozen' | 'warming' | 'ready'
  /** An archive of Intelligent-Tiering, which is thawed without a number of days. */
  readonly isTiered?: boolean
  readonly lock?: { readonly mode: string; readonly until: Date }
}

/** Classes whose objects cannot be read at once. */
const coldClasses = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** What is known of an object, or nothing when it (or all of the bucket) is not there. */
export async function headObject(
  connection: Connection,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredObject | undefined> {
  const { bucket, prefix } = connection.settings
  return connection.send({ doing: `look at ${key}`, key, signal }, async (client, sending) => {
    try {
      const found = await client.headObject({ Bucket: bucket, Key: `${prefix}${key}` }, sending)
      checkSense(key, found.ETag)
      if (found.ContentLength === undefined) throw sizeless(key)
      const isTiered = found.ArchiveStatus !== undefined
      const isCold = isTiered || coldClasses.has(found.StorageClass ?? '')
      const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = found
      const md5 = /^"?([0-9a-f]{32})"?$/.exec(found.ETag ?? '')?.[1]
      return {
        size: found.ContentLength,
        ...(found.LastModified && { modifiedAt: found.LastModified }),
        ...(md5 !== undefined && { md5 }),
        ...(isCold && { cold: progressOf(found.Restore), isTiered }),
        ...(mode !== undefined && until && { lock: { mode, until } }),
      }
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  })
}

/** `ongoing-request="false", expiry-date="…"`, or nothing when nobody has asked. */
function progressOf(restore: string | undefined): 'frozen' | 'warming' | 'ready' {
  if (restore === undefined) return 'frozen'
  return restore.includes('ongoing-request="true"') ? 'warming' : 'ready'
}

/**
 * Every S3 server names the version of what it stores and sends. A page of a proxy with status 200 does not,
 * and must not be taken for an object, nor for the answer that one was stored.
 */
export function checkSense(key: string, etag: string | undefined): void {
  if (etag !== undefined && etag !== '') return
  const [kind, what, hint = ''] = noSense
  throw new BackupError(kind, `Cannot be sure of ${key}: ${what} (no ETag).`, { plugin: 's3', key, hint })
}

/** Taken for an empty object it would look as if another one stood in its place. */
function sizeless(key: string): BackupError {
  const message = `The server knows ${key} and does not tell its size.`
  return new BackupError('transient', message, { plugin: 's3', key })
}
