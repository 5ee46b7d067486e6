import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { BackupError } from '@backup/core'
import { settle } from './make-store.ts'
import type { Stage } from './stage.ts'
import { type Look, besides, changedBetween, lookAt } from './untouched.ts'

/** The user's database, and what of it the demo reads. */
export interface OwnDatabase {
  /** What is backed up: the database itself, or a copy. */
  readonly path: string
  /** How it was found; absent when another program is writing to it. */
  readonly look?: Look
}

/**
 * Finds a way to read a database that leaves no trace. At rest it is read through SQLite. If there are files
 * beside it, a program has it open or did not close it, and every reader would take note of itself in the
 * `-shm` file, or roll a transaction back: then a copy is read, made of plain files while nobody wrote. If
 * somebody writes all the time, there is no such copy; then the demo is one more reader of the database, as a
 * backup is every day.
 */
export async function openOwn(stage: Stage, own: string): Promise<OwnDatabase> {
  const { screen, signal } = stage
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    signal.throwIfAborted()
    screen.progress({ label: 'looking' })
    const look = await lookAt(own)
    if (look.size === 1) return { path: own, look }
    const copy = copyFiles(own, join(stage.folder, `copy-${attempt}`))
    if (changedBetween(look, await lookAt(own)).length > 0) continue
    workIn(own, copy)
    screen.detail(whyCopy)
    return { path: copy, look }
  }
  screen.warn(whyNoProof)
  return { path: own }
}

function copyFiles(own: string, folder: string): string {
  mkdirSync(folder)
  const copy = join(folder, basename(own))
  for (const suffix of ['', ...besides.filter((name) => name !== '-shm')]) {
    if (existsSync(own + suffix)) copyFileSync(own + suffix, copy + suffix)
  }
  return copy
}

/** What is in the files beside the copy becomes part of it, or is rolled back. */
function workIn(own: string, copy: string): void {
  try {
    settle(copy)
  } catch (cause) {
    throw new BackupError('source', `SQLite cannot open ${own}: ${(cause as Error).message}.`, { cause })
  }
}

const whyCopy =
  'A program has it open, so a copy is backed up: whoever reads through SQLite writes to the -shm file.'
const whyNoProof =
  'Another program is writing to it. It is read as it is; what can only be proved at rest is left out.'

const mostAttempts = 3
