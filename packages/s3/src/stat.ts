import { BackupError } from '@backup/core'
import type { Connection } from './connection.ts'
import { statusOf } from './s3-error.ts'

export interface StoredObject {
  readonly size: number
  readonly modifiedAt?: Date
  /** In hex, when the server has computed it; parts that were put together have none. */
  readonly md5?: string
}

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
      if (found.ContentLength === undefined) throw sizeless(key)
      const md5 = /^"?([0-9a-f]{32})"?$/.exec(found.ETag ?? '')?.[1]
      return {
        size: found.ContentLength,
        ...(found.LastModified && { modifiedAt: found.LastModified }),
        ...(md5 !== undefined && { md5 }),
      }
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  })
}

/** Taken for an empty object it would look as if another one stood in its place. */
function sizeless(key: string): BackupError {
  const message = `The server knows ${key} and does not tell its size.`
  return new BackupError('transient', message, { plugin: 's3', key })
}
