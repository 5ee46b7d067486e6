import { type Entries, batchEntries, hashLength, kinds } from '../thread/protocol.ts'
import { textAt } from '../thread/texts.ts'

/** All entries of a tree, as the walk found them, and what became of each while it was read. By number, in the order of the walk. */
export interface Table {
  readonly count: number
  path(entry: number): string
  isFile(entry: number): boolean
  isFolder(entry: number): boolean
  target(entry: number): string
  column<Name extends Column>(name: Name, entry: number): Entries[Name][number]
  /** Where the bytes of a file begin in the stream; -1 for one that was left out. */
  readonly offsets: Float64Array
  /** SHA-256 of the bytes, 32 bytes each. */
  readonly hashes: Uint8Array
  /** 1 for a file that changed while it was read. */
  readonly changed: Uint8Array
  /** Corrects what the walk found by what was found when the file was read. */
  update(entry: number, facts: { size: number; mtime: bigint; ctime: bigint; inode: bigint }): void
  /** The same in both: the tree has not changed in between. Otherwise a path that differs. */
  difference(other: Table): string | undefined
}

type Column = 'modes' | 'uids' | 'gids' | 'mtimes' | 'ctimes' | 'inodes' | 'sizes' | 'sparse' | 'known'

export function tableOf(batches: readonly Entries[]): Table {
  const count = batches.reduce((sum, batch) => sum + batch.count, 0)
  const batchOf = (entry: number): Entries => batches[Math.floor(entry / batchEntries)]!
  const kindOf = (entry: number): number => batchOf(entry).kinds[entry % batchEntries]!
  const column: Table['column'] = (name, entry) => batchOf(entry)[name][entry % batchEntries] as never
  const table: Table = {
    count,
    path: (entry) => textAt(batchOf(entry).paths, entry % batchEntries),
    isFile: (entry) => kindOf(entry) === kinds.file,
    isFolder: (entry) => kindOf(entry) === kinds.folder,
    target: (entry) => batchOf(entry).targets[entry % batchEntries]!,
    column,
    offsets: new Float64Array(count).fill(-1),
    hashes: new Uint8Array(count * hashLength),
    changed: new Uint8Array(count),
    update(entry, { size, mtime, ctime, inode }) {
      const batch = batchOf(entry)
      const at = entry % batchEntries
      batch.sizes[at] = size
      batch.mtimes[at] = mtime
      batch.ctimes[at] = ctime
      batch.inodes[at] = inode
    },
    difference(other) {
      for (let entry = 0; entry < Math.max(count, other.count); entry++) {
        if (entry >= count) return other.path(entry)
        if (entry >= other.count || table.path(entry) !== other.path(entry)) return table.path(entry)
        if (compared.some((name) => column(name, entry) !== other.column(name, entry))) return table.path(entry)
      }
      return undefined
    },
  }
  return table
}

const compared = ['mtimes', 'ctimes', 'inodes', 'sizes', 'modes'] as const
