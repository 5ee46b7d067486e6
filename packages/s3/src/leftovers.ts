import { isKey, throwIfAborted } from '@backup/core'
import type { Connection } from './connection.ts'

/** No put takes so long; who began earlier is not there any more. */
const leftAfterMs = 24 * 60 * 60 * 1000

/**
 * Aborts uploads in parts that nobody ended: they cost money and show in no listing.
 *
 * As far as that is possible: it needs rights of its own, some servers cannot list uploads, and a bucket
 * works without. A rule of the bucket (AbortIncompleteMultipartUpload) does the same.
 */
export async function abortLeftovers(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
  const { bucket, prefix } = connection.settings
  const request = { doing: `clean up in ${bucket}`, key: bucket, signal }
  try {
    const found = await connection.send(request, (client, sending) =>
      client.listMultipartUploads({ Bucket: bucket, Prefix: prefix }, sending),
    )
    for (const { Key = '', UploadId, Initiated } of found.Uploads ?? []) {
      const isOurs = Key.startsWith(prefix) && isKey(Key.slice(prefix.length))
      if (!isOurs || UploadId === undefined || !Initiated || Date.now() - Initiated.getTime() < leftAfterMs)
        continue
      await connection.send(request, (client, sending) =>
        client.abortMultipartUpload({ Bucket: bucket, Key, UploadId }, sending),
      )
    }
  } catch {
    throwIfAborted(signal, request.doing)
  }
}
