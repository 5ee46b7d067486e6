import { join } from 'node:path'
import { type Backup, createBackup, keepLast, passphrase } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { changePages } from './change-pages.ts'

export interface PruneTask {
  /** For `data`, a file of pages, and a history of it in `ours`. */
  readonly folder: string
  readonly snapshots: number
  readonly changedPages: number
}

/** Who prunes: whoever made the history, or somebody who finds it. */
export interface PruneJob extends PruneTask {
  readonly history: 'found' | 'made'
}

export const betweenRunsMs = 900_000
export const dayMs = 86_400_000
export const firstDay: number = Date.UTC(2031, 0, 1)

/** The same shop for whoever makes its history and for whoever prunes it. @param now asked each time */
export function pruneShop({ folder, snapshots }: PruneTask, now: () => number): Backup {
  return createBackup({
    source: pageFile(join(folder, 'data'), { pageBytes: 4096 }),
    providers: [local(join(folder, 'ours'))],
    keys: passphrase('benchmark'),
    state: join(folder, 'state'),
    retention: keepLast(snapshots / 2),
    clock: () => new Date(now()),
    workers: 0,
  })
}

export async function makeHistory(backup: Backup, { folder, snapshots, changedPages }: PruneTask, setTime: (ms: number) => void): Promise<void> {
  await backup.init()
  for (let number = 0; number < snapshots; number++) {
    changePages(join(folder, 'data'), changedPages, number)
    setTime(firstDay + (number + 1) * betweenRunsMs)
    await backup.run()
  }
}
