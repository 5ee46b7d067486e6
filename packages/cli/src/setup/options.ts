import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { BackupError } from '@backup/core'
import type { Shell } from '../terminal/shell.ts'
import { isDatabase } from './find-databases.ts'
import { generatePassphrase } from './generate-passphrase.ts'
import { type RetentionChoice, type ScheduleChoice, type SecretChoice, type SetupPlan, type SourceChoice } from './plan.ts'

/** What may be said on the command line instead of being asked. */
export interface InitOptions {
  readonly source?: string
  readonly to?: string
  readonly passphraseEnv?: string
  readonly passphraseFile?: string
  readonly generatePassphrase?: boolean
  readonly retention?: RetentionChoice
  readonly schedule?: ScheduleChoice
  readonly install: boolean
  readonly backup: boolean
}

export const secretFile = '.backup-passphrase'

/** The part of the plan that the options give. @throws `config` */
export function plannedBy(options: InitOptions, shell: Shell): Partial<SetupPlan> {
  const { source, to, retention, schedule } = options
  const secret = secretOf(options, shell)
  return {
    ...(source !== undefined && { source: sourceOf(shell.cwd, source) }),
    ...(to !== undefined && { target: { kind: 'local', path: to } as const }),
    ...(secret && { secret }),
    ...(retention !== undefined && { retention }),
    ...(schedule !== undefined && { schedule }),
  }
}

/** @throws `config` naming the options that are missing, where nobody can be asked */
export function completePlan(partial: Partial<SetupPlan>): SetupPlan {
  const { source, target, secret, retention = 'fifteen-years', schedule = 'none' } = partial
  const missing = [
    ...(source ? [] : ['--source <path>']),
    ...(target ? [] : ['--to <folder>']),
    ...(secret ? [] : ['--passphrase-env <name>, --passphrase-file <path> or --generate-passphrase']),
  ]
  if (source && target && secret) return { source, target, secret, retention, schedule }
  throw new BackupError('config', `Nobody can be asked here, and this is not said: ${missing.join('; ')}.`, {
    key: 'init',
    hint: 'Give these options, or run "npx backup init" in a terminal.',
  })
}

/** A folder is a tree of files, anything else has to be a database. @throws `config` */
export function sourceOf(cwd: string, path: string): SourceChoice {
  const full = resolve(cwd, path)
  if (!existsSync(full)) throw new BackupError('config', `There is no ${full}.`, { key: '--source' })
  if (isDatabase(full)) return { kind: 'sqlite', path }
  if (statSync(full).isDirectory()) return { kind: 'files', path }
  throw new BackupError('config', `${full} is no SQLite database.`, { key: '--source', hint: 'Name a database, or the folder that holds your files.' })
}

function secretOf({ passphraseEnv: name, passphraseFile: file, generatePassphrase: generate }: InitOptions, { cwd, env }: Shell): SecretChoice | undefined {
  if (name !== undefined) {
    const passphrase = env[name]
    if (passphrase) return { place: 'env', name, passphrase }
    throw new BackupError('config', `The environment variable ${name} is not set.`, { key: '--passphrase-env' })
  }
  if (file !== undefined) {
    const passphrase = existsSync(resolve(cwd, file)) ? readFileSync(resolve(cwd, file), 'utf8').trim() : ''
    if (passphrase !== '') return { place: 'file', file, passphrase }
    throw new BackupError('config', `There is no passphrase in ${file}.`, { key: '--passphrase-file' })
  }
  return generate ? { place: 'file', file: secretFile, passphrase: generatePassphrase() } : undefined
}
