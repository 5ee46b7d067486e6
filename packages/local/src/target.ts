import { BackupError } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DurableFolders } from './durable-folders.ts'
import { codeOf, fsError, isAbsent } from './fs-error.ts'
import { tempFolder, type Placer } from './place.ts'

/** The folder with the objects, and the signs by which it is known to be there. */
export interface Target {
  open(create: boolean): Promise<void>
  /**
   * Makes sure that the folder is still the one that was opened. The mount point of a disk that was unmounted
   * is an ordinary empty folder, and another disk may be mounted in its place; neither must ever be written
   * to.
   *
   * @throws `target-missing`
   */
  check(): Promise<void>
  /** The same, but what was seen a moment ago still counts: for many calls one after the other. */
  checkLately(): Promise<void>
}

// No key starts with a dot, so these never meet an object.
const markerName = '.backup-target'

/** Left behind by a put that was killed; a living one is never this old. */
const leftoverMs = 24 * 60 * 60 * 1000

const note =
  'This file shows that the disk with the backups is there. Backups refuse to run without it; please leave it here.'

export function target(root: string, folders: DurableFolders, placer: Placer): Target {
  /**
   * The marker's text at the time of opening; a folder that was copied without it is known by its `format`
   * objects.
   */
  let marker: string | undefined

  const missing = (why: string, hint?: string): BackupError =>
    new BackupError('target-missing', `${root} ${why}.`, {
      plugin: 'local',
      key: root,
      ...(hint && { hint }),
    })

  const readMarker = async (): Promise<string | undefined> => {
    try {
      return await readFile(join(root, markerName), 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw fsError(error, `read ${join(root, markerName)}`, root)
    }
  }

  const holdsRepository = async (): Promise<boolean> => {
    const folder = join(root, 'format', 'v1')
    try {
      return (await readdir(folder)).length > 0
    } catch (error) {
      if (isAbsent(error)) return false
      throw fsError(error, `read ${folder}`, root)
    }
  }

  const checkFolder = async (create: boolean): Promise<void> => {
    try {
      const info = await stat(root)
      if (!info.isDirectory()) throw notFolder(root)
      await access(root, constants.R_OK | constants.X_OK | (create ? constants.W_OK : 0))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw fsError(error, `use ${root}`, root)
      if (!create) throw missing('is not there')
      await createFolder()
    }
  }

  const createFolder = async (): Promise<void> => {
    try {
      await mkdir(root)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return
      if (codeOf(error) !== 'ENOENT') throw fsError(error, `create ${root}`, root)
      const parent = dirname(root)
      throw missing(
        `cannot be created, because ${parent} is not there`,
        `Mount the disk, or create ${parent} first.`,
      )
    }
    await folders.sync(dirname(root))
  }

  const createMarker = async (): Promise<void> => {
    const id = randomBytes(16).toString('hex')
    const text = `${JSON.stringify({ magic: 'backup-target', version: 1, id, note }, undefined, 2)}\n`
    const path = join(root, markerName)
    try {
      await placer.place(path, new TextEncoder().encode(text), {})
    } catch (error) {
      throw fsError(error, `write ${path}`, root)
    }
  }

  let checkedAt = Number.NEGATIVE_INFINITY
  const check = async (): Promise<void> => {
    const now = await readMarker()
    if (marker === undefined ? await holdsRepository() : now === marker) return void (checkedAt = performance.now())
    if (now === undefined) throw missing('is not there any more, or is another folder now')
    throw missing(
      'is another target now than the one that was opened',
      'Mount the disk that belongs there.',
    )
  }

  return {
    async open(create) {
      await checkFolder(create)
      marker = await readMarker()
      if (marker === undefined && create) {
        await createMarker()
        // Read again: another process may have been first.
        marker = await readMarker()
      }
      if (marker === undefined && !(await holdsRepository())) {
        throw missing(
          'is there, but it is not marked as a place for backups',
          'Mount the disk; if this is a new place, call init() once.',
        )
      }
      await removeLeftovers(tempFolder(root))
    },

    check,

    async checkLately() {
      if (performance.now() - checkedAt > lately) await check()
    },
  }
}

/** No disk is unmounted and another one mounted in so few milliseconds. */
const lately = 20

/** On a disk that is read-only, or whose folder was removed meanwhile, there is nothing to clean up. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const oldest = Date.now() - leftoverMs
  for (const name of names) {
    const path = join(folder, name)
    const info = await stat(path).catch(() => undefined)
    if (info?.isFile() && info.mtimeMs < oldest) await unlink(path).catch(() => {})
  }
}

function notFolder(root: string): BackupError {
  return new BackupError('config', `${root} is a file, not a folder.`, {
    plugin: 'local',
    key: root,
    hint: 'Name the folder that is to hold the backups.',
  })
}
