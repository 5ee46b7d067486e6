import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createBackup, passphrase } from '@backup/core'
import type { Backup, BackupProvider, BackupSource } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { files } from '@backup/files'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { type Behaviour, behaving } from './behaving.ts'

export interface OursPlace {
  /** What is backed up: a page file that nobody writes to, a live SQLite database, or a tree of files. */
  source: 'file' | 'sqlite' | 'tree'
  file: string
  repository: string
  /** Folder for the local cache. */
  state: string
  workers?: number
  deltas?: boolean
  /** Several providers instead of one. */
  copies?: Copies
}

export interface Copies {
  /** How each of them behaves; each has a folder of its own below `repository`. */
  providers: readonly Behaviour[]
  required: number
}

/** Puts the packages together as an application would. */
export function openOurs({ source, file, repository, state, workers, deltas, copies }: OursPlace): Backup {
  return createBackup({
    source: sources[source](file),
    providers: copies === undefined ? [local(repository)] : placesOf(repository, copies),
    keys: passphrase('benchmark'),
    state,
    ...(copies === undefined ? {} : { copies: { required: copies.required } }),
    ...(workers === undefined ? {} : { workers }),
    ...(deltas === undefined ? {} : { deltas }),
  })
}

const sources: Readonly<Record<OursPlace['source'], (path: string) => BackupSource>> = {
  file: (path) => pageFile(path, { pageBytes: 4096 }),
  sqlite: (path) => sqlite(path),
  tree: (path) => files(path),
}

function placesOf(repository: string, { providers }: Copies): BackupProvider[] {
  mkdirSync(repository, { recursive: true })
  return providers.map((behaviour, number) => behaving(local(join(repository, String(number))), behaviour))
}
