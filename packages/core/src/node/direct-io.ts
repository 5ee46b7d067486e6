import { constants, readFileSync, statSync, statfsSync } from 'node:fs'

/**
 * Reading and writing past the page cache (O_DIRECT, open(2)).
 *
 * A backup that goes through the cache pushes the host's database out of memory to keep what nobody will look at
 * again, and pays a copy and a page of memory for each page. And a check that reads is to see what is on the disk,
 * not what is still in memory.
 */
export interface DirectIo {
  /** To be added to the flags of `open`. The kernel may still answer EINVAL, to it or to the first transfer. */
  readonly flag: number
  /** Offsets, lengths and addresses are multiples of it: the largest block size of disks. */
  readonly blockBytes: number
}

/**
 * How to pass the cache by in this folder or file, or `undefined` where it is not known to be good: only Linux, only
 * ext4 and XFS, and only disks that answer a write before they have turned round to it.
 *
 * @example
 * const direct = directIo('/mnt/usb/shop')
 * if (direct) await open(path, constants.O_WRONLY | direct.flag)
 */
export function directIo(path: string): DirectIo | undefined {
  // Linux alone has the flag.
  if (constants.O_DIRECT === undefined) return undefined
  try {
    return fileSystems.has(statfsSync(path).type) && isQuick(statSync(path).dev) ? io : undefined
  } catch {
    return undefined
  }
}

/**
 * Memory that begins where a page of memory begins. The only one in JavaScript that is known to is that of WebAssembly.
 *
 * @returns `undefined` where there is none: it needs more room for addresses than a limit (ulimit -v) may leave
 */
export function alignedMemory(bytes: number): Uint8Array | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyMemory }
  try {
    return WebAssembly && new Uint8Array(new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536) }).buffer, 0, bytes)
  } catch {
    return undefined
  }
}

const io: DirectIo = { flag: constants.O_DIRECT, blockBytes: 4_096 }

/** ext4 and XFS (statfs(2)). On network shares and in user space it may be slow, or not what it says. */
const fileSystems = new Set([0xef53, 0x58465342])

/** A disk that turns, and keeps no writes in memory, would turn once for each of ours (Linux, queue-sysfs). */
function isQuick(device: number): boolean {
  // Since Linux 2.6: twelve bits for the kind between eight and twelve for which (makedev(3)).
  const [major, minor] = [(device >>> 8) & 0xfff, (device & 0xff) | ((device >>> 12) & 0xfff00)]
  const queue = (setting: string): string => {
    const disk = `/sys/dev/block/${major}:${minor}`
    try {
      return readFileSync(`${disk}/queue/${setting}`, 'latin1').trim()
    } catch {
      // A partition has the queue of its disk.
      return readFileSync(`${disk}/../queue/${setting}`, 'latin1').trim()
    }
  }
  return queue('write_cache') === 'write back' || queue('rotational') === '0'
}

/** Declared by TypeScript for browsers only. */
interface WebAssemblyMemory {
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
}
