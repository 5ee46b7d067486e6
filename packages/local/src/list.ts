import { type ListedObject, listFolder } from '@backup/core'
import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fsError, isAbsent } from './fs-error.ts'

export function listStored(root: string, prefix: string, signal: AbortSignal | undefined): AsyncIterable<ListedObject> {
  const folder = {
    names: (path: string): Promise<readonly string[] | undefined> => namesIn(root, path),
    async file(key: string) {
      const info = await statFile(join(root, key), key)
      return info && { size: info.size, modifiedAt: info.mtime }
    },
  }
  return listFolder(folder, prefix, signal)
}

/** Size and time of a file, or nothing when it is none or gone. */
export async function statFile(path: string, key: string): Promise<Stats | undefined> {
  try {
    const info = await stat(path)
    return info.isFile() ? info : undefined
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw fsError(error, `look at ${key}`, key)
  }
}

/** The root itself has to be there. */
async function namesIn(root: string, path: string): Promise<readonly string[] | undefined> {
  const folder = join(root, path)
  try {
    return await readdir(folder)
  } catch (error) {
    if (isAbsent(error) && path !== '') return undefined
    throw fsError(error, `list ${folder}`, folder)
  }
}
