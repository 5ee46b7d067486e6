import { type CANCEL_SYMBOL, isCancel, password, select, text } from '@clack/prompts'
import { BackupError } from '@backup/core'
import { bytesText } from '../terminal/amounts.ts'
import type { Shell } from '../terminal/shell.ts'
import { streamsOf } from '../terminal/streams.ts'
import { findDatabases } from './find-databases.ts'
import { generatePassphrase } from './generate-passphrase.ts'
import { secretFile, sourceOf } from './options.ts'
import { type RetentionChoice, type ScheduleChoice, type SecretChoice, type SetupPlan, type SourceChoice, type TargetChoice, retentionChoices, scheduleChoices } from './plan.ts'

/** Asks what the options did not say. @throws `cancelled` when somebody leaves */
export async function askForPlan(given: Partial<SetupPlan>, shell: Shell): Promise<SetupPlan> {
  const source = given.source ?? (await askSource(shell))
  const target = given.target ?? (await askTarget(shell))
  const secret = given.secret ?? (await askSecret(shell))
  const retention = given.retention ?? (await askChoice<RetentionChoice>(shell, 'What is to be kept?', retentionChoices))
  const schedule = given.schedule ?? (await askChoice<ScheduleChoice>(shell, 'How often?', scheduleChoices))
  return { source, target, secret, retention, schedule }
}

const another = '\0another'

async function askSource(shell: Shell): Promise<SourceChoice> {
  const found = findDatabases(shell.cwd)
  if (found.length > 0) {
    const chosen = await answered(select({
      message: 'What is to be backed up?',
      options: [
        ...found.map(({ path, sizeBytes }) => ({ value: path, label: path, hint: `SQLite database, ${bytesText(sizeBytes)}` })),
        { value: another, label: 'something else', hint: 'another database, or a folder of files' },
      ],
      ...common(shell),
    }))
    if (chosen !== another) return sourceOf(shell.cwd, chosen)
  }
  const path = await answered(text({
    message: 'What is to be backed up? The path of a SQLite database, or of a folder of files',
    placeholder: 'data/shop.db',
    validate: (path) => problemOf(() => sourceOf(shell.cwd, path ?? '')),
    ...common(shell),
  }))
  return sourceOf(shell.cwd, path)
}

async function askTarget(shell: Shell): Promise<TargetChoice> {
  const path = await answered(text({
    message: 'Where to? A folder; best on another disk than the data',
    initialValue: './backups',
    validate: (path) => (path ? undefined : 'A folder, please.'),
    ...common(shell),
  }))
  return { kind: 'local', path }
}

async function askSecret(shell: Shell): Promise<SecretChoice> {
  const variable = 'BACKUP_PASSPHRASE'
  const fromEnv = shell.env[variable]
  const how = await answered(select({
    message: 'Backups are encrypted. Which passphrase opens them?',
    options: [
      ...(fromEnv ? [{ value: 'env', label: `the one in ${variable}`, hint: 'it is set' }] : []),
      { value: 'generate', label: 'make a strong one for me', hint: `kept in ${secretFile}, for your eyes only` },
      { value: 'own', label: 'one of my own', hint: `kept in ${secretFile}, for your eyes only` },
      ...(fromEnv ? [] : [{ value: 'later', label: `one of my own, in the variable ${variable}`, hint: 'you set it wherever backups run' }]),
    ],
    ...common(shell),
  }))
  if (how === 'env') return { place: 'env', name: variable, passphrase: fromEnv! }
  if (how === 'generate') return { place: 'file', file: secretFile, passphrase: generatePassphrase() }
  const passphrase = await askPassphrase(shell)
  return how === 'own' ? { place: 'file', file: secretFile, passphrase } : { place: 'env', name: variable, passphrase }
}

/** Twice, until both are the same. */
export async function askPassphrase(shell: Shell): Promise<string> {
  const validate = (text: string | undefined): string | undefined => (text ? undefined : 'A passphrase, please.')
  const first = await answered(password({ message: 'The passphrase', validate, ...common(shell) }))
  await answered(password({
    message: 'Once more',
    validate: (text) => (text === first ? undefined : 'That is not the same.'),
    ...common(shell),
  }))
  return first
}

type Choices<Value extends string> = Readonly<Record<Value, { readonly label: string; readonly hint?: string }>>

async function askChoice<Value extends string>(shell: Shell, message: string, choices: Choices<Value>): Promise<Value> {
  const entries = Object.entries(choices) as [string, { label: string; hint?: string }][]
  const options = entries.map(([value, { label, hint }]) => ({ value, label, ...(hint !== undefined && { hint }) }))
  return (await answered(select({ message, options, ...common(shell) }))) as Value
}

function common(shell: Shell): ReturnType<typeof streamsOf> & { withGuide: boolean; showInstructions: boolean } {
  return { ...streamsOf(shell), withGuide: false, showInstructions: false }
}

async function answered<Value>(asked: Promise<Value | typeof CANCEL_SYMBOL>): Promise<Value> {
  const answer = await asked
  if (isCancel(answer)) throw new BackupError('cancelled', 'The set-up was left.', { hint: 'Nothing was written. Start again when you like.' })
  return answer
}

function problemOf(check: () => unknown): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
