import { randomBytes } from '../../crypto/web-crypto.ts'
import { BackupError } from '../../errors.ts'
import { hex } from '../../format/text.ts'
import type { FolderFiles } from './folder-files.ts'

/** The folder with the objects, and the signs by which it is known to be there. */
export interface FolderTarget {
  open(create: boolean): Promise<void>
  /**
   * Makes sure that the folder is still the one that was opened. What was cleared by a browser or unmounted by somebody comes back as
   * an ordinary empty folder; nothing must ever be written to that.
   *
   * @throws `target-missing`
   */
  check(): Promise<void>
}

// No key starts with a dot, so these never meet an object. They are those of the provider for disks, which opens the same folder.
const markerPath = '.backup-target'
export const unfinishedFolder = '.tmp'

/** Left behind by a put that was killed; a living one is never this old. */
const leftoverMs = 24 * 60 * 60 * 1000

const note =
  'This file shows that the disk with the backups is there. Backups refuse to run without it; please leave it here.'

export function folderTarget(files: FolderFiles & Required<Pick<FolderFiles, 'alone'>>, plugin: string, location: string): FolderTarget {
  /** The marker's text at the time of opening; a folder that was copied without it is known by its `format` objects. */
  let marker: string | undefined

  const missing = (why: string, hint?: string): BackupError =>
    new BackupError('target-missing', `${location} ${why}.`, { plugin, key: location, ...(hint && { hint }) })

  /** A file that still has its size and its time is not read again. */
  let seen: { readonly size: number; readonly time: number | undefined; readonly text: string } | undefined
  const readMarker = async (): Promise<string | undefined> => {
    const file = await files.file(markerPath)
    const time = file?.modifiedAt?.getTime()
    if (!file) seen = undefined
    else if (seen === undefined || time === undefined || seen.size !== file.size || seen.time !== time) {
      seen = { size: file.size, time, text: new TextDecoder().decode(await file.read(0, file.size)) }
    }
    return seen?.text
  }

  const holdsRepository = async (): Promise<boolean> => ((await files.names('format/v1')) ?? []).length > 0

  const createMarker = async (): Promise<void> => {
    const id = hex(randomBytes(16))
    const text = `${JSON.stringify({ magic: 'backup-target', version: 1, id, note }, undefined, 2)}\n`
    const temporary = `${unfinishedFolder}/${id}`
    await files.alone(markerPath, async () => {
      if ((await readMarker()) !== undefined) return
      await files.write(temporary, new TextEncoder().encode(text), () => {})
      await files.rename(temporary, markerPath)
    })
  }

  const removeLeftovers = async (): Promise<void> => {
    const oldest = Date.now() - leftoverMs
    for (const name of (await files.names(unfinishedFolder)) ?? []) {
      const path = `${unfinishedFolder}/${name}`
      const file = await files.file(path)
      if (file?.modifiedAt && file.modifiedAt.getTime() < oldest) await files.remove(path)
    }
  }

  return {
    async open(create) {
      if (!(await files.reach(create))) throw missing('is not there')
      marker = await readMarker()
      if (marker === undefined && create) {
        await createMarker()
        // Read again: another client may have been first.
        marker = await readMarker()
      }
      if (marker === undefined && !(await holdsRepository())) {
        throw missing('is not marked as a place for backups', 'If this is a new place, call init() once.')
      }
      // A folder that may only be read keeps its leftovers.
      await removeLeftovers().catch(() => {})
    },

    async check() {
      const now = await readMarker()
      if (marker === undefined ? await holdsRepository() : now === marker) return
      if (now === undefined) throw missing('is not there any more, or is another folder now')
      throw missing('is another target now than the one that was opened')
    },
  }
}
