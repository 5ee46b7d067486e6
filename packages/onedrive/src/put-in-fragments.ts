import { BackupError, type PutOptions } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { itemFields, itemFrom, type Item } from './item.ts'
import { escaped, temporaryName } from './names.ts'
import type { UploadNote } from './notes.ts'
import type { Request } from './request.ts'
import type { Store } from './store.ts'
import { endSession, expectedBy, sendRest, type UploadEnd, type UploadSession } from './upload-session.ts'

const endingMs = 10_000
/** After these the next put goes on with the session; after others it would not help. */
const goesOn = ['transient', 'throttled', 'quota', 'auth', 'busy'] as const

/**
 * Sends a large object in parts. What breaks off is noted, and the next put of the same bytes goes on with
 * it, in this process or another; a caller who cancels ends it.
 *
 * @returns the item; nothing when there is an object of that name now, whoever stored it
 */
export async function putInFragments(
  store: Store,
  request: Request,
  bytes: Buffer,
  sha256: string,
  onProgress: PutOptions['onProgress'],
): Promise<Item | undefined> {
  const { key, signal } = request
  const upload: Upload = { store, key, bytes, sha256, request, onProgress: onlyForward(onProgress) }
  let note = await store.notes.find(key)
  if (note && (note.size !== bytes.length || note.sha256 !== upload.sha256)) {
    // Of other bytes, which nobody will send any more; on Business it would keep the name from others.
    await drop(upload, note)
    note = undefined
  }
  try {
    const resumed = note && (await goOnWith(upload, note))
    if (resumed !== undefined && resumed !== 'gone') return await conclude(upload, resumed)
    return await conclude(upload, await beginAndSend(upload))
  } catch (error) {
    if (!canGoOn(error, signal)) await store.notes.find(key).then((left) => left && drop(upload, left))
    throw error
  }
}

interface Upload {
  readonly store: Store
  readonly key: string
  readonly bytes: Buffer
  readonly sha256: string
  readonly request: Request
  readonly onProgress: (sentBytes: number) => void
}

async function goOnWith(upload: Upload, note: UploadNote): Promise<UploadEnd> {
  const { store, bytes, request } = upload
  const expected = await expectedBy(store.graph, note.url, request)
  if (expected === 'gone') return (await findTemporary(upload, note)) ?? 'gone'
  if (expected === 'unclear') return 'unclear'
  upload.onProgress(Math.min(expected.first, bytes.length))
  return sendRest(store.graph, { url: note.url, expected, isKnown: true }, bytes, request, upload.onProgress)
}

/** A session can be lost in the middle; a second one is not. */
async function beginAndSend(upload: Upload): Promise<UploadEnd> {
  const { store, bytes, request } = upload
  for (let begun = 0; begun < 2; begun++) {
    const session = await begin(upload)
    if (session === 'taken') return 'taken'
    const end = await sendRest(store.graph, session, bytes, request, upload.onProgress)
    if (end !== 'gone') return end
    await store.notes.forget(upload.key)
  }
  throw lost(upload)
}

async function begin(upload: Upload): Promise<UploadSession | 'taken'> {
  const { store, key, request } = upload
  const created = await createSession(upload, key)
  if (created !== 'taken') return created
  if (await store.find(request)) return 'taken'
  // Business keeps the name for a session that somebody has left. Under a name of its own the upload is free.
  const [part = key, ...folders] = key.split('/').reverse()
  const name = temporaryName(part, randomBytes(6).toString('hex'))
  return createSession(upload, folders.reverse().join('/'), name)
}

