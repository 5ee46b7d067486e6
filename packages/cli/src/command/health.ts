import type { Health, HealthLevel } from '@backup/core'
import { dueBy } from '../config/due.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { agoText, bytesText, durationText, percentText, timeText } from '../terminal/amounts.ts'
import type { Screen } from '../terminal/screen.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'

interface Options {
  readonly tell?: boolean
}

export const health: Command = defineCommand<Options>({
  name: 'health',
  summary: 'how the backups are, why, and what to do',
  options: [{ flags: '--tell', meaning: 'tell the plugins in "notify" what is new, still there or over' }],
  examples: ['npx backup health --tell --quiet     from cron, where no "backup watch" runs'],
  work: { jobs: 'each', run: judge },
})

export const status: Command = defineCommand<object>({
  name: 'status',
  summary: 'how it stands, in figures',
  work: { jobs: 'each', run: tellStatus },
})

const codes: Readonly<Record<HealthLevel, ExitCode>> = {
  healthy: exitCodes.ok,
  warning: exitCodes['health-warning'],
  critical: exitCodes['health-critical'],
}

async function judge(context: JobContext, { tell = false }: Options): Promise<Outcome> {
  const { backup, out, notes, shell: { signal, now } } = context
  notes.progress({ label: 'looking' })
  const request = { signal, ...dueBy(backup, now()) }
  const checked = tell ? await backup.checkHealth(request) : undefined
  const found = checked?.health ?? (await backup.health(request))
  notes.close()
  sayHealth(out, found)
  for (const id of checked?.untold ?? []) notes.warn(`Nobody could be told of ${id}; it is tried again next time.`)
  return { code: codes[found.level], result: checked ?? found }
}

function sayHealth(screen: Screen, { level, reasons, recommendations, figures }: Health): void {
  if (level === 'healthy') screen.good('All is well.')
  for (const { severity, title, message, action, since } of reasons) {
    const text = `${title}${since ? ` (since ${timeText(since)})` : ''}. ${message} ${action}`
    if (severity === 'critical') screen.bad(text)
    else screen.warn(text)
  }
  const { rpo, rto, successRate, verified, threeTwoOne } = figures
  screen.facts([
    ['would be lost now', rpo.measuredMs === undefined ? 'everything' : `the last ${durationText(rpo.measuredMs)}; at most ${durationText(rpo.targetMs)} are to be`],
    ['a restore takes', rto.measuredMs === undefined ? 'nobody knows: "npx backup drill" finds out' : durationText(rto.measuredMs)],
    ['backups that worked', successRate === undefined ? '' : `${percentText(successRate)} of the last week`],
    ['last proved', verified.at ? timeText(verified.at) : 'never'],
    ['3-2-1 rule', Object.values(threeTwoOne).every((value) => value !== false) ? 'kept' : 'not kept'],
  ])
  for (const { title, action } of recommendations) screen.detail(`Could be better: ${title}. ${action}`)
}

async function tellStatus({ backup, out, notes, shell }: JobContext): Promise<Outcome> {
  notes.progress({ label: 'looking' })
  const found = await backup.status({ signal: shell.signal, ...dueBy(backup, shell.now()) })
  notes.close()
  const { label, running, lastRun, lastBackup, nextRun, snapshots, sourceBytes, storedBytes, objects, week } = found
  const now = shell.now()
  out.facts([
    ['source', `${label}, ${bytesText(sourceBytes)}`],
    ['running', running ? String(running.operation) : ''],
    ['last run', lastRun ? `${timeText(lastRun.at)} (${agoText(lastRun.at, now)}), ${lastRun.ok ? 'it worked' : `it failed: ${lastRun.error?.message ?? ''}`}` : ''],
    ['newest backup', lastBackup ? `${timeText(lastBackup.at)} (${agoText(lastBackup.at, now)})` : 'none'],
    ['next run', nextRun ? timeText(nextRun) : ''],
    ['snapshots', String(snapshots)],
    ['stored', `${bytesText(storedBytes)} in ${objects} objects, with each provider`],
    ['this week', `${week.runs} runs, ${week.failures} failed, ${bytesText(week.storedBytes)} added`],
  ])
  out.table(
    [{ title: 'PROVIDER', align: 'left' }, { title: 'SNAPSHOTS', align: 'right' }, { title: 'WAITING', align: 'right' }, { title: 'USED', align: 'right' }, { title: 'FULL', align: 'left' }, { title: 'PROBLEM', align: 'left' }],
    found.providers.map(({ location, snapshots: whole, waiting, usedShare, fullAt, problem }) => [
      location, String(whole), String(waiting), usedShare === undefined ? '' : percentText(usedShare), fullAt ? timeText(fullAt) : '', problem?.message ?? '',
    ]),
  )
  return done(found)
}
