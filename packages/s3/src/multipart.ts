import type { CompletedPart, ListPartsCommandOutput, Part } from '@aws-sdk/client-s3'
import { BackupError, type PutOptions } from '@backup/core'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Connection } from './connection.ts'
import { codeOf, statusOf } from './s3-error.ts'
import { checkSense } from './stat.ts'
import { traits } from './traits.ts'
import type { TakenNote, UploadNotes } from './upload-notes.ts'

/** At least 5 MiB, and all alike but the last: what every server takes. */
const partBytes = 10 * 1024 * 1024
const abortMs = 10_000

/**
 * `present`: something of this name was there first. `gone`: the server has forgotten the upload, or somebody
 * else has ended it.
 */
export type PartsOutcome = 'stored' | 'present' | 'gone'

/** One upload of one object. */
interface Upload {
  readonly key: string
  readonly bytes: Buffer
  readonly signal: AbortSignal | undefined
  readonly place: { readonly Bucket: string; readonly Key: string; readonly UploadId: string }
}

/**
 * Sends a large object in parts, one after another: a broken line then costs no more than one part, and
 * several objects at the same time fill the line. An upload that broke off is noted, and the next put of the
 * same bytes under the same name goes on with it.
 */
export async function putInParts(
  connection: Connection,
  notes: UploadNotes,
  key: string,
  bytes: Buffer,
  options: PutOptions,
): Promise<PartsOutcome> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (options.sha256 !== undefined && options.sha256 !== sha256) throw notWhatItSays(key)
  const note = notes.take(key)
  try {
    const { upload, there } = await resume(connection, note, key, bytes, sha256, options.signal)
    try {
      const outcome = await finish(connection, upload, there, options.onProgress)
      if (outcome === 'present') await abortUpload(connection, upload)
      await note.remove()
      return outcome
    } catch (error) {
      if (!note.lasts || !isWorthResuming(error, options.signal)) {
        await abortUpload(connection, upload)
        await note.remove()
      }
      throw error
    }
  } finally {
    note.release()
  }
}

