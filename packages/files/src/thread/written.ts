import { type Texts, textAt, textsOf } from './texts.ts'

/** Something that is to be made: a file, a link or a folder. */
export interface WrittenFile {
  readonly path: string
  readonly size: number
  readonly mode: number
  readonly mtime: bigint
  /** Absent where it stays that of whoever restores. */
  readonly owner?: readonly [uid: number, gid: number]
  readonly sparse: boolean
}

/** Many of them, column by column: as objects, they would be most of a message, and of the memory of both sides. */
export interface Written {
  readonly paths: Texts
  readonly sizes: Float64Array
  readonly modes: Uint32Array
  readonly mtimes: BigInt64Array
  /** -1 where there is none. */
  readonly uids: Float64Array
  readonly gids: Float64Array
  readonly sparse: Uint8Array
}

/** @param fileAt is called once for each of them, in their order */
export function writtenColumns(count: number, fileAt: (at: number) => WrittenFile): Written {
  const paths: string[] = []
  const columns = {
    sizes: new Float64Array(count),
    modes: new Uint32Array(count),
    mtimes: new BigInt64Array(count),
    uids: new Float64Array(count).fill(-1),
    gids: new Float64Array(count).fill(-1),
    sparse: new Uint8Array(count),
  }
  for (let at = 0; at < count; at++) {
    const { path, size, mode, mtime, owner, sparse } = fileAt(at)
    paths.push(path)
    columns.sizes[at] = size
    columns.modes[at] = mode
    columns.mtimes[at] = mtime
    columns.sparse[at] = sparse ? 1 : 0
    if (owner) [columns.uids[at], columns.gids[at]] = owner
  }
  return { paths: textsOf(paths), ...columns }
}

export function countOf({ paths }: Written): number {
  return paths.ends.length
}

export function writtenAt({ paths, sizes, modes, mtimes, uids, gids, sparse }: Written, at: number): WrittenFile {
  return {
    path: textAt(paths, at),
    size: sizes[at]!,
    mode: modes[at]!,
    mtime: mtimes[at]!,
    ...(uids[at]! >= 0 && { owner: [uids[at]!, gids[at]!] as const }),
    sparse: sparse[at] === 1,
  }
}

export function* eachWritten(files: Written): Generator<WrittenFile, void, undefined> {
  for (let at = 0; at < countOf(files); at++) yield writtenAt(files, at)
}
