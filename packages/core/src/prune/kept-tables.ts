import type { CommitPack } from '../format/commit.ts'
import type { ObjectName } from '../format/names.ts'
import type { SegmentEntry } from '../format/toc.ts'
import type { Repository } from '../repository/repository.ts'
import { limits } from './limits.ts'

/** What a pack says is in it. */
export interface PackTable {
  readonly pack: CommitPack
  readonly segments: readonly SegmentEntry[]
}

/**
 * Tables of contents that the last collection read, of packs that are there: nothing that is stored ever changes under its name, and most
 * of a day's packs are those of the day before. Each that is not kept takes two requests or three.
 */
export interface KeptTables {
  /** @param named what names the pack, if anything does */
  find(name: ObjectName, size: number, named: CommitPack | undefined, read: () => Promise<PackTable | undefined>): Promise<PackTable | undefined>
  /** What was found here of a pack, unless there was no room to keep it. */
  known(name: ObjectName): readonly SegmentEntry[] | undefined
  /** Keeps what was found here for the next collection, and nothing else. */
  keepThese(): void
  /** Keeps nothing: the next collection has it from elsewhere. */
  keepNone(): void
}

const kept = new WeakMap<Repository, ReadonlyMap<ObjectName, PackTable>>()

export function keptTables(repository: Repository): KeptTables {
  const before = kept.get(repository)
  const found = new Map<ObjectName, PackTable>()
  let room = limits.keptTablesBytes
  return {
    async find(name, size, named, read) {
      const known = before?.get(name)
      const isSame = known?.pack.size === size && (!named || named.size === size)
      const table = isSame ? { ...known, ...(named && { pack: named }) } : await read()
      const bytes = table ? bytesOf(table) : 0
      if (table && bytes <= limits.keptTableBytes && bytes <= room) {
        found.set(name, table)
        room -= bytes
      }
      return table
    },
    known: (name) => found.get(name)?.segments,
    keepThese: () => void kept.set(repository, found),
    keepNone: () => void kept.delete(repository),
  }
}

/** What objects and small arrays take besides, about. */
const aroundBytes = 512

function bytesOf({ segments }: PackTable): number {
  return segments.reduce((sum, { ids, bases, lengths }) => {
    return sum + aroundBytes + ids.length + (bases?.length ?? 0) + (typeof lengths === 'number' ? 0 : lengths.byteLength)
  }, aroundBytes)
}
