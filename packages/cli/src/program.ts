import { Command as Parser, CommanderError, InvalidArgumentError, Option } from 'commander'
import { BackupError } from '@backup/core'
import { commands } from './command/index.ts'
import type { Command, GlobalOptions } from './command/command.ts'
import { exitCodes } from './exit-codes.ts'
import type { Shell } from './terminal/shell.ts'
import { version } from './version.ts'

/** What was typed, understood. */
export interface Invocation {
  readonly command: Command
  readonly args: readonly string[]
  readonly options: object
  readonly global: GlobalOptions
}

/** Parsing ended: help was shown, or something was not understood and said. */
export interface Ended {
  readonly code: 0 | 2
}

/** Reads a command line, and writes help or what is wrong with it. */
export async function parseCommandLine(argv: readonly string[], shell: Shell): Promise<Invocation | Ended> {
  let invocation: Invocation | undefined
  const program = createProgram(shell, (found) => {
    invocation = found
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { code: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage }
  }
  return invocation ?? { code: exitCodes.usage }
}

function createProgram(shell: Shell, found: (invocation: Invocation) => void): Parser {
  const program = new Parser('backup')
    .description('Backups that are encrypted, verified and restorable, from the command line.')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this; "backup <command> --help" says more')
    .helpCommand(false)
    .addHelpText('after', footer)
  for (const line of globalOptions) program.addOption(line())
  configure(program, shell)
  const groups = new Map<string, Parser>()
  for (const command of commands) {
    const [first = '', second] = command.name.split(' ')
    if (second === undefined) addCommand(program, first, command, shell, found)
    else addCommand(groups.get(first) ?? addGroup(program, groups, first, shell), second, command, shell, found)
  }
  return program
}

function addGroup(program: Parser, groups: Map<string, Parser>, name: string, shell: Shell): Parser {
  const group = program.command(name).summary(groupSummaries[name] ?? '').description(groupSummaries[name] ?? '').helpCommand(false)
  configure(group, shell)
  groups.set(name, group)
  return group
}

const groupSummaries: Readonly<Record<string, string>> = {
  keys: 'the secrets that open the backups: list, add, change, rotate',
  schedule: 'have the system start backups by itself',
}

function addCommand(parent: Parser, name: string, command: Command, shell: Shell, found: (invocation: Invocation) => void): void {
  const parser = parent.command(name).summary(command.summary).description(command.summary)
  for (const [syntax, meaning] of command.args ?? []) parser.argument(syntax, meaning)
  for (const { flags, meaning, choices, parse } of command.options ?? []) {
    const option = new Option(flags, meaning)
    if (choices) option.choices(choices)
    else if (parse) option.argParser((text: string) => understood(parse, text))
    parser.addOption(option)
  }
  if (command.examples) parser.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}\n`).join('')}`)
  parser.action(() => {
    const all = parser.optsWithGlobals<GlobalOptions>()
    const global = { ...all, job: all.job ?? [] }
    found({ command, args: parser.args, options: parser.opts(), global })
  })
  configure(parser, shell)
}

function understood(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!BackupError.is(error)) throw error
    throw new InvalidArgumentError(error.message)
  }
}

function configure(parser: Parser, { stdout, stderr }: Shell): void {
  parser
    .exitOverride()
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(`${text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase()).trimEnd()}\n${parserAdvice(parser)}`),
    })
}

function parserAdvice(parser: Parser): string {
  const names: string[] = []
  for (let at: Parser | null = parser; at; at = at.parent) names.unshift(at.name())
  return `"npx ${names.join(' ')} --help" says what there is.\n`
}

/** The same everywhere, so that help can be compared. */
const helpWidth = 100

const collect = (text: string, names: readonly string[] = []): readonly string[] => [...names, text]

export const globalOptions: readonly (() => Option)[] = [
  () => new Option('-c, --config <path>', 'the config to read [backup.config.ts in this folder]'),
  () => new Option('-j, --job <name>', 'only this job of a config with several; may be repeated').argParser(collect),
  () => new Option('--json', 'print one JSON document to stdout').default(false).conflicts('jsonEvents'),
  () => new Option('--json-events', 'print every event as a line of JSON to stdout, and the result as the last one').default(false),
  () => new Option('-q, --quiet', 'print results, warnings and errors only').default(false),
  () => new Option('-y, --yes', 'do what is asked about without asking').default(false),
  () => new Option('--actor <name>', 'who does this, for the audit trail [user@host]'),
  () => new Option('--reason <text>', 'why, for the audit trail'),
]

const footer = `
Exit codes: 0 done, 1 failed, 2 not understood, 3 config is wrong, 4 done but incomplete, 5 damage was found, 6 try again
later, 7 the place is away, 8 key or sign-in refused, 9 full, 10 health warning, 11 health critical, 12 not confirmed,
130 and 143 interrupted.
`
