import { isKey, throwIfAborted, type ListedObject } from '@backup/core'
import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fsError } from './fs-error.ts'
import { isAbsent } from './stored-file.ts'

/** Files looked at together; more makes nothing faster, since Node asks the system with four threads. */
const statsAtOnce = 64
const shardsAtOnce = 16

/**
 * Walks class, shard and name, and only where the prefix leads. What is not named like an object, is no file,
 * or vanishes meanwhile, is passed over.
 */
export async function* listStored(
  root: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const [wantedClass = '', wantedShard = '', wantedName = ''] = prefix.split('/')
  const depth = prefix.split('/').length

  for (const name of await namesIn(root, root, wantedClass, depth > 1)) {
    // Folders of others are not even opened: some, like lost+found, may not be.
    if (!isKey(`${name}/x/x`)) continue
    const shards = (await namesIn(root, join(root, name), wantedShard, depth > 2)).filter((shard) => isKey(`${name}/${shard}/x`))
    for (let at = 0; at < shards.length; at += shardsAtOnce) {
      throwIfAborted(signal, 'listing')
      const some = shards.slice(at, at + shardsAtOnce)
      const files = await Promise.all(some.map((shard) => namesIn(root, join(root, name, shard), wantedName, false)))
      const keys = some.flatMap((shard, index) => files[index]!.map((file) => `${name}/${shard}/${file}`)).filter(isKey)
      yield* withInfo(root, keys, signal)
    }
  }
}

async function* withInfo(root: string, keys: readonly string[], signal: AbortSignal | undefined): AsyncGenerator<ListedObject, void, undefined> {
  for (let at = 0; at < keys.length; at += statsAtOnce) {
    const some = keys.slice(at, at + statsAtOnce)
    const infos = await Promise.all(some.map((key) => statFile(join(root, key), key)))
    for (const [index, info] of infos.entries()) {
      throwIfAborted(signal, 'listing')
      if (info) yield { key: some[index]!, size: info.size, modifiedAt: info.mtime }
    }
  }
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

/** Names that start so, or exactly that name; a folder that is none has none. */
async function namesIn(root: string, folder: string, start: string, exact: boolean): Promise<string[]> {
  if (exact) return [start]
  try {
    const names = await readdir(folder)
    return names.filter((name) => name.startsWith(start))
  } catch (error) {
    if (isAbsent(error) && folder !== root) return []
    throw fsError(error, `list ${folder}`, folder)
  }
}
