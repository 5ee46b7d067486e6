import type { CommandContext, Outcome } from './command/command.ts'
import { createContext } from './command/context.ts'
import { isUnconfirmed } from './command/unconfirmed.ts'
import { findConfig } from './config/find-config.ts'
import { type Job, chosenJobs, namesOf } from './config/jobs.ts'
import { loadJobs } from './config/load-jobs.ts'
import { type ExitCode, exitCodeOf, exitCodes, worstOf } from './exit-codes.ts'
import { type Invocation, parseCommandLine } from './program.ts'
import { type FailureInfo, failureInfo, failureText } from './terminal/failure.ts'
import type { Shell } from './terminal/shell.ts'

/** What `--json` prints. */
interface Document {
  readonly command: string
  readonly ok: boolean
  readonly exitCode: ExitCode
  readonly result?: unknown
  readonly error?: FailureInfo
  /** One for each job, for commands that work on jobs. */
  readonly jobs?: readonly JobEnding[]
}

interface JobEnding {
  readonly job: string
  readonly ok: boolean
  readonly exitCode: ExitCode
  readonly result?: unknown
  readonly error?: FailureInfo
}

/** Carries out one command line. @returns the exit code */
export async function main(argv: readonly string[], shell: Shell): Promise<ExitCode> {
  const invocation = await parseCommandLine(argv, shell)
  if ('code' in invocation) return invocation.code
  const { command, global } = invocation
  const context = createContext(shell, global)
  const ending = await carryOut(invocation, context).catch((error: unknown) => failed(context, command.name, error))
  context.notes.close()
  const document: Document = { command: command.name, ok: ending.exitCode === exitCodes.ok, ...ending }
  if (global.json) shell.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
  if (global.jsonEvents) shell.stdout.write(`${JSON.stringify({ type: 'result', ...document })}\n`)
  return ending.exitCode
}

type Ending = Omit<Document, 'command' | 'ok'>

async function carryOut({ command: { name, work }, args, options, global }: Invocation, context: CommandContext): Promise<Ending> {
  if (work.jobs === 'none') return endingOf(await work.run(context, options))
  const { cwd } = context.shell
  const jobs = chosenJobs(await loadJobs(findConfig(cwd, global.config), cwd), global.job)
  if (work.jobs === 'all') return endingOf(await work.run(jobs, context, options))
  if (work.jobs === 'one' && jobs.length > 1) {
    context.notes.bad(`"${name}" works on one job. ${namesOf(jobs)} Say which: --job ${jobs[0]!.name}`)
    return { exitCode: exitCodes.usage }
  }
  const endings: JobEnding[] = []
  for (const job of jobs) {
    if (jobs.length > 1) context.out.title(job.name)
    const doing = jobs.length > 1 ? `${name} of ${job.name}` : name
    const { exitCode, ...rest } = await withJob(job, async (backup) => work.run({ ...context, job, backup }, options, args))
      .then(endingOf, (error: unknown) => failed(context, doing, error))
    endings.push({ job: job.name, ok: exitCode === exitCodes.ok, exitCode, ...rest })
    // One failure does not stop the others; whoever interrupts means all.
    if (context.shell.signal.aborted) break
  }
  return { exitCode: worstOf(endings.map(({ exitCode }) => exitCode)), jobs: endings }
}

async function withJob(job: Job, body: (backup: ReturnType<Job['open']>) => Promise<Outcome>): Promise<Outcome> {
  const backup = job.open()
  try {
    return await body(backup)
  } finally {
    await backup.close()
  }
}

function endingOf({ code, result }: Outcome): Ending {
  return { exitCode: code, ...(result !== undefined && { result }) }
}

function failed({ notes, shell }: CommandContext, doing: string, error: unknown): Ending {
  notes.close()
  const stopped = shell.signal.aborted
  const { what, advice, next } = failureText(error, stopped ? 'Stopped' : `${doing} failed`)
  notes.bad(what)
  if (stopped) notes.say('What was stored is used again next time.')
  else {
    notes.alert(`What to do: ${advice}`)
    if (next !== undefined) notes.alert(`Next: ${next}`)
  }
  if (shell.env['BACKUP_DEBUG'] && error instanceof Error) notes.alert(error.stack ?? '')
  return { exitCode: codeOf(shell, error), error: failureInfo(error) }
}

function codeOf({ signal }: Shell, error: unknown): ExitCode {
  if (signal.aborted) return signal.reason === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
  return isUnconfirmed(error) ? exitCodes.unconfirmed : exitCodeOf(error)
}
