import { BackupError, type PutOptions } from '@backup/core'
import { createHash } from 'node:crypto'
import { readObject } from './get.ts'
import { itemFrom, type Item } from './item.ts'
import { abandonUpload, putInFragments } from './put-in-fragments.ts'
import { quickXorHashOf } from './quick-xor-hash.ts'
import type { Request } from './request.ts'
import type { Store } from './store.ts'

/**
 * Stores an object, or finds that it is there already, and resolves when OneDrive shows it with the size and
 * the hash it must have: it has been seen to acknowledge what it then loses.
 */
export async function storeObject(
  store: Store,
  key: string,
  body: Uint8Array,
  options: PutOptions,
): Promise<void> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const { signal, sha256, onProgress } = options
  const request = store.graph.network.begin({ doing: `store ${key}`, key, signal })
  const wanted = { size: bytes.length, hash: () => (hash ??= quickXorHashOf(bytes)) }
  let hash: string | undefined

  // Business is reported to replace a file although it was told not to, and an upload in parts only fails
  // with its last one.
  if (await isThere(store, wanted, request)) {
    await abandonUpload(store, key)
    return onProgress?.(bytes.length)
  }
  const single = bytes.length <= store.graph.settings.singleBytes
  const digest = single && sha256 === undefined ? '' : createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== undefined && sha256 !== digest) throw otherBytes(key)
  const answered = single
    ? await putWhole(store, key, bytes, request)
    : await putInFragments(store, request, bytes, digest, onProgress)
  if (answered) await confirm(store, wanted, answered, request)
  else if (!(await isThere(store, wanted, request))) throw vanished(key)
  if (single) onProgress?.(bytes.length)
}

interface Wanted {
  readonly size: number
  hash(): string
}

/** @returns the item; nothing when something has this name already */
async function putWhole(
  store: Store,
  key: string,
  bytes: Buffer,
  request: Request,
): Promise<Item | undefined> {
  const content = await store.place.address(key, request, 'content')
  const answer = await store.inFolders(request, () =>
    store.graph.send({
      ...request,
      method: 'PUT',
      path: `${content}?@microsoft.graph.conflictBehavior=fail`,
      bytes,
      headers: { 'content-type': 'application/octet-stream' },
      accept: [404, 409],
    }),
  )
  return answer.status === 409 ? undefined : itemFrom(answer.json(), request)
}

/**
 * Compares an object with the bytes that were to be stored under its name; `false` when there is none.
 *
 * @throws `exists` when the size differs, `corrupt` when the bytes do
 */
async function isThere(store: Store, wanted: Wanted, request: Request): Promise<boolean> {
  const found = await store.find(request)
  if (!found) return false
  const { key } = request
  if (found.isFolder || found.size !== wanted.size) {
    const has = found.isFolder ? 'as a folder' : `with ${found.size} bytes, not ${wanted.size}`
    throw new BackupError('exists', `${key} is there ${has}; it is not replaced.`, {
      plugin: 'onedrive',
      key,
    })
  }
  if ((await hashOf(store, found, request)) === wanted.hash()) return true
  throw new BackupError('corrupt', `${key} is there and damaged: it holds other bytes.`, {
    plugin: 'onedrive',
    key,
  })
}

/**
 * Looks at what was stored. What is not what was sent is removed, as long as it is that and nobody else's.
 */
async function confirm(store: Store, wanted: Wanted, answered: Item, request: Request): Promise<void> {
  const { key } = request
  const found = await store.find(request)
  if (!found) throw vanished(key)
  const isRight = found.size === wanted.size && (await hashOf(store, found, request)) === wanted.hash()
  if (isRight) return
  const isOurs = found.id === answered.id && (found.eTag === answered.eTag || isDamaged(answered, wanted))
  const removed = isOurs && (await remove(store, found, request))
  throw removed
    ? new BackupError('transient', `${key} was damaged on its way to OneDrive; it was removed again.`, {
        plugin: 'onedrive',
        key,
      })
    : new BackupError('corrupt', `${key} lies in OneDrive with other bytes than those that were sent.`, {
        plugin: 'onedrive',
        key,
        hint: `Remove ${key} from the folder in OneDrive and run again.`,
      })
}

function isDamaged({ size, quickXorHash }: Item, wanted: Wanted): boolean {
  return size !== wanted.size || (quickXorHash !== undefined && quickXorHash !== wanted.hash())
}

async function remove({ graph, place }: Store, { id }: Item, request: Request): Promise<boolean> {
  const removal = graph.send({ ...request, method: 'DELETE', path: place.item(id), accept: [404] })
  return removal.then(
    () => true,
    () => false,
  )
}

/** Business computes hashes a while later; until then the bytes themselves tell. */
async function hashOf({ graph, place }: Store, item: Item, { key, signal }: Request): Promise<string> {
  if (item.quickXorHash !== undefined) return item.quickXorHash
  return quickXorHashOf(await readObject(graph, place, key, signal ? { signal } : {}))
}

function otherBytes(key: string): BackupError {
  const message = `The bytes of ${key} are not those of the SHA-256 given with them; nothing was sent.`
  return new BackupError('corrupt', message, {
    plugin: 'onedrive',
    key,
    hint: 'Check the memory of this machine.',
  })
}

function vanished(key: string): BackupError {
  return new BackupError('transient', `OneDrive has acknowledged ${key}, and does not have it.`, {
    plugin: 'onedrive',
    key,
  })
}
