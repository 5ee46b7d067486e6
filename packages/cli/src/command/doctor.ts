import { dirname } from 'node:path'
import { findConfig, shownPath } from '../config/find-config.ts'
import { type Job, chosenJobs } from '../config/jobs.ts'
import { loadJobs } from '../config/load-jobs.ts'
import { osJobName } from '../config/os-schedule.ts'
import type { Check } from '../doctor/check.ts'
import { fail, ok } from '../doctor/check.ts'
import { checkNode } from '../doctor/node.ts'
import { checkPackages } from '../doctor/packages.ts'
import { checkProvider } from '../doctor/providers.ts'
import { checkRepository } from '../doctor/repository.ts'
import { checkSecretFile } from '../doctor/secrets.ts'
import { checkSchedule } from '../doctor/schedule.ts'
import { checkState } from '../doctor/state.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { failureText } from '../terminal/failure.ts'
import { type Command, type CommandContext, type Outcome, defineCommand } from './command.ts'

interface Options {
  readonly probe?: boolean
}

export const doctor: Command = defineCommand<Options>({
  name: 'doctor',
  summary: 'look whether everything is as it should be, and say what to do where it is not',
  options: [{ flags: '--probe', meaning: 'also store, read and remove a small object at every provider' }],
  work: { jobs: 'none', run: examine },
})

interface Report {
  readonly checks: Check[]
}

/** Does without a config that can be loaded: why it cannot is what somebody wants to know. */
async function examine(context: CommandContext, { probe = false }: Options): Promise<Outcome> {
  const { shell, global, out } = context
  const report: Report = { checks: [] }
  const tell = (...checks: readonly Check[]): void => {
    report.checks.push(...checks)
    for (const check of checks) show(context, check)
  }
  tell(checkNode(process.versions.node))
  const { jobs, folder } = await loadedJobs(context, tell)
  for (const job of jobs) {
    if (jobs.length > 1) out.title(job.name)
    await checkJob(job, folder, context, probe, tell)
  }
  const { checks } = report
  const failures = checks.filter(({ level }) => level === 'fail').length
  const warnings = checks.filter(({ level }) => level === 'warn').length
  out.say('')
  out.say(failures + warnings === 0 ? 'All is well.' : `${failures} to mend, ${warnings} to look at.`)
  const code: ExitCode = failures > 0 ? exitCodes['health-critical'] : warnings > 0 ? exitCodes['health-warning'] : exitCodes.ok
  return { code, result: { checks, config: global.config ?? null, cwd: shell.cwd } }
}

type Tell = (...checks: readonly Check[]) => void

/** @returns the jobs, and the folder of their config */
async function loadedJobs({ shell: { cwd }, global }: CommandContext, tell: Tell): Promise<{ readonly jobs: readonly Job[]; readonly folder: string }> {
  try {
    const path = findConfig(cwd, global.config)
    tell(...checkPackages(dirname(path)), ...checkSecretFile(dirname(path)))
    const jobs = chosenJobs(await loadJobs(path, cwd), global.job)
    tell(ok(`${shownPath(cwd, path)} can be read${jobs.length > 1 ? `: ${jobs.length} jobs` : ''}`))
    return { jobs, folder: dirname(path) }
  } catch (error) {
    const { what, advice } = failureText(error, 'The config cannot be used')
    tell(fail(what, advice))
    return { jobs: [], folder: cwd }
  }
}

async function checkJob(job: Job, folder: string, { shell }: CommandContext, probe: boolean, tell: Tell): Promise<void> {
  const { signal } = shell
  try {
    const backup = job.open()
    if (job.config) {
      tell(await checkState(job.config))
      for (const provider of job.config.providers) tell(...(await checkProvider(provider, { signal, probe })))
    }
    if (backup.schedule) tell(checkSchedule(osJobName(folder, job)))
    try {
      tell(...(await checkRepository(backup, shell.now(), signal)))
    } finally {
      await backup.close()
    }
  } catch (error) {
    if (signal.aborted) throw error
    const { what, advice } = failureText(error, job.name)
    tell(fail(what, advice))
  }
}

function show({ out }: CommandContext, { level, says, advice }: Check): void {
  const text = advice === undefined ? says : `${says} ${advice}`
  if (level === 'ok') out.good(text)
  else if (level === 'warn') out.warn(text)
  else out.bad(text)
}
