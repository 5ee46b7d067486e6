import { hostname } from 'node:os'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type DrillReport, drillReportHtml } from '@backup/core'
import { exitCodes } from '../exit-codes.ts'
import { bytesText, durationText, timeText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'

interface Options {
  readonly to?: string
  readonly keep?: boolean
  readonly html?: string
}

export const drill: Command = defineCommand<Options>({
  name: 'drill',
  summary: 'restore a snapshot for a trial where nobody needs it, examine it, and keep the evidence',
  args: [['[snapshot]', 'latest, random, or the beginning of an id; latest when left out']],
  options: [
    { flags: '--to <place>', meaning: 'where to; never the live place [a private folder]' },
    { flags: '--keep', meaning: 'leave what was restored; it is not encrypted' },
    { flags: '--html <file>', meaning: 'write the report for people into this file' },
  ],
  work: { jobs: 'one', run: tryRestore },
})

export const drills: Command = defineCommand<object>({
  name: 'drills',
  summary: 'list the drills and what came of them',
  work: { jobs: 'each', run: listDrills },
})

async function tryRestore(context: JobContext, { to, keep = false, html }: Options, [snapshot = 'latest']: readonly string[]): Promise<Outcome> {
  const { backup, authority, out, notes, shell } = context
  const request = { ...authority, snapshot, keep, host: hostname(), signal: shell.signal, ...(to !== undefined && { to }) }
  const report = await context.follow(backup.drill(request))
  if (html !== undefined) writeFileSync(resolve(shell.cwd, html), drillReportHtml(report))
  const { ok, findings, examined, restoredBytes, rtoMs, predictedRtoMs, scratch } = report
  if (ok) out.good(`${bytesText(restoredBytes)} came back in ${durationText(rtoMs)}${examined ? ', and the source finds it sound' : ''}.`)
  else notes.bad(`The drill found: ${findings.join(' ')}`)
  out.say(`A restore of the newest snapshot would take about ${durationText(predictedRtoMs)}.`)
  if (scratch === 'left') notes.warn('What was restored could not be removed. It is not encrypted: remove it yourself.')
  if (!ok) notes.alert('What to do: look at an older snapshot with "npx backup drill <id>", and make a new backup: npx backup run')
  return { code: ok ? exitCodes.ok : exitCodes.damaged, result: report }
}

async function listDrills({ backup, out, shell: { signal } }: JobContext): Promise<Outcome> {
  const found = await backup.drills({ signal })
  if (found.length === 0) out.say('There was no drill yet. "npx backup drill" makes one.')
  else {
    out.table(
      [{ title: 'TIME', align: 'left' }, { title: 'SNAPSHOT', align: 'left' }, { title: 'SIZE', align: 'right' }, { title: 'TOOK', align: 'right' }, { title: 'BY', align: 'left', spare: true }, { title: 'FOUND', align: 'left' }],
      found.map((report: DrillReport) => [
        timeText(new Date(report.time)), report.snapshot.id.slice(0, 12), bytesText(report.restoredBytes), durationText(report.rtoMs), report.actor,
        report.ok ? 'sound' : report.findings.join(' '),
      ]),
    )
  }
  return done(found)
}
