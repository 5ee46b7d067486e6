import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { wholeNumber } from './options.ts'
import { snapshotTable } from './snapshot-table.ts'

interface Options {
  readonly last?: number
  readonly tag?: string
  readonly kind?: string
}

export const list: Command = defineCommand<Options>({
  name: 'list',
  summary: 'list the snapshots, oldest first',
  options: [
    { flags: '-n, --last <count>', meaning: 'only the newest ones', parse: wholeNumber(1) },
    { flags: '--tag <tag>', meaning: 'only those with this tag' },
    { flags: '--kind <kind>', meaning: 'only those of this kind', choices: ['manual', 'scheduled', 'emergency', 'safety'] },
  ],
  examples: ['npx backup list --last 10', "npx backup list --json | jq '.jobs[0].result[-1].time'"],
  work: { jobs: 'each', run: listSnapshots },
})

async function listSnapshots({ backup, out, shell }: JobContext, { last, tag, kind }: Options): Promise<Outcome> {
  const all = await backup.snapshots({ signal: shell.signal })
  const wanted = all.filter(({ tags, kind: its }) => (tag === undefined || tags.includes(tag)) && (kind === undefined || its === kind))
  const shown = last === undefined ? wanted : wanted.slice(-last)
  if (all.length === 0) out.say('There are no snapshots yet. "npx backup run" makes the first one.')
  else if (shown.length === 0) out.say(`None of the ${all.length} snapshots is like that.`)
  else snapshotTable(out, shown, shell.now())
  return done(shown)
}
