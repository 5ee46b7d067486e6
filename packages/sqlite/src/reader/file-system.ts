import { statfsSync } from 'node:fs'

export type FileSystem = 'local' | 'network' | 'userspace'

/**
 * What kind of file system a path is on. Reading a database directly relies on locks and on a page cache that
 * all readers and writers share; over a network neither can be relied on. Known on Linux only, elsewhere
 * everything counts as local.
 */
export function fileSystemAt(path: string): FileSystem {
  return process.platform === 'linux' ? fileSystemOf(statfsSync(path).type) : 'local'
}

/** By `f_type` of statfs(2). */
export function fileSystemOf(type: number): FileSystem {
  const magic = type >>> 0
  if (magic === fuse) return 'userspace'
  return networks.has(magic) ? 'network' : 'local'
}

export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/**
 * sshfs and other remote ones, but also shared folders of virtual machines, and ntfs-3g: nothing is certain.
 */
const fuse = 0x65735546

const networks: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x564c, // NCP
  0x01021997, // 9P
  0x5346414f, // AFS
  0x6b414653, // AFS of the kernel
  0x73757245, // Coda
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x01161970, // GFS2
  0x7461636f, // OCFS2
  0x786f4256, // VirtualBox shared folder
])
