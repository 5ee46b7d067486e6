import { lstat, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BackupError } from '@backup/core'
import { besides } from '../reader/beside.ts'

/** Where a restore goes. */
export interface Target {
  /** Without symbolic links. */
  readonly path: string
  /** Over the database that the source backs up. */
  readonly live: boolean
  readonly bytes: number
}

/**
 * Looks at where a restore shall go; opens nothing.
 *
 * @throws `config` when it is a folder, `target-missing` when its folder is not there, `exists` when
 * something would have to be replaced and that was not asked for
 */
export async function targetOf(wanted: string, livePath: string, overwrite: boolean): Promise<Target> {
  const path = await resolved(wanted)
  const found = await stat(path).catch(() => undefined)
  if (found && !found.isFile())
    throw failure('config', `${path} is not a file.`, 'Name the file that shall be written.')
  const inTheWay = found ? path : await firstBeside(path)
  if (inTheWay !== undefined && !overwrite) {
    throw failure(
      'exists',
      `${inTheWay} is already there.`,
      'Choose another path, or say overwrite: true to replace it.',
    )
  }
  return { path, live: path === (await resolved(livePath)), bytes: found?.size ?? 0 }
}

/** The file itself may be missing, or be a link to a file that is missing. */
async function resolved(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined)
  if (found !== undefined) return found
  const folder = await realpath(dirname(path)).catch(() => {
    throw failure(
      'target-missing',
      `The folder of ${path} is not there.`,
      'Mount the disk or create the folder.',
    )
  })
  return join(folder, basename(path))
}

async function firstBeside(path: string): Promise<string | undefined> {
  for (const suffix of besides) if (await lstat(path + suffix).catch(() => undefined)) return path + suffix
  return undefined
}

function failure(kind: 'config' | 'exists' | 'target-missing', message: string, hint: string): BackupError {
  return new BackupError(kind, message, { plugin: 'sqlite', hint })
}
