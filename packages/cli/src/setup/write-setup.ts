import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configText } from './config-text.ts'
import type { SetupPlan } from './plan.ts'

/** Files that were written, by name. */
export interface WrittenSetup {
  readonly config: string
  readonly secret?: string
  readonly ignored: boolean
}

/**
 * Writes the config, and the passphrase into a file of its own where that was chosen.
 *
 * @throws what the file system throws; nothing that exists is replaced
 */
export function writeSetup(cwd: string, plan: SetupPlan): WrittenSetup {
  const { secret } = plan
  const config = configName(cwd)
  if (secret.place === 'file') {
    const path = join(cwd, secret.file)
    if (!existsSync(path)) writeFileSync(path, `${secret.passphrase}\n`, { mode: 0o600, flag: 'wx' })
    // The umask may have taken more away; never less.
    else chmodSync(path, 0o600)
  }
  writeFileSync(join(cwd, config), configText(plan), { flag: 'wx' })
  const ignored = secret.place === 'file' && ignore(cwd, secret.file)
  return { config, ignored, ...(secret.place === 'file' && { secret: secret.file }) }
}

/** Where a package says that its files are CommonJS, a config with imports has to say that it is none. */
export function configName(cwd: string): string {
  try {
    const { type } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { type?: string }
    return type === 'commonjs' ? 'backup.config.mts' : 'backup.config.ts'
  } catch {
    return 'backup.config.ts'
  }
}

/** Keeps the passphrase out of version control. */
function ignore(cwd: string, file: string): boolean {
  const path = join(cwd, '.gitignore')
  const there = existsSync(path)
  if (!there && !existsSync(join(cwd, '.git'))) return false
  const text = there ? readFileSync(path, 'utf8') : ''
  if (text.split(/\r?\n/).includes(file)) return true
  writeFileSync(path, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${file}\n`)
  return true
}
