import { BackupError } from '../../errors.ts'
import { fingerprintBytes } from './fingerprint.ts'

/**
 * Which of the first `count` pages of `fresh` differ from `known`: their ordinals, ascending. Pages beyond
 * the end of `known` are new and therefore differ.
 *
 * @param fresh fingerprints of now, 16 bytes a page, at least `count` of them
 * @param known fingerprints of before, in the same order
 * @throws `config` when `fresh` has fewer than `count`
 */
export function changedPages(fresh: Uint8Array, known: Uint8Array, count: number): Uint32Array {
  if (fresh.length < count * fingerprintBytes) {
    throw new BackupError('config', `${fresh.length} bytes do not hold the fingerprints of ${count} pages.`)
  }
  const both = Math.min(count, Math.floor(known.length / fingerprintBytes))
  const a = words(fresh, both)
  const b = words(known, both)
  const changed = new Uint32Array(count)
  let found = 0
  for (let page = 0, at = 0; page < both; page++, at += 4) {
    const halves = a[at] === b[at] && a[at + 1] === b[at + 1]
    if (halves && a[at + 2] === b[at + 2] && a[at + 3] === b[at + 3]) continue
    changed[found++] = page
  }
  for (let page = both; page < count; page++) changed[found++] = page
  return changed.slice(0, found)
}

function words(fingerprints: Uint8Array, count: number): Int32Array {
  const bytes = count * fingerprintBytes
  const aligned = fingerprints.byteOffset % 4 === 0 ? fingerprints : fingerprints.slice(0, bytes)
  return new Int32Array(aligned.buffer, aligned.byteOffset, bytes / 4)
}
