import { exitCodes } from '../exit-codes.ts'
import { agoText, bytesText, countText, percentText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand } from './command.ts'
import { byteCount } from './options.ts'

interface Options {
  readonly budget?: number
}

export const scrub: Command = defineCommand<Options>({
  name: 'scrub',
  summary: 'read a part of what is stored, what nobody has looked at for longest first, and heal what can be healed',
  options: [{ flags: '--budget <size>', meaning: 'how much of each provider: 500MB, 2GB [a thirtieth]', parse: byteCount }],
  work: { jobs: 'each', run: look },
})

async function look(context: JobContext, { budget }: Options): Promise<Outcome> {
  const { backup, out, notes, shell } = context
  const report = await context.follow(backup.scrub({ signal: shell.signal, ...(budget !== undefined && { budgetBytes: budget }) }))
  for (const { location, checkedBytes, coverage, oldest, problem } of report.places) {
    const seen = `${bytesText(checkedBytes)} looked at; ${percentText(coverage)} of it has been${oldest ? `, none of it longer than ${agoText(oldest, shell.now())}` : ''}`
    if (problem) notes.warn(`${location}: ${problem.message} ${problem.hint}`)
    else out.good(`${location}: ${seen}.`)
  }
  for (const { location, key } of report.healed) out.good(`Healed at ${location}: ${key}`)
  for (const { location, key, message, snapshots } of report.damaged) {
    notes.bad(`${location}: ${key}: ${message}${snapshots.length > 0 ? ` Concerns ${countText(snapshots.length, 'snapshot')}.` : ' Another provider has a good copy.'}`)
  }
  if (!report.ok) notes.alert('What to do: with several providers "npx backup sync" brings good copies back. Then make a new backup: npx backup run')
  return { code: report.ok ? exitCodes.ok : exitCodes.damaged, result: report }
}
