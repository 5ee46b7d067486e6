import type { Answer } from '../wire/index.ts'
import type { Caller } from './caller.ts'
import { refusal } from './refusals.ts'
import type { Store } from './store.ts'

/** A file that a client wants to make, and may. */
export interface NewFile {
  readonly id: string
  readonly name: string
  readonly parent: string
  readonly mimeType: string
  readonly clientId: string
  readonly modifiedMs?: number
}

/** Checks the metadata of a file that is to be made; an answer is a refusal. */
export function newFile(
  store: Store,
  caller: Caller,
  metadata: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
): NewFile | Answer {
  const {
    id,
    name = 'Untitled',
    parents = ['root'],
    mimeType = 'application/octet-stream',
    modifiedTime,
  } = metadata
  if (typeof name !== 'string' || typeof mimeType !== 'string' || !Array.isArray(parents))
    return refusal('invalid')
  if (id !== undefined && store.files.has(String(id))) return refusal('fileIdInUse')
  // An id is either one that was generated, or none at all.
  if (id !== undefined && !store.freeIds.has(String(id))) return refusal('invalid')
  const parent = caller.idOf(String(parents[0]))
  if (!caller.seesFolder(parent, query)) return refusal('notFound')
  return {
    id: typeof id === 'string' ? id : store.newId(),
    name,
    parent,
    mimeType,
    clientId: caller.clientId,
    ...(typeof modifiedTime === 'string' && { modifiedMs: Date.parse(modifiedTime) }),
  }
}

export function isRefusal(made: object): made is Answer {
  return 'status' in made
}
