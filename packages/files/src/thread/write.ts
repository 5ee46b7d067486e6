import { closeSync, constants, fchmodSync, fchownSync, ftruncateSync, futimesSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { pathOf } from '../names.ts'
import type { MakeJob, WriteJob } from './protocol.ts'
import { textAt } from './texts.ts'
import { type WrittenFile, eachWritten, writtenAt } from './written.ts'

/** Never through a link: one in the place of a file or folder that is to be made cannot be ours. */
const noFollow = constants.O_NOFOLLOW ?? 0
const createNew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow
const createOrOpen = constants.O_WRONLY | constants.O_CREAT | noFollow

/** Folders, which only their maker may enter until they are finished, and empty files. */
export function make({ folders, files }: MakeJob): void {
  for (let at = 0; at < folders.ends.length; at++) {
    const folder = textAt(folders, at)
    told(folder, () => mkdirSync(pathOf(folder), { mode: 0o700 }))
  }
  for (const file of eachWritten(files)) writeFile(file, createNew, (opened) => finishFile(opened, file))
}

/** Files that come in one piece are finished at once. */
export function write({ bytes, files, starts, lengths, offsets }: WriteJob): void {
  for (let at = 0; at < starts.length; at++) {
    const file = writtenAt(files, at)
    const offset = offsets[at]!
    const part = bytes.subarray(starts[at]!, starts[at]! + lengths[at]!)
    const whole = part.length === file.size
    writeFile(file, whole ? createNew : createOrOpen, (opened) => {
      if (file.sparse) writeBetweenHoles(opened, part, offset)
      else writeAll(opened, part, offset)
      if (whole) finishFile(opened, file)
    })
  }
  // Moved here, so nobody else has it; a collector would let 64 MB of it pile up first.
  ;(bytes.buffer as { transfer?: (length: number) => ArrayBuffer }).transfer?.(0)
}

export function writeFile(file: WrittenFile, flags: number, work: (opened: number) => void): void {
  told(file.path, () => {
    const opened = openSync(pathOf(file.path), flags, 0o600)
    try {
      work(opened)
    } finally {
      closeSync(opened)
    }
  })
}

export function finishFile(opened: number, { size, mode, mtime, owner, sparse }: WrittenFile): void {
  // What ends with a hole has not got its length by writing.
  if (sparse) ftruncateSync(opened, size)
  // Before the mode: a change of the owner takes some of its bits away.
  if (owner) fchownSync(opened, ...owner)
  if (mode !== 0o600) fchmodSync(opened, mode)
  const time = secondsOf(mtime)
  futimesSync(opened, time, time)
}

/** Node passes times on as seconds in a double, which in this century is exact to a quarter of a microsecond. */
export function secondsOf(mtime: bigint): number | Date {
  // A number below zero would be taken for now.
  return mtime < 0n ? new Date(Number(mtime / 1_000_000n)) : Number(mtime) / 1e9
}

/** Names the path in errors that do not. */
export function told<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw Object.assign(error as Error, { path })
  }
}

function writeAll(opened: number, bytes: Uint8Array, offset: number): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(opened, bytes, written, bytes.length - written, offset + written)
}

const holeBytes = 4096
const zeros = Buffer.alloc(holeBytes)

function writeBetweenHoles(opened: number, bytes: Uint8Array, offset: number): void {
  let from = 0
  for (let at = 0; at <= bytes.length; at += holeBytes) {
    const piece = bytes.subarray(at, at + holeBytes)
    if (piece.length === holeBytes && zeros.compare(piece) !== 0) continue
    const hole = piece.length === holeBytes
    const end = hole ? at : bytes.length
    writeAll(opened, bytes.subarray(from, end), offset + from)
    from = at + holeBytes
  }
}