/** @param name below the path; without it the path is the key of the object */
async function createSession(upload: Upload, path: string, name?: string): Promise<UploadSession | 'taken'> {
  const { store, key, bytes, sha256, request } = upload
  const { graph, place, notes } = store
  // Nothing is replaced. Not every drive honours it, so it is looked first as well.
  const json = { item: { '@microsoft.graph.conflictBehavior': 'fail' } }
  const target = async (): Promise<string> =>
    name === undefined
      ? place.address(path, request, 'createUploadSession')
      : `${await place.address(path, request)}/${escaped(name)}:/createUploadSession`
  const answer = await store.inFolders(request, async () =>
    graph.send({ ...request, method: 'POST', path: await target(), json, accept: [404, 409] }),
  )
  if (answer.status === 409) return 'taken'
  const { uploadUrl, expirationDateTime } = answer.json()
  if (typeof uploadUrl !== 'string' || !URL.canParse(uploadUrl) || new URL(uploadUrl).protocol !== 'https:') {
    throw noAddress(upload)
  }
  const expiresAt = Date.parse(String(expirationDateTime))
  await notes.write(key, {
    url: uploadUrl,
    size: bytes.length,
    sha256,
    ...(!Number.isNaN(expiresAt) && { expiresAt }),
    ...(name !== undefined && { as: name }),
  })
  return { url: uploadUrl, expected: { first: 0 }, isKnown: false }
}

/** Puts an end to the upload, whatever became of it: nothing of it stays but the object. */
async function conclude(upload: Upload, end: UploadEnd): Promise<Item | undefined> {
  const { store, key, request } = upload
  const note = await store.notes.find(key)
  if (typeof end === 'string') {
    const found = await store.find(request)
    if (note) await drop(upload, note)
    if (found) return undefined
    throw lost(upload)
  }
  const item = note?.as === undefined ? end : await rename(upload, end)
  await store.notes.forget(key)
  return item
}

/** From the temporary name to the one of the object; somebody else may have been quicker. */
async function rename({ store, key, request }: Upload, item: Item): Promise<Item | undefined> {
  const name = store.nameOf(key)
  const path = `${store.place.item(item.id)}?@microsoft.graph.conflictBehavior=fail`
  const answer = await store.graph.send({ ...request, method: 'PATCH', path, json: { name }, accept: [409] })
  if (answer.status !== 409) return itemFrom(answer.json(), request)
  await store.graph.send({ ...request, method: 'DELETE', path: store.place.item(item.id), accept: [404] })
  return undefined
}

/** What an upload under a temporary name has become, when its process died before it got the right one. */
async function findTemporary(
  { store, key, bytes, request }: Upload,
  { as }: UploadNote,
): Promise<Item | undefined> {
  if (as === undefined) return undefined
  const folder = await store.place.address(key.split('/').slice(0, -1).join('/'), request)
  const path = `${folder}/${escaped(as)}?$select=${itemFields}`
  const answer = await store.graph.send({ ...request, method: 'GET', path, accept: [404] })
  const item = answer.status === 404 ? undefined : itemFrom(answer.json(), request)
  return item?.size === bytes.length ? item : undefined
}

/** Ends an upload whose object is there, whoever stored it. */
export async function abandonUpload(store: Store, key: string): Promise<void> {
  const note = await store.notes.find(key)
  if (note) await drop({ store, key }, note)
}

/** Also after the caller cancelled, so not with his signal. */
async function drop({ store, key }: Pick<Upload, 'store' | 'key'>, { url }: UploadNote): Promise<void> {
  const { network } = store.graph
  const signal = AbortSignal.timeout(endingMs)
  await endSession(store.graph, url, network.begin({ doing: `end the upload of ${key}`, key, signal }))
  await store.notes.forget(key)
}

function canGoOn(error: unknown, signal: AbortSignal | undefined): boolean {
  // Patience that is at its end cancels as a caller does; but it tries again, and then goes on.
  if (signal?.aborted) return BackupError.is(signal.reason) && signal.reason.retryable
  return BackupError.is(error, ...goesOn)
}

function onlyForward(onProgress: PutOptions['onProgress']): (sentBytes: number) => void {
  let most = 0
  return (sentBytes) => {
    if (sentBytes <= most) return
    most = sentBytes
    onProgress?.(sentBytes)
  }
}

function lost({ key }: Upload): BackupError {
  return new BackupError('transient', `Cannot store ${key}: OneDrive has forgotten the upload.`, {
    plugin: 'onedrive',
    key,
  })
}

function noAddress({ key }: Upload): BackupError {
  return new BackupError(
    'transient',
    `Cannot store ${key}: OneDrive began an upload and gave it no address.`,
    {
      plugin: 'onedrive',
      key,
    },
  )
}
