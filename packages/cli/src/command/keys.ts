import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BackupError, type KeyProvider, passphrase } from '@backup/core'
import { isInteractive, type Shell } from '../terminal/shell.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { askPassphrase } from '../setup/questions.ts'
import { printRecoveryCode } from '../setup/recovery-code.ts'

interface SecretOptions {
  readonly newPassphraseEnv?: string
  readonly newPassphraseFile?: string
}

const secretOptions = [
  { flags: '--new-passphrase-env <name>', meaning: 'take the new passphrase from this environment variable' },
  { flags: '--new-passphrase-file <path>', meaning: 'take it from the first line of this file' },
]

export const addKey: Command = defineCommand<SecretOptions>({
  name: 'keys add',
  summary: 'one more passphrase that opens the backups',
  options: secretOptions,
  work: { jobs: 'one', run: add },
})

export const replaceKey: Command = defineCommand<SecretOptions>({
  name: 'keys replace',
  summary: 'change the passphrase: the one in the config stops working',
  options: secretOptions,
  work: { jobs: 'one', run: replace },
})

export const rotateKeys: Command = defineCommand<object>({
  name: 'keys rotate',
  summary: 'new keys for all that is stored from now on; only what the config names opens it',
  work: { jobs: 'one', run: rotate },
})

async function add({ backup, authority, out, shell }: JobContext, options: SecretOptions): Promise<Outcome> {
  await backup.keys.add(passphrase(await newPassphrase(shell, options)), { ...authority, signal: shell.signal })
  out.good('The new passphrase opens the backups too.')
  return done()
}

async function replace(context: JobContext, options: SecretOptions): Promise<Outcome> {
  const { backup, job, out, shell } = context
  const [old] = secretsOf(context)
  const next = await newPassphrase(shell, options)
  await context.confirm(`Let the passphrase that the config of ${job.name} names stop working?`)
  await backup.keys.replace(old!, passphrase(next), { ...context.authority, signal: shell.signal })
  out.good('The passphrase is changed. Put the new one where the config takes it from before the next run.')
  out.say('Copies of the repository from before, and whoever kept the keys, are not concerned: "npx backup keys rotate" protects what is stored from now on.')
  return done()
}

async function rotate(context: JobContext): Promise<Outcome> {
  const { backup, out, notes, shell } = context
  const secrets = secretsOf(context)
  await context.confirm('Make new keys? All other passphrases and the recovery code of before stop working.')
  const { recoveryCode } = await backup.keys.rotate(secrets, { ...context.authority, signal: shell.signal })
  out.good('New keys are in use.')
  printRecoveryCode(context.global.json || context.global.jsonEvents ? notes : out, recoveryCode)
  return done({ recoveryCode })
}

export function secretsOf({ job }: JobContext): readonly KeyProvider[] {
  if (job.config) return [job.config.keys].flat()
  throw new BackupError('config', 'The config exports a backup that was made already, so its keys are not known here.', {
    key: 'keys',
    hint: 'Export the options instead: export default defineBackup({ … }).',
  })
}

/** @throws `config` when there is none */
async function newPassphrase(shell: Shell, { newPassphraseEnv: name, newPassphraseFile: file }: SecretOptions): Promise<string> {
  if (name !== undefined) return present(shell.env[name], `The environment variable ${name}`)
  if (file !== undefined) return present(firstLine(resolve(shell.cwd, file)), file)
  if (!isInteractive(shell)) {
    throw new BackupError('config', 'There is no new passphrase, and nobody to ask.', { key: 'passphrase', hint: 'Use --new-passphrase-env or --new-passphrase-file.' })
  }
  return askPassphrase(shell)
}

function present(text: string | undefined, place: string): string {
  if (text) return text
  throw new BackupError('config', `${place} is empty.`, { key: 'passphrase' })
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)[0]!
  } catch (cause) {
    throw new BackupError('config', `${path} cannot be read: ${(cause as Error).message}`, { key: path, cause })
  }
}
