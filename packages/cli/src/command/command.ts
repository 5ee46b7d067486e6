import type { Authority, Backup, BackupEvent, Run } from '@backup/core'
import type { Job } from '../config/jobs.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Screen } from '../terminal/screen.ts'
import type { Shell } from '../terminal/shell.ts'

/** One command, with everything that its help says. */
export interface Command<Options = object> {
  /** `restore`, or `keys add`. */
  readonly name: string
  readonly summary: string
  /** As they are typed: `['[snapshot]', 'latest, or the beginning of an id']`. */
  readonly args?: readonly (readonly [syntax: string, meaning: string])[]
  readonly options?: readonly OptionLine[]
  readonly examples?: readonly string[]
  readonly work: Work<Options>
}

export interface OptionLine {
  /** `--to <place>`. */
  readonly flags: string
  readonly meaning: string
  readonly choices?: readonly string[]
  readonly parse?: (text: string) => unknown
}

/** What a command needs to begin, and what it does. */
export type Work<Options> =
  /** For every job that was asked for, one after the other. */
  | { readonly jobs: 'each'; run(job: JobContext, options: Options, args: readonly string[]): Promise<Outcome> }
  /** For exactly one. */
  | { readonly jobs: 'one'; run(job: JobContext, options: Options, args: readonly string[]): Promise<Outcome> }
  /** With all jobs at once. */
  | { readonly jobs: 'all'; run(jobs: readonly Job[], context: CommandContext, options: Options): Promise<Outcome> }
  /** Without a config. */
  | { readonly jobs: 'none'; run(context: CommandContext, options: Options): Promise<Outcome> }

export interface Outcome {
  readonly code: ExitCode
  /** For JSON. */
  readonly result?: unknown
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string
  readonly job: readonly string[]
  readonly json: boolean
  readonly jsonEvents: boolean
  readonly quiet: boolean
  readonly yes: boolean
  readonly actor?: string
  readonly reason?: string
}

export interface CommandContext {
  readonly shell: Shell
  readonly global: GlobalOptions
  /** Results, to stdout; nothing with `--json`. */
  readonly out: Screen
  /** What is going on, to stderr. */
  readonly notes: Screen
  readonly authority: Authority
  /** Shows a run, and passes its events on. */
  follow<Result>(run: Run<Result>): Promise<Result>
  /** One event as a line of JSON, with `--json-events`. */
  event(event: BackupEvent): void
  /**
   * Asks whether to go on with something that cannot be taken lightly; `--yes` answers.
   *
   * @throws `cancelled` when the answer is no, or there is nobody to ask
   */
  confirm(question: string): Promise<void>
}

export interface JobContext extends CommandContext {
  readonly job: Job
  readonly backup: Backup
}

export const done = (result?: unknown): Outcome => ({ code: exitCodes.ok, result })

/** Keeps the options of a command together with what reads them. */
export function defineCommand<Options>(command: Command<Options>): Command {
  return command as unknown as Command
}
