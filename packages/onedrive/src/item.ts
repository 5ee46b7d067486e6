import type { ObjectInfo } from '@backup/core'
import { nonsense } from './graph-error.ts'
import type { Json } from './graph.ts'
import type { Purpose } from './request.ts'

/** A file or folder, as far as it is looked at. */
export interface Item {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly isFolder: boolean
  /** Of this content. */
  readonly eTag?: string
  readonly modifiedAt?: Date
  /** Missing while OneDrive has not computed it. */
  readonly quickXorHash?: string
}

/** For `$select`: what {@link itemFrom} reads. */
export const itemFields = 'id,name,size,eTag,file,folder,lastModifiedDateTime'

/** @throws `transient` when it is no item: an item without a size would look like an empty one */
export function itemFrom(json: Json, request: Purpose): Item {
  const { id, name, size, eTag, file, folder, lastModifiedDateTime } = json
  const isFolder = typeof folder === 'object' && folder !== null
  if (typeof id !== 'string' || id === '' || typeof name !== 'string') throw nonsense(request)
  if (!isFolder && (!Number.isSafeInteger(size) || (size as number) < 0)) throw nonsense(request)
  const modified = Date.parse(String(lastModifiedDateTime))
  const hash = (file as { hashes?: Json } | undefined)?.hashes?.['quickXorHash']
  return {
    id,
    name,
    size: isFolder ? 0 : (size as number),
    isFolder,
    ...(typeof eTag === 'string' && { eTag }),
    ...(!Number.isNaN(modified) && { modifiedAt: new Date(modified) }),
    ...(typeof hash === 'string' && hash !== '' && { quickXorHash: hash }),
  }
}

export function infoOf({ size, modifiedAt }: Item): ObjectInfo {
  return { size, ...(modifiedAt && { modifiedAt }) }
}
