import { createCipheriv } from 'node:crypto'
import { BackupError } from '../../errors.ts'
import { bufferBytes, groupBytes, keyStreamBytes, layout, maxPageBytes } from './kernel.ts'
import { resultsBytes, stagingBytes, type Kernel } from './kernel.ts'
import { plainKernel } from './plain-kernel.ts'
import { wasmKernel } from './wasm-kernel.ts'

/** Fingerprints pages under one key. No result depends on earlier calls. For one thread only. */
export interface Fingerprint {
  /**
   * 2 MiB into which a caller may read a block; pages that lie in here are hashed where they are. It is a
   * part of larger memory, which cannot be transferred to another thread and would be cloned as a whole.
   */
  readonly buffer: Uint8Array
  /**
   * Writes 16 bytes for each page of `block` to `out`, and returns how many pages there are. The last page
   * may be shorter than the others.
   *
   * @param pageBytes 512 to 65,536; quickest when 32 divides it
   * @throws `config` when `pageBytes` is out of range or `out` is too short
   */
  pages(block: Uint8Array, pageBytes: number, out: Uint8Array, outOffset: number): number
}

/** Bytes of the fingerprint of one page. */
export const fingerprintBytes = 16

/**
 * A quick way to see which pages differ from the last time, for local state only. Nothing of it goes into a
 * repository; there, units have a cryptographic id.
 *
 * **What it is.** NH, the first layer of UMAC (RFC 4418 §5.2; Black, Halevi, Krawczyk, Krovetz, Rogaway:
 * *UMAC: Fast and Secure Message Authentication*, CRYPTO '99). A page is taken as little-endian words of 32
 * bits in groups of eight, the last one filled up with zeros. To each word a key word is added modulo 2^32.
 * The products of words i and i + 4 of every group, for i from 0 to 3, are added up modulo 2^64. A second
 * pass does the same with the key moved on by one group, as in the paper's Toeplitz construction (RFC 4418
 * moves it by half a group, where the argument below does not work as it stands). The length in bytes is
 * added to both sums, which then stand one after the other.
 *
 * **What it promises.** Two different pages of the same length get the same fingerprint with a probability of
 * at most 2^-64, whatever is in them, if they were chosen without knowledge of the key. Look at the last
 * group in which they differ, and in it at one pair of words that differs. Whatever the other key words are,
 * at most one value of the one that is added at the other place of the pair makes the first sums equal (the
 * paper's argument for NH): 2^-32. The second pass adds there a key word that has no say in whether the first
 * sums are equal, because all later groups are: 2^-32 once more, whatever came of the first pass. For pages
 * of different lengths the bound is 2^-62; nobody compares those.
 *
 * **What that means.** The bounds of all comparisons under one key add up. Hourly backups for 15 years are
 * about 2^17 runs. If every page were rewritten between any two of them, the probability that even one change
 * is overlooked in all that time is at most 2^-30 for a database of 500 MB in pages of 4 KiB, and 2^-19 for
 * one of 1 TB. A change that is overlooked leaves the page's former content in the snapshots until the page
 * changes again or is read regardless of fingerprints.
 *
 * **Against whom.** Whoever writes to the database may choose pages at will and may see which of them get
 * stored; that tells nothing about the key until a change was overlooked. Whoever has the key can make pages
 * that collide, and whoever sees fingerprints of pages that he knows can work towards the key. This is no
 * MAC: fingerprints are to be kept as private as the key.
 *
 * The key words are the output of AES-256 in counter mode, so all this holds as far as that looks random.
 *
 * @param key 32 random bytes that serve nothing else
 * @param kernel what computes; all have the same results, and the quickest that works here is the default
 * @throws `config` when the key is not 32 bytes long
 *
 * @example
 * ```ts
 * const fingerprint = createFingerprint(key)
 * const fresh = new Uint8Array(512 * fingerprintBytes)
 * const bytes = readSync(file, fingerprint.buffer, 0, 512 * 4096, offset)
 * const count = fingerprint.pages(fingerprint.buffer.subarray(0, bytes), 4096, fresh, 0)
 * const changed = changedPages(fresh, known, count)
 * ```
 */
export function createFingerprint(key: Uint8Array, kernel: Kernel = quickestKernel()): Fingerprint {
  if (key.length !== 32) throw new BackupError('config', `A fingerprint key has 32 bytes, not ${key.length}.`)
  const memory = new Uint8Array(kernel.memory)
  memory.set(keyStream(key), layout.key)

  /** Copies pages into the kernel's memory and says where they are. */
  const stage = (pages: Uint8Array): number => {
    memory.set(pages, layout.staging)
    return layout.staging
  }

  const collect = (count: number, out: Uint8Array, outOffset: number): void =>
    out.set(memory.subarray(layout.results, layout.results + count * fingerprintBytes), outOffset)

  return {
    buffer: memory.subarray(layout.buffer, layout.buffer + bufferBytes),
    pages(block, pageBytes, out, outOffset) {
      const count = countPages(block, pageBytes, out, outOffset)
      const inPlace = block.buffer === kernel.memory
      const fitting = inPlace ? Infinity : Math.floor(stagingBytes / pageBytes)
      const most = Math.min(fitting, resultsBytes / fingerprintBytes)

      const unpadded = pageBytes % groupBytes === 0 ? Math.floor(block.length / pageBytes) : 0
      for (let page = 0; page < unpadded; page += most) {
        const some = Math.min(most, unpadded - page)
        const start = page * pageBytes
        const at = inPlace ? block.byteOffset + start : stage(block.subarray(start, start + some * pageBytes))
        kernel.hash(at, some, pageBytes, pageBytes, layout.results)
        collect(some, out, outOffset + page * fingerprintBytes)
      }

      for (let page = unpadded; page < count; page++) {
        const bytes = block.subarray(page * pageBytes, (page + 1) * pageBytes)
        const padded = Math.ceil(bytes.length / groupBytes) * groupBytes
        const at = stage(bytes)
        memory.fill(0, at + bytes.length, at + padded)
        kernel.hash(at, 1, padded, bytes.length, layout.results)
        collect(1, out, outOffset + page * fingerprintBytes)
      }
      return count
    },
  }
}

function quickestKernel(): Kernel {
  return wasmKernel() ?? plainKernel()
}

function countPages(block: Uint8Array, pageBytes: number, out: Uint8Array, outOffset: number): number {
  if (!Number.isInteger(pageBytes) || pageBytes < 512 || pageBytes > maxPageBytes) {
    throw new BackupError('config', `A page has 512 to ${maxPageBytes} bytes, not ${pageBytes}.`)
  }
  const count = Math.ceil(block.length / pageBytes)
  if (!(outOffset >= 0 && outOffset + count * fingerprintBytes <= out.length)) {
    throw new BackupError('config', `No room for ${count} fingerprints at ${outOffset} of ${out.length}.`)
  }
  return count
}

function keyStream(key: Uint8Array): Uint8Array {
  return createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(new Uint8Array(keyStreamBytes))
}
