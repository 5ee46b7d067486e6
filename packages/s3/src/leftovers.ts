import { isKey, throwIfAborted } from '@backup/core'
import type { Connection } from './connection.ts'
import { abortUpload } from './multipart.ts'
import type { UploadNotes } from './upload-notes.ts'

/** No put takes so long, and nobody goes on with one that is so old. */
const leftAfterMs = 24 * 60 * 60 * 1000

/**
 * Aborts uploads in parts that nobody ended: they cost money and show in no listing. Those that have a note
 * may still go on, until they are too old as well.
 *
 * As far as that is possible: it needs rights of its own, some servers cannot list uploads, and a bucket
 * works without. A rule of the bucket (AbortIncompleteMultipartUpload) does the same.
 */
export async function abortLeftovers(
  connection: Connection,
  notes: UploadNotes,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { bucket, prefix } = connection.settings
  await abortNoted(connection, notes, leftAfterMs)
  const request = { doing: `clean up in ${bucket}`, key: bucket, signal }
  try {
    let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}
    for (;;) {
      const place = { Bucket: bucket, Prefix: prefix, ...from }
      const page = await connection.send(request, (client, sending) =>
        client.listMultipartUploads(place, sending),
      )
      for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
        const key = Key.slice(prefix.length)
        const isOurs = Key.startsWith(prefix) && isKey(key)
        if (!isOurs || UploadId === undefined || !Initiated || Date.now() - Initiated.getTime() < leftAfterMs)
          continue
        throwIfAborted(signal, request.doing)
        await abortUpload(connection, { key, place: { Bucket: bucket, Key, UploadId } })
      }
      const next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      const isEnd = next.KeyMarker === from.KeyMarker && next.UploadIdMarker === from.UploadIdMarker
      if (!page.IsTruncated || isEnd) return
      from = next
    }
  } catch {
    throwIfAborted(signal, request.doing)
  }
}

/** Aborts what was noted so long ago, and what is under way at this moment never. */
export async function abortNoted(connection: Connection, notes: UploadNotes, afterMs: number): Promise<void> {
  const { bucket, prefix } = connection.settings
  for (const [key, { uploadId, begunAt }] of await notes.all()) {
    if (Date.now() - begunAt < afterMs) continue
    const note = notes.take(key)
    try {
      if (!note.lasts) continue
      await abortUpload(connection, {
        key,
        place: { Bucket: bucket, Key: `${prefix}${key}`, UploadId: uploadId },
      })
      await note.remove()
    } finally {
      note.release()
    }
  }
}
