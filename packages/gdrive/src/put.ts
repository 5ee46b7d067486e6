import { BackupError, throwIfAborted, type PutOptions } from '@backup/core'
import { createHash } from 'node:crypto'
import type { Request } from './connection.ts'
import { isSame } from './copies.ts'
import { fileById, removeById, type DriveFile } from './files.ts'
import type { UploadNote } from './notes.ts'
import { findCopies, partsOf, type Place } from './place.ts'
import { beginSession, cancelSession, resumeSession, sendChunks } from './session.ts'
import { uploadWhole, type NewFile } from './upload.ts'

/** What Google recommends a single request for. */
const wholeBytes = 5_000_000

/** One upload: what is to be there in the end. */
interface Upload {
  readonly key: string
  readonly bytes: Buffer
  readonly sha256: string
  readonly request: Request
  readonly onProgress: (sentBytes: number) => void
}

/** Stores an object, or finds that it is there already. */
export async function storeObject(
  place: Place,
  key: string,
  body: Uint8Array,
  { signal, sha256, onProgress }: PutOptions,
): Promise<void> {
  const request = { doing: `store ${key}`, key, signal }
  throwIfAborted(signal, `storing ${key}`)
  place.daily.check(key)
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  let told = 0
  const upload: Upload = {
    key,
    bytes,
    sha256: sha256 ?? hashOf('sha256', bytes),
    request,
    onProgress(sentBytes) {
      // What a server did not keep is sent twice; progress does not go back.
      told = Math.max(told, Math.min(sentBytes, bytes.length))
      onProgress?.(told)
    },
  }

  // An attempt before this one has looked. If it was stored all the same, its id is taken, and that is told.
  const noted = place.notes.own(key)
  const isRepeated = noted?.size === bytes.length && noted.sha256 === upload.sha256
  const there = isRepeated ? [] : await findCopies(place, key, request, { thorough: false })
  if (there.length === 0) await uploadNew(place, upload)
  else await accept(place, upload, there)
  upload.onProgress(bytes.length)
}

/** Something has this name already: is it the same? Further files of the same bytes are removed. */
async function accept(place: Place, upload: Upload, there: readonly DriveFile[]): Promise<void> {
  const { key, request } = upload
  const same = there.filter((copy) => differs(upload, copy) === undefined)
  const [kept, ...spare] = same
  if (!kept) throw (there[0] && differs(upload, there[0])) ?? vanished(request)
  await forgetUpload(place, key)
  for (const copy of spare) {
    if (!isSame(kept, copy)) continue
    await removeById(place.connection, copy.id, request)
    place.known.lost(key, copy.id)
  }
}

async function uploadNew(place: Place, upload: Upload): Promise<void> {
  const { key, request } = upload
  const { signal } = request
  let copy: DriveFile
  try {
    copy = await send(place, upload)
  } catch (error) {
    await leave(place, upload, error)
    // Whoever was cancelled is told so, whatever it was that broke.
    throwIfAborted(signal, `storing ${key}`)
    throw BackupError.is(error) ? place.daily.refused(error) : error
  }
  place.daily.worked()
  const wrong = differs(upload, copy)
  await place.notes.remove(key)
  if (!wrong && !copy.trashed) return place.known.wrote(key, copy)
  await removeById(place.connection, copy.id, { ...request, signal: undefined }).catch(() => {})
  place.known.lost(key, copy.id)
  if (!wrong) throw inTrash(place, upload)
  throw hashOf('sha256', upload.bytes) === upload.sha256 ? damaged(wrong, request) : misdeclared(request)
}

/** Makes the file: anew, or from where an earlier attempt stopped. */
async function send(place: Place, upload: Upload): Promise<DriveFile> {
  const { connection, notes } = place
  const { key, bytes, sha256, request } = upload
  const [path, name] = partsOf(key)
  const noted = await notes.find(key)
  const isOurs = noted?.size === bytes.length && noted.sha256 === sha256
  if (noted && !isOurs) await forgetUpload(place, key)
  const parent = (await place.folders.make(path, request).catch(lostFolder(place, upload))).id
  const id = noted && isOurs ? noted.id : await place.ids.take(request)
  const file: NewFile = { id, name, parent }
  const note: UploadNote = { id, size: bytes.length, sha256, at: place.connection.settings.now() }
  const earlier = isOurs ? noted?.url : undefined
  await notes.write(key, earlier === undefined ? note : { ...note, url: earlier, at: noted?.at ?? note.at })

  const made =
    bytes.length <= wholeBytes
      ? await uploadWhole(connection, file, bytes, request).catch(lostFolder(place, upload))
      : await sendInSession(place, upload, file, note, earlier)
  // A file with this id is there: an answer that was lost has been a success.
  const copy = made ?? (await fileById(connection, id, request))
  if (copy) return copy
  await forgetUpload(place, key)
  throw vanished(request)
}

