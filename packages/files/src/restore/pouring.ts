import { BackupError, type ScatteredTarget, type Stretch } from '@backup/core'
import type { Crew } from '../crew.ts'
import { plugin } from '../problem.ts'
import type { WriteJob, WrittenFile } from '../thread/protocol.ts'

/** A file, and where its bytes begin in the stream. */
export interface PouredFile {
  readonly offset: number
  readonly file: WrittenFile
}

/** Pours the stream of contents into files, whatever comes first. */
export interface Pouring extends ScatteredTarget {
  /** Files that came in pieces, and are not finished. */
  readonly unfinished: readonly WrittenFile[]
  /** Nothing is written any more. */
  settled(): Promise<void>
}

/** Writes under way, for each thread: one is carried out while the next arrives. */
const writesPerThread = 2

/** More threads than this for each of them would take longer to start than to write. */
const bytesPerThread = 16 << 20

/** @param files in the order of their bytes, which are their own */
export function pourInto(crew: Crew, files: readonly PouredFile[], problem: (error: unknown) => BackupError): Pouring {
  const starts = Float64Array.from(files, ({ offset }) => offset)
  const expected = files.reduce((sum, { file: { size } }) => sum + size, 0)
  const threads = Math.min(crew.size, 1 + Math.floor(expected / bytesPerThread))
  const unfinished = new Set<WrittenFile>()
  const underWay = new Set<Promise<void>>()
  let given = 0
  let next = 0
  let failure: { error: BackupError } | undefined

  /** The first file that ends after this place. */
  const firstAfter = (offset: number): number => {
    let [low, high] = [0, files.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! + files[middle]!.file.size <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
  const piecesIn = ({ offset, start, length }: Stretch): WriteJob['pieces'][number][] => {
    const pieces: WriteJob['pieces'][number][] = []
    for (let at = firstAfter(offset); at < files.length && starts[at]! < offset + length; at++) {
      const { file } = files[at]!
      const from = Math.max(starts[at]!, offset)
      const to = Math.min(starts[at]! + file.size, offset + length)
      pieces.push({ file, start: start + from - offset, length: to - from, offset: from - starts[at]! })
      if (to - from < file.size) unfinished.add(file)
    }
    return pieces
  }

  return {
    kind: 'scattered',
    wants: (offset, length) => starts[firstAfter(offset)]! < offset + length,
    async write(bytes, stretches) {
      if (failure) throw failure.error
      const pieces = stretches.flatMap(piecesIn)
      if (pieces.length === 0) return
      for (const { length } of pieces) given += length
      // Only what has its memory for itself can be moved.
      const own = bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength ? bytes : bytes.slice()
      const writing = crew
        .do(next++ % threads, 'write', { bytes: own, pieces }, { transfer: [own.buffer as ArrayBuffer] })
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
