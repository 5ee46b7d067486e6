import type { StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import type { CommitPack } from '../format/commit.ts'
import { readFields } from '../format/fields.ts'
import { packKey } from '../format/names.ts'
import { utf8 } from '../format/text.ts'
import { readToc } from '../repository/read-toc.ts'
import type { Repository } from '../repository/repository.ts'

/**
 * Remembers, in local state, packs that were sent and are not in a commit yet. After a crash the next run finds those
 * that arrived and uses them, instead of sending the same data again. Losing the journal only costs that.
 */
export interface Journal {
  note(pack: CommitPack): Promise<void>
  /** The packs are in a commit, or given up. */
  clear(): Promise<void>
}

const prefix = 'sent-'

export function openJournal(state: StateStore): Journal {
  return {
    note: ({ name, size, tail }) => state.write(`${prefix}${name}`, utf8(JSON.stringify({ name, size, tail }))),
    async clear() {
      for (const item of await state.list()) if (item.startsWith(prefix)) await state.remove(item)
    },
  }
}

/**
 * Adds packs of an interrupted run to the catalog, if the provider has them, and returns them for the next commit. What
 * they hold is read from the packs themselves, where it is authenticated.
 */
export async function adoptSentPacks(repository: Repository, signal: AbortSignal): Promise<CommitPack[]> {
  const { state, catalog } = repository
  const adopted: CommitPack[] = []
  for (const item of await state.list()) {
    if (!item.startsWith(prefix)) continue
    const pack = decode((await state.read(item)) ?? new Uint8Array(0))
    if (pack && !catalog.packs.has(pack.name) && (await isStored(repository, pack, signal))) {
      catalog.addPack(pack, await readToc(repository, pack, { signal }))
      adopted.push(pack)
      continue
    }
    await state.remove(item)
  }
  return adopted
}

async function isStored({ provider }: Repository, pack: CommitPack, signal: AbortSignal): Promise<boolean> {
  const info = await provider.stat(packKey(pack.name), { signal })
  return info?.size === pack.size
}

/** What cannot be read is of no use: it is only a cache. */
function decode(bytes: Uint8Array): CommitPack | undefined {
  try {
    const fields = readFields(bytes, 'journal entry')
    const name = fields.text('name')
    if (!/^[0-9a-f]{64}$/.test(name)) return undefined
    return { name, size: fields.number('size', 1), tail: fields.number('tail', 1), toc: null }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}
