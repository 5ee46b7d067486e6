import { openSync, writeSync } from 'node:fs'
import type { SpooledPages } from '../host/protocol.ts'

/**
 * A file in which pages wait for whoever stores them; told of in batches, as soon as they are in it. Places of batches
 * that were taken are used again: where storing keeps up, a database of any size goes through a few megabytes.
 */
export interface Spool {
  /** `block` holds the pages from `first` on; `changed` are the ordinals in it of those to keep. */
  add(block: Uint8Array, first: number, changed: Uint32Array): void
  /** Writes and tells of what is still held back. */
  flush(): void
  /** The batch at this offset was taken. */
  release(offset: number): void
  /**
   * Waits while a lot is not taken yet, but for some seconds only, all calls together: the read transaction lasts as
   * long, and what an application writes meanwhile stays in its log. From then on the file grows.
   */
  room(): Promise<void>
}

export interface SpoolLimits {
  /** What may wait before `room` does. */
  readonly backlogBytes: number
  readonly patienceMs: number
}

/** @param tell called with pages in ascending order, if they were added so */
export function createSpool(
  path: string,
  pageBytes: number,
  tell: (batch: SpooledPages) => void,
  { backlogBytes, patienceMs }: SpoolLimits = limits,
): Spool {
  const file = openSync(path, 'wx', 0o600)
  const pagesPerBatch = Math.max(1, Math.floor(batchBytes / pageBytes))
  const pages = new Uint32Array(pagesPerBatch)
  const places = createPlaces()
  let held: Uint8Array | undefined
  let count = 0
  let waitedMs = 0
  let wake = (): void => {}

  const write = (bytes: Uint8Array, batch: SpooledPages['pages']): void => {
    const offset = places.take(bytes.length)
    for (let done = 0; done < bytes.length;)
      done += writeSync(file, bytes, done, bytes.length - done, offset + done)
    tell({ type: 'pages', path, offset, pages: batch })
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
    release(offset) {
      places.giveBack(offset)
      wake()
    },
    async room() {
      while (places.takenBytes() > backlogBytes && waitedMs < patienceMs) {
        const since = performance.now()
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patienceMs - waitedMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        waitedMs += performance.now() - since
      }
    },
  }
}

interface Places {
  take(bytes: number): number
  giveBack(offset: number): void
  takenBytes(): number
}

/** Stretches of a file. Most are of one size, so the first that is large enough is as good as any. */
function createPlaces(): Places {
  const taken = new Map<number, number>()
  const free: { readonly offset: number; readonly bytes: number }[] = []
  let takenBytes = 0
  let end = 0

  return {
    take(bytes) {
      const at = free.findIndex((place) => place.bytes >= bytes)
      const place = at < 0 ? { offset: end, bytes } : free.splice(at, 1)[0]!
      if (at < 0) end += bytes
      taken.set(place.offset, place.bytes)
      takenBytes += place.bytes
      return place.offset
    },
    giveBack(offset) {
      const bytes = taken.get(offset)
      if (bytes === undefined) return
      taken.delete(offset)
      takenBytes -= bytes
      free.push({ offset, bytes })
    },
    takenBytes: () => takenBytes,
  }
}

const batchBytes = 2 << 20
const limits: SpoolLimits = { backlogBytes: 16 << 20, patienceMs: 5_000 }
