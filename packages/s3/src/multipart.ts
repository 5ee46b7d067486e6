import type { CompletedPart } from '@aws-sdk/client-s3'
import { BackupError, type PutOptions } from '@backup/core'
import { createHash } from 'node:crypto'
import type { Connection } from './connection.ts'
import { traits } from './traits.ts'

/** At least 5 MiB, and all alike but the last: what every server takes. */
const partBytes = 10 * 1024 * 1024
const partsAtOnce = 3
const abortMs = 10_000

interface Upload {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}

/** Sends a large object in parts. When one of them fails, or the caller cancels, nothing of it stays. */
export async function putInParts(
  connection: Connection,
  key: string,
  bytes: Buffer,
  { signal, onProgress }: PutOptions,
): Promise<void> {
  const request = { doing: `store ${key}`, key, signal }
  const upload = await begin(connection, key, signal)
  try {
    const parts = await sendParts(connection, upload, key, bytes, signal, onProgress)
    await connection.send(request, (client, sending) =>
      client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: parts } }, sending),
    )
  } catch (error) {
    await giveUp(connection, upload, key)
    throw error
  }
}

async function begin(connection: Connection, key: string, signal: AbortSignal | undefined): Promise<Upload> {
  const { settings } = connection
  const place = { Bucket: settings.bucket, Key: `${settings.prefix}${key}` }
  const { UploadId } = await connection.send({ doing: `store ${key}`, key, signal }, (client, sending) =>
    client.createMultipartUpload({ ...place, ...traits(settings, key) }, sending),
  )
  if (UploadId !== undefined) return { ...place, UploadId }
  throw new BackupError('transient', `The server began to take ${key}, and gave the upload no id.`, {
    plugin: 's3',
    key,
  })
}

/**
 * The first failure stops the others; all have ended when this settles, so that none comes after the
 * clean-up.
 */
async function sendParts(
  connection: Connection,
  upload: Upload,
  key: string,
  bytes: Buffer,
  caller: AbortSignal | undefined,
  onProgress: PutOptions['onProgress'],
): Promise<CompletedPart[]> {
  const stop = new AbortController()
  const signal = caller ? AbortSignal.any([caller, stop.signal]) : stop.signal
  const parts: CompletedPart[] = []
  const failures: unknown[] = []
  let next = 0
  let sentBytes = 0

  const sender = async (): Promise<void> => {
    while (next * partBytes < bytes.length && !signal.aborted) {
      const at = next++
      const body = bytes.subarray(at * partBytes, (at + 1) * partBytes)
      parts[at] = await sendPart(connection, upload, key, at + 1, body, signal)
      sentBytes += body.length
      onProgress?.(sentBytes)
    }
  }
  const stopped = async (): Promise<void> => {
    try {
      await sender()
    } catch (error) {
      failures.push(error)
      stop.abort()
    }
  }
  await Promise.all(Array.from({ length: partsAtOnce }, stopped))
  if (failures.length > 0) throw failures[0]
  return parts
}

async function sendPart(
  connection: Connection,
  upload: Upload,
  key: string,
  number: number,
  body: Buffer,
  signal: AbortSignal,
): Promise<CompletedPart> {
  const md5 = createHash('md5').update(body).digest('base64')
  const request = { doing: `store part ${number} of ${key}`, key, signal }
  const { ETag, ChecksumCRC32 } = await connection.send(request, (client, sending) =>
    client.uploadPart({ ...upload, PartNumber: number, Body: body, ContentMD5: md5 }, sending),
  )
  return { PartNumber: number, ETag, ChecksumCRC32 }
}

/**
 * Also after the caller cancelled, so not with his signal. What cannot be aborted now is found as a leftover.
 */
async function giveUp(connection: Connection, upload: Upload, key: string): Promise<void> {
  const request = { doing: `abort the upload of ${key}`, key, signal: AbortSignal.timeout(abortMs) }
  await connection
    .send(request, (client, sending) => client.abortMultipartUpload({ ...upload }, sending))
    .catch(() => {})
}
