/** What computes fingerprints, and the memory in which it does so. Not to be shared between threads. */
export interface Kernel {
  /** `memoryBytes` long, laid out as `layout` says. */
  readonly memory: ArrayBuffer
  /**
   * Fingerprints `count` pages (at least 1) that begin at address `at`. `pageBytes` is their length, zeros
   * included that fill the last group, and so a multiple of `groupBytes`; `length` is the number that is
   * mixed in. Writes 16 bytes a page to address `out`.
   */
  hash(at: number, count: number, pageBytes: number, length: number, out: number): void
}

const KiB = 1024

/** Words are taken in groups of eight. */
export const groupBytes = 32

export const maxPageBytes: number = 64 * KiB

/** The second pass needs the key of the first and one group more. */
export const keyStreamBytes: number = maxPageBytes + groupBytes

/** Where things begin in a kernel's memory. */
export const layout: Readonly<Record<'key' | 'results' | 'staging' | 'buffer', number>> = {
  key: 0,
  /** Results of one call. */
  results: 128 * KiB,
  /** Copies of pages that lie elsewhere; small enough to stay in the cache between copying and hashing. */
  staging: 192 * KiB,
  /** Filled by the caller. */
  buffer: 448 * KiB,
}

export const resultsBytes: number = layout.staging - layout.results
export const stagingBytes: number = layout.buffer - layout.staging
export const bufferBytes: number = 2048 * KiB
export const memoryBytes: number = layout.buffer + bufferBytes
