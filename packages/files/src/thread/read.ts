import { type Hash, createHash, hash } from 'node:crypto'
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { pathOf } from '../names.ts'
import { type ReadFile, type ReadFiles, type ReadJob, hashLength, readOutcomes } from './protocol.ts'
import { textAt } from './texts.ts'

/** Waits before a file that changed is read again, in milliseconds. */
const pausesMs = [5, 40]

/** Not through a link that took the file's place, and not waiting for a pipe to be opened at its other end. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

export function createReader(): (job: ReadJob) => ReadFiles {
  const hashes = new Map<number, Hash>()
  return ({ into, paths, sizes, part }) => {
    const space = Buffer.from(into)
    const results = emptyResults(sizes.length)
    if (part) {
      note(results, 0, readPart(hashes, space.subarray(0, sizes[0]!), textAt(paths, 0), part))
      return results
    }
    let filled = 0
    let expected = sizes.reduce((sum, size) => sum + size, 0)
    for (let at = 0; at < sizes.length; at++) {
      expected -= sizes[at]!
      const read = readWhole(space.subarray(filled, space.length - expected), textAt(paths, at))
      filled += read.length
      note(results, at, read)
    }
    return results
  }
}

type Results = ReadFiles & { readonly codes: Record<number, string> }

function emptyResults(count: number): Results {
  return {
    outcomes: new Uint8Array(count),
    codes: {},
    lengths: new Float64Array(count),
    sizes: new Float64Array(count),
    mtimes: new BigInt64Array(count),
    ctimes: new BigInt64Array(count),
    inodes: new BigUint64Array(count),
    hashes: new Uint8Array(count * hashLength),
  }
}

function note(results: Results, at: number, { outcome, code, length, size, mtime, ctime, inode, hash: digest }: ReadFile): void {
  results.outcomes[at] = readOutcomes.indexOf(outcome)
  if (code !== undefined) results.codes[at] = code
  results.lengths[at] = length
  results.sizes[at] = size
  results.mtimes[at] = mtime
  results.ctimes[at] = ctime
  results.inodes[at] = inode
  if (digest) results.hashes.set(digest, at * hashLength)
}

/** A file that fits, tried again when it changes meanwhile. */
function readWhole(room: Buffer, path: string): ReadFile {
  for (let attempt = 0; ; attempt++) {
    const read = withFile(path, (file, before) => {
      if (before.size > BigInt(room.length)) return { ...factsOf(before), outcome: 'grown', length: 0 }
      const length = fill(file, room.subarray(0, Number(before.size)), 0)
      const after = fstatSync(file, { bigint: true })
      const same = isSame(before, after) && length === Number(before.size)
      const outcome = same ? 'ok' : 'changed'
      return { ...factsOf(before), outcome, length, hash: hash('sha256', room.subarray(0, length), 'buffer') }
    })
    const pause = pausesMs[attempt]
    if (read.outcome !== 'changed' || pause === undefined) return read
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
  }
}

/** The host sees from the facts whether all parts are of one state of the file. */
function readPart(hashes: Map<number, Hash>, space: Buffer, path: string, part: NonNullable<ReadJob['part']>): ReadFile {
  const { file: number, offset, last } = part
  if (offset === 0) hashes.set(number, createHash('sha256'))
  const running = hashes.get(number)!
  const read = withFile(path, (file) => {
    const length = fill(file, space, offset)
    running.update(space.subarray(0, length))
    return { ...factsOf(fstatSync(file, { bigint: true })), outcome: 'ok', length }
  })
  if (!last) return read
  hashes.delete(number)
  return { ...read, hash: running.digest() }
}

function withFile(path: string, work: (file: number, facts: BigIntStats) => ReadFile): ReadFile {
  let file: number
  try {
    file = openSync(pathOf(path), flags)
  } catch (error) {
    return failed(error)
  }
  try {
    const facts = fstatSync(file, { bigint: true })
    return facts.isFile() ? work(file, facts) : { ...nothing, outcome: 'gone' }
  } catch (error) {
    return failed(error)
  } finally {
    closeSync(file)
  }
}

const nothing = { length: 0, size: 0, mtime: 0n, ctime: 0n, inode: 0n }
/** Of a file that is not there, or has become a link or a socket. */
const gone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EISDIR']

function failed(error: unknown): ReadFile {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  return { ...nothing, outcome: gone.includes(code) ? 'gone' : 'denied', code }
}

function fill(file: number, into: Buffer, offset: number): number {
  let filled = 0
  while (filled < into.length) {
    const read = readSync(file, into, filled, into.length - filled, offset + filled)
    if (read === 0) break
    filled += read
  }
  return filled
}

function factsOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): Pick<ReadFile, 'size' | 'mtime' | 'ctime' | 'inode'> {
  return { size: Number(size), mtime: mtimeNs, ctime: ctimeNs, inode: BigInt.asUintN(64, ino) }
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.size === other.size && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs
}
