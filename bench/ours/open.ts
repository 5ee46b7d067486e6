import { createBackup, passphrase } from '@backup/core'
import type { Backup } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'

export interface OursPlace {
  /** What is backed up: a page file that nobody writes to, or a live SQLite database. */
  source: 'file' | 'sqlite'
  file: string
  repository: string
  /** Folder for the local cache. */
  state: string
  workers?: number
  deltas?: boolean
}

/** Puts the packages together as an application would. */
export function openOurs({ source, file, repository, state, workers, deltas }: OursPlace): Backup {
  return createBackup({
    source: source === 'sqlite' ? sqlite(file) : pageFile(file, { pageBytes: 4096 }),
    providers: [local(repository)],
    keys: passphrase('benchmark'),
    state,
    ...(workers === undefined ? {} : { workers }),
    ...(deltas === undefined ? {} : { deltas }),
  })
}
