import { readSync } from 'node:fs'
import { freemem } from 'node:os'

/**
 * Brings a file into the memory of the operating system, from its beginning to its end. SQLite reads page by
 * page, in the order of its trees; from a disk that is many times slower. A file that would not fit is left
 * alone: its beginning would be gone by the time it is needed.
 */
export function warmUp(file: number, bytes: number): void {
  if (bytes > freemem() / 2) return
  const buffer = new Uint8Array(4 << 20)
  try {
    while (readSync(file, buffer, 0, buffer.length, null) > 0);
  } catch {
    // Whoever needs what cannot be read will say so, and where.
  }
}
