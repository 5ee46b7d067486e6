import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { BackupError } from '@backup/core'

/** Exactly these, in the folder where the command is started; no folder above is looked into. */
export const configNames = ['backup.config.ts', 'backup.config.mts', 'backup.config.js', 'backup.config.mjs'] as const

/**
 * @param given the option `--config`, relative to `cwd`
 * @returns an absolute path
 * @throws `config` when there is no config, or there are several
 */
export function findConfig(cwd: string, given: string | undefined): string {
  if (given !== undefined) {
    const path = resolve(cwd, given)
    if (existsSync(path)) return path
    throw new BackupError('config', `There is no file ${path}.`, { key: '--config', hint: 'Check the path given with --config.' })
  }
  const found = configsIn(cwd)
  const [only, second] = found
  if (only === undefined) {
    throw new BackupError('config', `There is no backup.config.ts in ${cwd}.`, {
      key: 'backup.config.ts',
      hint: 'Go to the folder that has it, name it with --config, or run "npx backup init" to make one.',
    })
  }
  if (second === undefined) return resolve(cwd, only)
  throw new BackupError('config', `There are several configs in ${cwd}: ${found.join(', ')}.`, {
    key: only,
    hint: 'Name the right one with --config, or remove the others.',
  })
}

export function configsIn(cwd: string): string[] {
  return configNames.filter((name) => existsSync(resolve(cwd, name)))
}

/** As somebody in `cwd` would name it. */
export function shownPath(cwd: string, path: string): string {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') ? path : short
}
