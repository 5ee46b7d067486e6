import { statSync } from 'node:fs'
import { join } from 'node:path'
import { secretFile } from '../setup/options.ts'
import { type Check, warn } from './check.ts'

/** The file in which `init` keeps a passphrase is for its owner alone. */
export function checkSecretFile(folder: string): Check[] {
  const facts = statSync(join(folder, secretFile), { throwIfNoEntry: false })
  // Windows has other rights, which the mode does not tell.
  if (!facts || process.platform === 'win32' || (facts.mode & 0o077) === 0) return []
  return [warn(`Others can read ${secretFile}.`, `Take the right from them: chmod 600 ${secretFile}`)]
}
