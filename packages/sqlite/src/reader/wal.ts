import { readSync } from 'node:fs'
import { endianness } from 'node:os'
import { refuse } from './refusal.ts'
import type { LogEnd } from './wal-index.ts'

/** The committed part of a write-ahead log: which frame holds the newest version of each page in it. */
export interface Log {
  readonly file: number
  /** The log's own header. As long as the file begins with it, the frames are what they were. */
  readonly head: Uint8Array
  /** Page numbers from 0, ascending. */
  readonly pages: Uint32Array<SharedArrayBuffer>
  /** For each of those pages the position of its bytes in the file. */
  readonly offsets: Float64Array<SharedArrayBuffer>
}

/**
 * Reads a log up to its end and checks every frame on the way
 * (https://sqlite.org/fileformat2.html#the_write_ahead_log).
 *
 * @returns nothing when the log began anew meanwhile
 * @throws `source` when the log is damaged
 */
export function readLog(file: number, end: LogEnd): Log | undefined {
  const head = readHead(file)
  if (!belongs(head, headSalts, end)) return undefined
  const sum = checksum(head)
  const frameBytes = frameHeadBytes + end.pageBytes
  const perRead = Math.max(1, Math.floor(readBytes / frameBytes))
  const bytes = new Uint8Array(perRead * frameBytes)
  const [view, words] = [new DataView(bytes.buffer), new Int32Array(bytes.buffer)]
  const newest = new Map<number, number>()

  sum.add(new Int32Array(head.buffer), 0, 6)
  for (let frame = 0; frame < end.frames; frame += perRead) {
    const some = Math.min(perRead, end.frames - frame)
    const start = headBytes + frame * frameBytes
    const got = readSync(file, bytes, 0, some * frameBytes, start)
    for (let i = 0, at = 0; i < some; i++, at += frameBytes) {
      const whole = at + frameBytes <= got && belongs(bytes, at + frameSalts, end)
      if (whole) {
        sum.add(words, at / 4, at / 4 + 2)
        sum.add(words, (at + frameHeadBytes) / 4, (at + frameBytes) / 4)
      }
      if (!whole || sum.first() !== view.getUint32(at + 16) || sum.second() !== view.getUint32(at + 20)) {
        return anewOrDamaged(file, head, frame + i)
      }
      newest.set(view.getUint32(at) - 1, start + at + frameHeadBytes)
    }
  }
  if (sum.first() !== end.checksum[0] || sum.second() !== end.checksum[1])
    return anewOrDamaged(file, head, end.frames)
  return { file, head, ...sorted(newest) }
}

/** Whether the log still is the one that was read. */
export function stillBegins({ file, head }: Log): boolean {
  const now = readHead(file)
  return head.every((byte, i) => byte === now[i])
}

function readHead(file: number): Uint8Array {
  const head = new Uint8Array(headBytes)
  readSync(file, head, 0, headBytes, 0)
  return head
}

function belongs(bytes: Uint8Array, at: number, { salts }: LogEnd): boolean {
  for (let i = 0; i < salts.length; i++) if (salts[i] !== bytes[at + i]) return false
  return true
}

function anewOrDamaged(file: number, head: Uint8Array, frame: number): undefined {
  if (!head.every((byte, i) => byte === readHead(file)[i])) return undefined
  throw refuse(
    'source',
    `The write-ahead log of the database is damaged at frame ${frame + 1}.`,
    'Run `PRAGMA integrity_check` on the database; restore the last good snapshot if it reports anything.',
  )
}

function sorted(newest: Map<number, number>): Pick<Log, 'pages' | 'offsets'> {
  const pages = new Uint32Array(new SharedArrayBuffer(newest.size * 4))
  const offsets = new Float64Array(new SharedArrayBuffer(newest.size * 8))
  pages.set([...newest.keys()])
  pages.sort()
  pages.forEach((page, i) => (offsets[i] = newest.get(page) as number))
  return { pages, offsets }
}

interface Checksum {
  first(): number
  second(): number
  add(words: Int32Array, from: number, to: number): void
}

/** Two running sums over pairs of words, which are in the byte order that the log's magic number tells. */
function checksum(head: Uint8Array): Checksum {
  const bigEndian = ((head[3] ?? 0) & 1) === 1
  const swapped = bigEndian !== (endianness() === 'BE')
  let first = 0
  let second = 0
  return {
    first: () => first >>> 0,
    second: () => second >>> 0,
    add(words, from, to) {
      let [a, b] = [first, second]
      for (let i = from; i < to; i += 2) {
        const even = words[i] as number
        const odd = words[i + 1] as number
        a = (a + (swapped ? reversed(even) : even) + b) | 0
        b = (b + (swapped ? reversed(odd) : odd) + a) | 0
      }
      first = a
      second = b
    },
  }
}

function reversed(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

const headBytes = 32
const headSalts = 16
const frameHeadBytes = 24
const frameSalts = 8
const readBytes = 1 << 20
