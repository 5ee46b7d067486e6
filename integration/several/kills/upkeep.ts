import { join } from 'node:path'
import { type Backup, type KeyProvider, createBackup, keepLast, rawKey } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'

type Deed = 'prune' | 'rotate' | 'drill'

/** What the process is told to do, as its one argument. */
export interface UpkeepTask {
  readonly folder: string
  /** Number of the secret that opens the repository, and of the one that a rotation puts in its place. */
  readonly opener: number
  readonly next: number
  readonly backups: number
  readonly deeds: readonly Deed[]
}

export const pageBytes = 4096
/** So many pages that what is needed of dropped snapshots soon lies scattered over many packs. */
export const pages = 160
export const keptSnapshots = 5

/** So short that what was removed is gone for good a few lives later. */
const collection = { listMs: 20, lateMs: 20, lifeMs: 2_500, graceMs: 60, windowMs: 600_000, undoMs: 50 }

export const secret = (number: number): KeyProvider => rawKey(new Uint8Array(32).map((_, at) => (at < 4 ? number >> (8 * at) : 7)))

export const paths = (folder: string): Record<'data' | 'repository' | 'state', string> => ({
  data: join(folder, 'data'),
  repository: join(folder, 'repository'),
  state: join(folder, 'state'),
})

export function openUpkeep(folder: string, { opener, ...other }: { opener: number; repository?: string; state?: string }): Backup {
  const { data, repository, state } = { ...paths(folder), ...other }
  return createBackup({
    source: pageFile(data, { pageBytes }),
    providers: [local(repository)],
    keys: secret(opener),
    retention: keepLast(keptSnapshots),
    compression: 'store',
    collection,
    state,
    workers: 0,
  })
}
