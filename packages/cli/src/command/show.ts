import { agoText, bytesText, durationText, timeText } from '../terminal/amounts.ts'
import type { Fact } from '../terminal/screen.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { findSnapshot, snapshotArgument } from './find-snapshot.ts'
import { copiesText } from './snapshot-table.ts'

export const show: Command = defineCommand<object>({
  name: 'show',
  summary: 'everything about one snapshot',
  args: [snapshotArgument],
  work: { jobs: 'one', run: showSnapshot },
})

async function showSnapshot({ backup, out, shell }: JobContext, _: object, [wanted = 'latest']: readonly string[]): Promise<Outcome> {
  const snapshot = await findSnapshot(backup, wanted, shell.signal)
  const { id, time, zone, kind, durationMs, sizeBytes, freshBytes, storedBytes, tags, note, source, copies, state, proof, suspect = [] } = snapshot
  out.facts([
    ['snapshot', id],
    ['made', `${timeText(time)} (${agoText(time, shell.now())}), in ${durationText(durationMs)}; zone ${zone}`],
    ['source', `${source.name}: ${source.label}`],
    ['kind', kind],
    ['tags', tags.join(', ')],
    ['note', note ?? ''],
    ['size', `${bytesText(sizeBytes)}, of which ${bytesText(freshBytes)} were new and took ${bytesText(storedBytes)}`],
    ['copies', `${copiesText(snapshot)}, ${state}`],
    ...copies.map((copy): Fact => ['', `${copy.location}: ${copy.state === 'committed' ? 'complete' : 'not complete yet'}`]),
    ...suspect.map((finding, at): Fact => [at === 0 ? 'SUSPECT' : '', finding]),
    ['proof', Object.entries(proof).map(([fact, value]) => `${fact} ${String(value)}`).join(', ')],
  ])
  out.say('')
  out.say(`To see what a restore would do: npx backup restore ${id.slice(0, 12)} --plan --to <place>`)
  return done(snapshot)
}
