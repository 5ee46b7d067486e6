import type { StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import type { CommitPack } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { readFields } from '../format/fields.ts'
import { packKey } from '../format/names.ts'
import { utf8 } from '../format/text.ts'
import type { SegmentEntry } from '../format/toc.ts'
import { readToc } from '../repository/read-toc.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'

/**
 * Remembers, in local state, packs that were sent and are not in a commit yet. After a crash the next run finds those
 * that arrived and uses them, instead of sending the same data again. Losing the journal only costs that.
 */
export interface Journal {
  note(pack: CommitPack): Promise<void>
  /** All that was noted is in a commit. */
  clear(): Promise<void>
}

/** For packs that another run makes anew rather than look for. */
export const noJournal: Journal = { note: async () => {}, clear: async () => {} }

const prefix = 'sent-'

/** @param adopted packs that were noted by an earlier run */
export function openJournal(state: StateStore, adopted: readonly CommitPack[], warn: RunContext['warn']): Journal {
  const noted = new Set(adopted.map(({ name }) => `${prefix}${name}`))
  return {
    async note({ name, size, tail }) {
      const item = `${prefix}${name}`
      noted.add(item)
      try {
        await state.write(item, utf8(JSON.stringify({ name, size, tail })))
      } catch (error) {
        if (!BackupError.is(error)) throw error
        warn(`Local state could not be written: ${error.message}`, 'If this run is interrupted, the next one sends the same data again.')
      }
    },
    async clear() {
      for (const item of noted) await state.remove(item)
    },
  }
}

export interface AdoptedPacks {
  readonly packs: readonly CommitPack[]
  /** The data in them: the next commit is the first that has it, so it counts as fresh there. */
  readonly units: number
  readonly bytes: number
}

/**
 * Adds packs of an interrupted run to the catalog, if the provider has them, and returns them for the next commit. What
 * they hold is read from the packs themselves, where it is authenticated.
 */
export async function adoptSentPacks(repository: Repository, signal: AbortSignal): Promise<AdoptedPacks> {
  const { state, catalog } = repository
  const packs: CommitPack[] = []
  let [units, bytes] = [0, 0]
  for (const item of await state.list()) {
    if (!item.startsWith(prefix)) continue
    const pack = decode((await state.read(item)) ?? new Uint8Array(0))
    const toc = pack && !catalog.packs.has(pack.name) && !catalog.isShunned(pack.name) && (await tocOfStored(repository, pack, signal))
    if (toc) {
      catalog.addPack(pack, toc)
      packs.push(pack)
      for (const { descriptor, units: count, lengths } of toc) {
        if (descriptor.role !== roles.data) continue
        units += count
        bytes += typeof lengths === 'number' ? count * lengths : lengths.reduce((sum, length) => sum + length, 0)
      }
    } else {
      await state.remove(item)
    }
  }
  return { packs, units, bytes }
}

/** The table of contents of the pack, if it arrived and is what the journal says. */
async function tocOfStored(repository: Repository, pack: CommitPack, signal: AbortSignal): Promise<SegmentEntry[] | undefined> {
  const info = await repository.provider.stat(packKey(pack.name), { signal })
  if (info?.size !== pack.size || (info.sha256 ?? pack.name) !== pack.name) return undefined
  try {
    return await readToc(repository, pack, { signal })
  } catch (error) {
    // Either of the two is damaged. The pack is left alone, and its data is sent again.
    if (BackupError.is(error, 'corrupt', 'unsupported', 'key', 'not-found', 'range')) return undefined
    throw error
  }
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
