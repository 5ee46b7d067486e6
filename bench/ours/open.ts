import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createBackup, passphrase } from '@backup/core'
import type { Backup, BackupProvider } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { type Behaviour, behaving } from './behaving.ts'

export interface OursPlace {
  /** What is backed up: a page file that nobody writes to, or a live SQLite database. */
  source: 'file' | 'sqlite'
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
    source: source === 'sqlite' ? sqlite(file) : pageFile(file, { pageBytes: 4096 }),
    providers: copies === undefined ? [local(repository)] : placesOf(repository, copies),
    keys: passphrase('benchmark'),
    state,
    ...(copies === undefined ? {} : { copies: { required: copies.required } }),
    ...(workers === undefined ? {} : { workers }),
    ...(deltas === undefined ? {} : { deltas }),
  })
}

function placesOf(repository: string, { providers }: Copies): BackupProvider[] {
  mkdirSync(repository, { recursive: true })
  return providers.map((behaviour, number) => behaving(local(join(repository, String(number))), behaviour))
}
