import { randomFillSync } from 'node:crypto'
import { unitIndex } from '../../packages/core/src/index/unit-index.ts'
import { serveJob } from '../measure/serve-job.ts'

export interface IndexTask {
  /** `ours`: typed arrays; `map`: hex strings to objects, as one would first write it. */
  which: 'ours' | 'map'
  chunks: number
}

export interface IndexFigures {
  bytesPerChunk: number
  millionLookupsPerSecond: number
}

interface Index {
  add(at: number, segment: number, ordinal: number): void
  has(at: number): boolean
}

const ID_LENGTH = 16
const CHUNKS_PER_SEGMENT = 256
const LOOKUPS = 2_000_000

serveJob<IndexTask>(async ({ which, chunks }) => {
  const ids = randomIds(chunks)
  const strangers = randomIds(LOOKUPS / 2)
  return {
    async work(): Promise<IndexFigures> {
      const index = which === 'ours' ? typed(ids, strangers) : mapped(ids, strangers)
      const before = heldBytes()
      for (let i = 0; i < chunks; i++) {
        index.add(i * ID_LENGTH, Math.floor(i / CHUNKS_PER_SEGMENT), i % CHUNKS_PER_SEGMENT)
      }
      const bytesPerChunk = (heldBytes() - before) / chunks
      return { bytesPerChunk, millionLookupsPerSecond: lookUp(index, chunks) }
    },
  }
})

/** Half of what a backup asks for is known, half is new. */
function lookUp(index: Index, chunks: number): number {
  const stride = 7_919
  let found = 0
  const startedMs = performance.now()
  for (let i = 0; i < LOOKUPS / 2; i++) {
    if (index.has(((i * stride) % chunks) * ID_LENGTH)) found++
    if (index.has(-1 - i * ID_LENGTH)) found++
  }
  const seconds = (performance.now() - startedMs) / 1000
  if (found !== LOOKUPS / 2) throw new Error(`${found} of ${LOOKUPS} look-ups found a chunk, expected half`)
  return LOOKUPS / seconds / 1e6
}

/** A negative position means one of the strangers. */
function typed(ids: Uint8Array, strangers: Uint8Array): Index {
  const index = unitIndex()
  return {
    add: (at, segment, ordinal) => void index.add(ids, at, segment, ordinal),
    has: (at) => (at < 0 ? index.find(strangers, -1 - at) : index.find(ids, at)) >= 0,
  }
}

function mapped(ids: Uint8Array, strangers: Uint8Array): Index {
  const index = new Map<string, { segment: number; ordinal: number }>()
  const known = Buffer.from(ids.buffer)
  const unknown = Buffer.from(strangers.buffer)
  const hex = (bytes: Buffer, at: number): string => bytes.toString('hex', at, at + ID_LENGTH)
  return {
    add: (at, segment, ordinal) => void index.set(hex(known, at), { segment, ordinal }),
    has: (at) => index.has(at < 0 ? hex(unknown, -1 - at) : hex(known, at)),
  }
}

function randomIds(count: number): Uint8Array {
  const ids = new Uint8Array(count * ID_LENGTH)
  // One call fills no more than this.
  const most = 2 ** 30
  for (let at = 0; at < ids.length; at += most) randomFillSync(ids, at, Math.min(most, ids.length - at))
  return ids
}

function heldBytes(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
