import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { fileSystemAt, fileSystemOf, freeBytes } from './file-system.ts'

// Numbers of statfs(2), as the manual has them.
test.each([
  ['ext4', 0xef53, 'local'],
  ['btrfs', 0x9123683e, 'local'],
  ['xfs', 0x58465342, 'local'],
  ['tmpfs', 0x01021994, 'local'],
  ['overlayfs', 0x794c7630, 'local'],
  ['NFS', 0x6969, 'network'],
  ['CIFS', 0xff534d42, 'network'],
  ['CIFS, as a signed number', 0xff534d42 | 0, 'network'],
  ['SMB2', 0xfe534d42, 'network'],
  ['9P', 0x01021997, 'network'],
  ['Ceph', 0x00c36400, 'network'],
  ['FUSE', 0x65735546, 'userspace'],
])('%s', (_, type, kind) => {
  expect(fileSystemOf(type)).toBe(kind)
})

test('the disk of temporary files is a local one with some room', () => {
  expect(fileSystemAt(tmpdir())).toBe('local')
  expect(freeBytes(tmpdir())).toBeGreaterThan(1_000_000)
})
