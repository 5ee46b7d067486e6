import { confirm } from '@clack/prompts'
import { relative } from 'node:path'
import { BackupError, type Backup } from '@backup/core'
import { configsIn, findConfig } from '../config/find-config.ts'
import { chosenJobs } from '../config/jobs.ts'
import { loadJobs } from '../config/load-jobs.ts'
import { firstBackup } from '../setup/first-backup.ts'
import { type InitOptions, completePlan, plannedBy } from '../setup/options.ts'
import { install, missingPackages, neededPackages, packageManager } from '../setup/packages.ts'
import { type SetupPlan, retentionChoices, scheduleChoices } from '../setup/plan.ts'
import { askForPlan } from '../setup/questions.ts'
import { printRecoveryCode } from '../setup/recovery-code.ts'
import { type WrittenSetup, writeSetup } from '../setup/write-setup.ts'
import { isInteractive } from '../terminal/shell.ts'
import { streamsOf } from '../terminal/streams.ts'
import { type Command, type CommandContext, type Outcome, defineCommand, done } from './command.ts'

export const init: Command = defineCommand<InitOptions>({
  name: 'init',
  summary: 'set up backups here: asks, writes backup.config.ts, makes the first backup and restores it',
  options: [
    { flags: '--source <path>', meaning: 'a SQLite database, or a folder of files' },
    { flags: '--to <folder>', meaning: 'where the backups are kept' },
    { flags: '--passphrase-env <name>', meaning: 'the passphrase is in this environment variable' },
    { flags: '--passphrase-file <path>', meaning: 'the passphrase is in this file' },
    { flags: '--generate-passphrase', meaning: 'make one, and keep it in .backup-passphrase' },
    { flags: '--retention <choice>', meaning: 'what is kept [fifteen-years]', choices: Object.keys(retentionChoices) },
    { flags: '--schedule <choice>', meaning: 'how often [none]', choices: Object.keys(scheduleChoices) },
    { flags: '--no-install', meaning: 'do not install packages' },
    { flags: '--no-backup', meaning: 'make the repository, and no backup yet' },
  ],
  examples: [
    'npx backup init',
    'npx backup init --source shop.db --to /mnt/usb/shop --passphrase-env BACKUP_PASSPHRASE --yes',
  ],
  work: { jobs: 'none', run: setUp },
})

async function setUp(context: CommandContext, options: InitOptions): Promise<Outcome> {
  const { shell, global, out } = context
  const { cwd } = shell
  const present = global.config !== undefined || configsIn(cwd).length > 0
  const written = present ? undefined : await writeConfig(context, options)
  const path = findConfig(cwd, written?.config ?? global.config)
  if (present) out.say(`${relative(cwd, path)} is there already; its repositories are made where there are none.`)
  const results = []
  for (const job of chosenJobs(await loadJobs(path, cwd), global.job)) {
    const backup = job.open()
    try {
      results.push({ job: job.name, ...(await makeRepository(context, options, backup)) })
    } finally {
      await backup.close()
    }
  }
  sayNext(context)
  return done({ config: path, jobs: results })
}

/** Everything up to a config that can be loaded. */
async function writeConfig(context: CommandContext, options: InitOptions): Promise<WrittenSetup> {
  const { shell, out, notes, global } = context
  const given = plannedBy(options, shell)
  const asks = isInteractive(shell) && !global.yes
  const plan = asks ? await askForPlan(given, shell) : completePlan(given)
  await installMissing(context, options, plan)
  const written = writeSetup(shell.cwd, plan)
  out.good(`${written.config} is written.`)
  const { secret } = plan
  if (secret.place === 'file') {
    out.good(`The passphrase is in ${secret.file}${written.ignored ? ', which git ignores' : ''}. Keep a copy of it elsewhere.`)
  } else if (shell.env[secret.name] === undefined) {
    notes.warn(`Set ${secret.name} to the passphrase wherever backups run; this time it is known.`)
    process.env[secret.name] = secret.passphrase
  }
  return written
}

async function installMissing({ shell, notes, global }: CommandContext, options: InitOptions, plan: SetupPlan): Promise<void> {
  const missing = missingPackages(shell.cwd, neededPackages(plan))
  if (missing.length === 0) return
  const command = packageManager(shell.cwd, shell.env).command(missing)
  const line = command.join(' ')
  const agreed = options.install && (global.yes || !isInteractive(shell) || (await asksToInstall(shell, line)))
  if (!agreed) {
    throw new BackupError('config', `These packages are missing: ${missing.join(', ')}.`, {
      hint: `Install them, then start again: ${line}`,
    })
  }
  notes.say(`$ ${line}`)
  await install(shell.cwd, command, shell.signal)
}

async function asksToInstall(shell: CommandContext['shell'], line: string): Promise<boolean> {
  const answer = await confirm({ message: `Install what is missing? ${line}`, withGuide: false, ...streamsOf(shell) })
  return answer === true
}

async function makeRepository(context: CommandContext, options: InitOptions, backup: Backup): Promise<object> {
  const { shell, out, notes, global } = context
  const { created, repository, recoveryCode } = await backup.init({ signal: shell.signal })
  if (created) out.good(`The repository is made: ${repository.slice(0, 12)}.`)
  else out.good(`The repository is there: ${repository.slice(0, 12)}.`)
  if (recoveryCode !== undefined) {
    printRecoveryCode(global.json || global.jsonEvents ? notes : out, recoveryCode)
    if (isInteractive(shell) && !global.yes) {
      await confirm({ message: 'Have you written it down?', active: 'Yes', inactive: 'Not yet', ...streamsOf(shell), withGuide: false })
    }
  }
  const ending = options.backup ? await firstBackup(context, backup) : {}
  return { created, repository, ...(recoveryCode !== undefined && { recoveryCode }), ...ending }
}

function sayNext({ out }: CommandContext): void {
  out.title('What you can do next')
  out.table([{ title: 'COMMAND', align: 'left' }, { title: '', align: 'left' }], [
    ['npx backup run', 'make a backup: only what changed is stored'],
    ['npx backup list', 'see what there is'],
    ['npx backup schedule install', 'have the system make them, as often as you said'],
    ['npx backup restore --to copy.db', 'bring it back, to a new place'],
    ['npx backup doctor', 'see whether all is well'],
  ])
}
