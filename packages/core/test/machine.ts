import { type Backup, type BackupConfig, createBackup, keepLast, rawKey } from '../src/index.ts'
import { freshMemoryState, withoutFiles } from './fixtures.ts'

type Given = Pick<BackupConfig, 'source' | 'providers' | 'clock'> & Partial<BackupConfig>

/** One of several machines that back up to the same repository; without `state` it has just lost what it knew. */
export function machine(given: Given): Backup {
  return createBackup({
    keys: rawKey(new Uint8Array(32).fill(41)),
    runtime: withoutFiles,
    workers: 0,
    state: freshMemoryState(),
    compression: 'store',
    retention: keepLast(1),
    ...given,
  })
}