async function sendInSession(
  place: Place,
  upload: Upload,
  wanted: NewFile,
  note: UploadNote,
  earlier: string | undefined,
): Promise<DriveFile | undefined> {
  const { connection, notes } = place
  const { key, bytes, request, onProgress } = upload
  let file = wanted
  let url = earlier
  for (let renewed = 0; renewed < 2; renewed++) {
    const session =
      url === undefined
        ? await beginSession(connection, file, bytes.length, request).catch(lostFolder(place, upload))
        : await resumeSession(connection, file, url, bytes.length, request)
    if (session === undefined) return undefined
    if (session !== 'gone') {
      if ('file' in session) return session.file
      if (url === undefined) await notes.write(key, { ...note, id: file.id, url: session.url })
      onProgress(session.offset)
      const outcome = await sendChunks(connection, file, session, bytes, request, onProgress)
      if (outcome !== 'gone') return outcome.file
    }
    const arrived = await fileById(connection, file.id, request)
    if (arrived) return arrived
    // Nothing comes by the old session any more, and its id may be used up.
    file = { ...file, id: await place.ids.take(request) }
    url = undefined
  }
  await forgetUpload(place, key)
  throw new BackupError('transient', `Cannot ${request.doing}: Google forgets the upload again and again.`, {
    plugin: 'gdrive',
    key,
  })
}

/**
 * After a failure: what can go on stays noted. What was cancelled by the caller or refused for good leaves
 * nothing behind.
 */
async function leave(place: Place, { key, request }: Upload, error: unknown): Promise<void> {
  const { signal } = request
  const gaveUp = signal?.aborted === true && !BackupError.is(signal.reason, 'transient')
  const refused = BackupError.is(error) && !error.retryable && !passing(error)
  if (gaveUp || refused) await forgetUpload(place, key, gaveUp)
}

/** Tomorrow, or after a sign-in, it can go on. */
function passing({ kind, retryAfterMs }: BackupError): boolean {
  return kind === 'auth' || kind === 'cancelled' || (kind === 'quota' && retryAfterMs !== undefined)
}

/** @param keepId while it is not known whether a file with this id is there */
async function forgetUpload(place: Place, key: string, keepId = false): Promise<void> {
  const note = await place.notes.find(key)
  if (!note) return
  if (note.url !== undefined) await cancelSession(place.connection, note.url, key)
  await place.notes.remove(key)
  const { url: _, ...rest } = note
  if (keepId) await place.notes.write(key, rest)
}

function lostFolder(place: Place, { request }: Upload): (error: unknown) => Promise<never> {
  return async (error) => {
    if (!BackupError.is(error, 'not-found')) throw error
    // The folder that was known is gone; it is made anew, unless all of the place is gone.
    place.folders.forget()
    await place.folders.check(request.signal)
    throw new BackupError('transient', `Cannot ${request.doing}: its folder is gone; it is made anew.`, {
      plugin: 'gdrive',
      key: request.key,
      cause: error,
    })
  }
}

function differs({ key, bytes, sha256 }: Upload, copy: DriveFile): BackupError | undefined {
  if (copy.size !== bytes.length) {
    const message = `${key} is there with ${copy.size} bytes, not ${bytes.length}; it is not replaced.`
    return new BackupError('exists', message, { plugin: 'gdrive', key })
  }
  const isRight = copy.sha256 === undefined ? copy.md5 === hashOf('md5', bytes) : copy.sha256 === sha256
  if (isRight) return undefined
  return new BackupError('corrupt', `${key} is there and damaged: it holds other bytes.`, {
    plugin: 'gdrive',
    key,
  })
}

function inTrash(place: Place, { key }: Upload): BackupError {
  place.folders.forget()
  return new BackupError('transient', `${key} was stored in a folder that is in the trash.`, {
    plugin: 'gdrive',
    key,
  })
}

function damaged(cause: BackupError, { key }: Request): BackupError {
  const message = `${key} arrived with other bytes than were sent; what had arrived was removed.`
  return new BackupError('transient', message, { plugin: 'gdrive', key, cause })
}

function misdeclared({ key }: Request): BackupError {
  return new BackupError('corrupt', `${key} is not what its SHA-256 says; it was not stored.`, {
    plugin: 'gdrive',
    key,
    hint: 'The bytes changed before they were handed over: check the memory of this machine.',
  })
}

function vanished({ key }: Request): BackupError {
  return new BackupError('transient', `${key} was there, and is gone again.`, { plugin: 'gdrive', key })
}

function hashOf(algorithm: 'sha256' | 'md5', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex')
}