/** The upload that was noted, with the parts that the server has, or a new one. */
async function resume(
  connection: Connection,
  note: TakenNote,
  key: string,
  bytes: Buffer,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<{ upload: Upload; there: readonly Part[] }> {
  const { bucket, prefix } = connection.settings
  const uploadOf = (UploadId: string): Upload => {
    return { key, bytes, signal, place: { Bucket: bucket, Key: `${prefix}${key}`, UploadId } }
  }
  const noted = await note.read()
  if (noted) {
    const upload = uploadOf(noted.uploadId)
    const isSame = noted.size === bytes.length && noted.sha256 === sha256 && noted.partBytes === partBytes
    const there = isSame ? await partsThere(connection, upload) : undefined
    if (there) return { upload, there }
    if (!isSame) await abortUpload(connection, upload)
    await note.remove()
  }
  const upload = uploadOf(await begin(connection, key, signal))
  const begunAt = Date.now()
  await note.write({ uploadId: upload.place.UploadId, size: bytes.length, sha256, partBytes, begunAt })
  return { upload, there: [] }
}

async function begin(connection: Connection, key: string, signal: AbortSignal | undefined): Promise<string> {
  const { settings } = connection
  const { UploadId } = await connection.send({ doing: `store ${key}`, key, signal }, (client, sending) =>
    client.createMultipartUpload(
      {
        Bucket: settings.bucket,
        Key: `${settings.prefix}${key}`,
        ...traits(settings, key),
        // The SDK gives each part a CRC32, and AWS refuses what was not announced.
        ...(settings.isAws && { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
      },
      sending,
    ),
  )
  if (UploadId !== undefined) return UploadId
  throw new BackupError('transient', `The server began to take ${key}, and gave the upload no id.`, {
    plugin: 's3',
    key,
  })
}

/** Answers that say: parts cannot be listed here, or not with this key. */
const notListed = new Set(['AccessDenied', 'NotImplemented', 'MethodNotAllowed'])

/** `undefined` when the server has forgotten the upload. */
async function partsThere(connection: Connection, upload: Upload): Promise<readonly Part[] | undefined> {
  const { key, place, signal } = upload
  const found: Part[] = []
  let marker: string | undefined
  do {
    const request = { doing: `go on with the upload of ${key}`, key, signal }
    const page = await connection.send(
      request,
      async (client, sending): Promise<Partial<ListPartsCommandOutput> | undefined> => {
        try {
          return await client.listParts(
            { ...place, ...(marker !== undefined && { PartNumberMarker: marker }) },
            sending,
          )
        } catch (error) {
          // Ceph misses the object where S3 misses the upload.
          if (isGone(error) || codeOf(error) === 'NoSuchKey') return undefined
          // All parts go again then.
          if (notListed.has(codeOf(error))) return {}
          throw error
        }
      },
    )
    if (!page) return undefined
    found.push(...(page.Parts ?? []))
    const next = page.IsTruncated ? page.NextPartNumberMarker : undefined
    marker = next === marker ? undefined : next
  } while (marker !== undefined)
  return found
}

async function finish(
  connection: Connection,
  upload: Upload,
  there: readonly Part[],
  onProgress: PutOptions['onProgress'],
): Promise<PartsOutcome> {
  const { bytes } = upload
  const parts: CompletedPart[] = []
  for (let at = 0; at < bytes.length; at += partBytes) {
    const body = bytes.subarray(at, at + partBytes)
    const part = await sendPart(connection, upload, parts.length + 1, body, there)
    if (!part) return 'gone'
    parts.push(part)
    onProgress?.(at + body.length)
  }
  return complete(connection, upload, parts)
}

/** @returns nothing when the server has forgotten the upload */
async function sendPart(
  connection: Connection,
  { key, place, signal }: Upload,
  number: number,
  body: Buffer,
  there: readonly Part[],
): Promise<CompletedPart | undefined> {
  const md5 = createHash('md5').update(body).digest()
  const known = there.find(({ PartNumber }) => PartNumber === number)
  if (known?.Size === body.length && known.ETag?.replaceAll('"', '') === md5.toString('hex'))
    return completed(number, known)
  const request = { doing: `store part ${number} of ${key}`, key, signal }
  return connection.send(request, async (client, sending) => {
    try {
      const ContentMD5 = md5.toString('base64')
      const sent = await client.uploadPart({ ...place, PartNumber: number, Body: body, ContentMD5 }, sending)
      checkSense(key, sent.ETag)
      return completed(number, sent)
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  })
}

function completed(PartNumber: number, { ETag, ChecksumCRC32 }: Omit<Part, 'PartNumber'>): CompletedPart {
  return { PartNumber, ETag, ChecksumCRC32 }
}

async function complete(
  connection: Connection,
  { key, bytes, place, signal }: Upload,
  parts: CompletedPart[],
): Promise<PartsOutcome> {
  const { isAws } = connection.settings
  const whole = {
    // AWS compares all of it, and refuses to replace anything. Others pass over it, or know no such thing.
    IfNoneMatch: '*',
    ChecksumCRC32: crc32Of(bytes),
    ChecksumType: 'FULL_OBJECT',
    MpuObjectSize: bytes.length,
  } as const
  return connection.send({ doing: `store ${key}`, key, signal }, async (client, sending) => {
    try {
      await client.completeMultipartUpload(
        { ...place, MultipartUpload: { Parts: parts }, ...(isAws && whole) },
        sending,
      )
      return 'stored'
    } catch (error) {
      if (isGone(error)) return 'gone'
      if (statusOf(error) === 412) return 'present'
      throw error
    }
  })
}

/**
 * Also after the caller cancelled, so not with his signal. What cannot be aborted now is found as a leftover.
 */
export async function abortUpload(
  connection: Connection,
  { key, place }: Pick<Upload, 'key' | 'place'>,
): Promise<void> {
  const request = { doing: `abort the upload of ${key}`, key, signal: AbortSignal.timeout(abortMs) }
  await connection
    .send(request, (client, sending) => client.abortMultipartUpload({ ...place }, sending))
    .catch(() => {})
}

/**
 * After what passes by itself, and after what a new key mends. Somebody who cancels, or a store that is full,
 * wants no parts lying around; one that says that others wrote at the same time wants to begin anew.
 */
function isWorthResuming(error: unknown, signal: AbortSignal | undefined): boolean {
  // Whoever gave up waiting says so by the reason of the signal, and comes again.
  const why = signal?.aborted && BackupError.is(signal.reason) ? signal.reason : error
  return BackupError.is(why, 'transient', 'throttled', 'auth')
}

function isGone(error: unknown): boolean {
  return codeOf(error) === 'NoSuchUpload'
}

function crc32Of(bytes: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}

function notWhatItSays(key: string): BackupError {
  const message = `The bytes for ${key} are not what their hash says; nothing was stored.`
  return new BackupError('corrupt', message, {
    plugin: 's3',
    key,
    hint: 'They changed in memory: run again.',
  })
}
