import { openSync, writeSync } from 'node:fs'
import type { SpooledPages } from '../host/protocol.ts'

/** A file to which pages are appended; told of in batches, as soon as they are in it. */
export interface Spool {
  /** `block` holds the pages from `first` on; `changed` are the ordinals in it of those to keep. */
  add(block: Uint8Array, first: number, changed: Uint32Array): void
  /** Writes and tells of what is still held back. */
  flush(): void
}

/** @param tell called with pages in ascending order, if they were added so */
export function createSpool(path: string, pageBytes: number, tell: (batch: SpooledPages) => void): Spool {
  const file = openSync(path, 'wx', 0o600)
  const pagesPerBatch = Math.max(1, Math.floor(batchBytes / pageBytes))
  const pages = new Uint32Array(pagesPerBatch)
  let held: Uint8Array | undefined
  let count = 0
  let offset = 0

  const write = (bytes: Uint8Array, batch: SpooledPages['pages']): void => {
    for (let done = 0; done < bytes.length;)
      done += writeSync(file, bytes, done, bytes.length - done, offset + done)
    tell({ type: 'pages', path, offset, pages: batch })
    offset += bytes.length
  }

  const flush = (): void => {
    if (held === undefined || count === 0) return
    write(held.subarray(0, count * pageBytes), pages.slice(0, count))
    count = 0
  }

  return {
    add(block, first, changed) {
      if (changed.length * pageBytes === block.length) {
        flush()
        return write(block, { first, count: changed.length })
      }
      held ??= new Uint8Array(pagesPerBatch * pageBytes)
      for (const ordinal of changed) {
        held.set(block.subarray(ordinal * pageBytes, (ordinal + 1) * pageBytes), count * pageBytes)
        pages[count++] = first + ordinal
        if (count === pagesPerBatch) flush()
      }
    },
    flush,
  }
}

const batchBytes = 2 << 20
