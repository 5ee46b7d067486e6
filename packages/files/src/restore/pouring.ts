import { BackupError, type ScatteredTarget, type Stretch } from '@backup/core'
import type { Crew } from '../crew.ts'
import { plugin } from '../problem.ts'
import type { ManifestTable } from '../manifest/table.ts'
import type { WriteJob } from '../thread/protocol.ts'
import { type Written } from '../thread/written.ts'

/** Pours the stream of contents into files, whatever comes first. */
export interface Pouring extends ScatteredTarget {
  /** Files that came in pieces, and are not finished. */
  readonly unfinished: readonly number[]
  /** Nothing is written any more. */
  settled(): Promise<void>
}

/** Writes under way, for each thread: one is carried out while the next arrives. */
const writesPerThread = 2

/** More threads than this for each of them would take longer to start than to write. */
const bytesPerThread = 16 << 20

export interface PouringOptions {
  readonly crew: Crew
  readonly table: ManifestTable
  /** Numbers of the files, in the order of their bytes, which are their own. */
  readonly files: Uint32Array
  /** What is to be made of entries. */
  readonly written: (entries: readonly number[]) => Written
  readonly problem: (error: unknown) => BackupError
  /** So many more files were given to the end. */
  readonly done: (files: number) => void
}

export function pourInto({ crew, table, files, written, problem, done }: PouringOptions): Pouring {
  const expected = files.reduce((sum, file) => sum + table.size(file), 0)
  const threads = Math.min(crew.size, 1 + Math.floor(expected / bytesPerThread))
  const unfinished = new Set<number>()
  const underWay = new Set<Promise<void>>()
  let given = 0
  let next = 0
  let failure: { error: BackupError } | undefined

  /** The first file that ends after this place. */
  const firstAfter = (offset: number): number => {
    let [low, high] = [0, files.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (table.offset(files[middle]!) + table.size(files[middle]!) <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
  const piecesIn = (stretches: readonly Stretch[]): Omit<WriteJob, 'bytes'> & { readonly ended: number } => {
    let ended = 0
    const [entries, starts, lengths, offsets]: number[][] = [[], [], [], []]
    for (const { offset, start, length } of stretches) {
      for (let at = firstAfter(offset); at < files.length; at++) {
        const file = files[at]!
        const [begin, size] = [table.offset(file), table.size(file)]
        if (begin >= offset + length) break
        const from = Math.max(begin, offset)
        const to = Math.min(begin + size, offset + length)
        entries!.push(file)
        starts!.push(start + from - offset)
        lengths!.push(to - from)
        offsets!.push(from - begin)
        if (to - from < size) unfinished.add(file)
        if (to === begin + size) ended++
      }
    }
    const columns = { starts: Float64Array.from(starts!), lengths: Float64Array.from(lengths!), offsets: Float64Array.from(offsets!) }
    return { files: written(entries!), ...columns, ended }
  }

  return {
    kind: 'scattered',
    wants(offset, length) {
      const file = files[firstAfter(offset)]
      return file !== undefined && table.offset(file) < offset + length
    },
    async write(bytes, stretches) {
      if (failure) throw failure.error
      const { ended, ...pieces } = piecesIn(stretches)
      if (pieces.lengths.length === 0) return
      for (const length of pieces.lengths) given += length
      done(ended)
      // Only what has its memory for itself can be moved.
      const own = bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength ? bytes : bytes.slice()
      const writing = crew
        .do(next++ % threads, 'write', { bytes: own, ...pieces }, { transfer: [own.buffer as ArrayBuffer] })
        .catch((error: unknown) => {
          failure ??= { error: problem(error) }
        })
        .finally(() => underWay.delete(writing))
      underWay.add(writing)
      while (underWay.size >= threads * writesPerThread) await Promise.race(underWay)
    },
    async end() {
      await Promise.all(underWay)
      if (failure) throw failure.error
      if (given !== expected) throw new BackupError('corrupt', `The files of the manifest have ${expected} bytes, and ${given} came.`, { plugin })
    },
    async settled() {
      await Promise.all(underWay)
    },
    get unfinished() {
      return [...unfinished]
    },
  }
}
