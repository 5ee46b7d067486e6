import { setImmediate as turn } from 'node:timers/promises'
import { changedPages, createFingerprint, fingerprintBytes } from '@backup/core/node/fingerprint'
import type { Release, SpooledPages } from '../host/protocol.ts'
import type { Memory } from './memory.ts'
import { kindOf } from './page-kinds.ts'
import { createSpool } from './spool.ts'
import { type View, readPages } from './view.ts'

/** What every thread of a scan works on. */
export interface ScanPlan {
  readonly view: View
  /** Of the last run, if it can be compared with. */
  readonly known?: Memory
  /** Of this run; filled by the scan. */
  readonly found: Memory
  /** First word: the next block that nobody has taken. */
  readonly next: Int32Array<SharedArrayBuffer>
  /** First word: pages that changed. */
  readonly changes: Int32Array<SharedArrayBuffer>
  /** Bytes of each page that SQLite uses. */
  readonly usableBytes: number
}

/**
 * Takes blocks until none is left: reads them, and spools the pages whose fingerprint is not that of the last
 * run.
 *
 * @param spool path of the file that is created for them
 */
export async function scanLane(
  plan: ScanPlan,
  spool: string,
  tell: (batch: SpooledPages) => void,
  hear: (listener: (note: Release) => void) => void,
): Promise<void> {
  const { view, known, found, next } = plan
  const { pageBytes, pageCount } = view
  const fingerprint = createFingerprint(found.key)
  const perBlock = pagesPerBlock(pageBytes)
  const out = createSpool(spool, pageBytes, tell)
  hear((note) => {
    if (note.path === spool) out.release(note.offset)
  })
  while (true) {
    const first = Atomics.add(next, 0, 1) * perBlock
    if (first >= pageCount) break
    const count = Math.min(perBlock, pageCount - first)
    const block = fingerprint.buffer.subarray(0, count * pageBytes)
    readPages(view, first, count, block)
    fingerprint.pages(block, pageBytes, found.fingerprints, first * fingerprintBytes)
    const changed = changedPages(
      stretch(found, first, count),
      known ? stretch(known, first, count) : none,
      count,
    )
    noteKinds(plan, block, first, count, changed)
    if (changed.length > 0) out.add(block, first, changed)
    // Between blocks, so that messages go out and come in.
    await turn()
    await out.room()
  }
  out.flush()
}

/** Looks at pages while they are in the processor's cache; at those that did not change, somebody has looked before. */
function noteKinds({ known, found, changes, usableBytes, view }: ScanPlan, block: Uint8Array, first: number, count: number, changed: Uint32Array): void {
  if (changed.length < count && known) found.kinds.set(known.kinds.subarray(first, first + count), first)
  for (const ordinal of changed) {
    const page = first + ordinal
    found.kinds[page] = kindOf(block, ordinal * view.pageBytes, usableBytes, page === 0)
  }
  Atomics.add(changes, 0, changed.length)
}

export function pagesPerBlock(pageBytes: number): number {
  return Math.max(1, Math.floor(blockBytes / pageBytes))
}

function stretch({ fingerprints }: Memory, first: number, count: number): Uint8Array {
  return fingerprints.subarray(first * fingerprintBytes, (first + count) * fingerprintBytes)
}

const none = new Uint8Array(0)

/** Small enough to stay in the processor's cache from reading to hashing. */
const blockBytes = 512 << 10
