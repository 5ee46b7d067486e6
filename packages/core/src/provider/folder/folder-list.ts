import type { ListedObject } from '../../contract/provider.ts'
import { throwIfAborted } from '../../errors.ts'
import { isKey } from '../check-key.ts'
import type { FolderFile } from './folder-files.ts'

/** Files looked at together: a call to the system behind a browser waits more than it works, and Node asks with four threads. */
const filesAtOnce = 64
const shardsAtOnce = 16

/** What it takes to list a folder of objects. Paths are relative to it, with `/` between the names; `''` is the folder itself. */
export interface ListableFolder {
  /** Names of all that is in a folder; nothing when there is no such folder. */
  names(folder: string): Promise<readonly string[] | undefined>
  /** Size and time of a file; nothing when there is none, or something else. */
  file(path: string): Promise<Pick<FolderFile, 'size' | 'modifiedAt'> | undefined>
}

/**
 * Walks class, shard and name, and only where the prefix leads. What is not named like an object, is no file,
 * or vanishes meanwhile, is passed over.
 *
 * @param prefix see `BackupProvider.list`
 * @throws `cancelled` when the signal fires; what the folder throws
 */
export async function* listFolder(
  files: ListableFolder,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const [wantedClass = '', wantedShard = '', wantedName = ''] = prefix.split('/')
  const depth = prefix.split('/').length

  for (const name of await namesIn(files, '', wantedClass, depth > 1)) {
    // Folders of others are not even opened: some, like lost+found, may not be.
    if (!isKey(`${name}/x/x`)) continue
    const shards = (await namesIn(files, name, wantedShard, depth > 2)).filter((shard) => isKey(`${name}/${shard}/x`))
    for (let at = 0; at < shards.length; at += shardsAtOnce) {
      throwIfAborted(signal, 'listing')
      const some = shards.slice(at, at + shardsAtOnce)
      const found = await Promise.all(some.map((shard) => namesIn(files, `${name}/${shard}`, wantedName, false)))
      const keys = some.flatMap((shard, index) => found[index]!.map((file) => `${name}/${shard}/${file}`)).filter(isKey)
      yield* withInfo(files, keys, signal)
    }
  }
}

async function* withInfo(
  files: ListableFolder,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  for (let at = 0; at < keys.length; at += filesAtOnce) {
    const some = keys.slice(at, at + filesAtOnce)
    const found = await Promise.all(some.map((key) => files.file(key)))
    for (const [index, file] of found.entries()) {
      throwIfAborted(signal, 'listing')
      if (file) yield { key: some[index]!, size: file.size, ...(file.modifiedAt && { modifiedAt: file.modifiedAt }) }
    }
  }
}

/** Names that start so, or exactly that name; a folder that is none has none. */
async function namesIn(files: ListableFolder, folder: string, start: string, exact: boolean): Promise<readonly string[]> {
  if (exact) return [start]
  return ((await files.names(folder)) ?? []).filter((name) => name.startsWith(start))
}
