import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as ownCore from '@backup/core'
import { loadModule } from '@backup/core/node'
import { type Job, jobsOf } from './jobs.ts'
import { shownPath } from './find-config.ts'

type Core = Pick<typeof ownCore, 'createBackup'>

/**
 * Reads a config, and goes to the folder where it lies: paths in it are meant from there, wherever somebody stands who uses it.
 *
 * @param path absolute
 * @throws `config`
 */
export async function loadJobs(path: string, cwd: string): Promise<Job[]> {
  process.chdir(dirname(path))
  const { default: given } = await loadModule(path, 'Correct it and start again.')
  const { createBackup } = await coreOf(path)
  return jobsOf(given, createBackup, shownPath(cwd, path))
}

/** The engine that the project has installed: the plugins of its config belong to that one, not to the one beside this program. */
async function coreOf(path: string): Promise<Core> {
  let found: string
  try {
    found = createRequire(path).resolve('@backup/core')
  } catch {
    return ownCore
  }
  return (await import(pathToFileURL(found).href)) as Core
}
