import type { StreamDifference } from '@backup/core'
import { bytesText, timeText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'

export const diff: Command = defineCommand<object>({
  name: 'diff',
  summary: 'what changed between two snapshots',
  args: [['<from>', 'the beginning of an id'], ['[to]', 'latest, or the beginning of an id; latest when left out']],
  work: { jobs: 'one', run: compare },
})

async function compare({ backup, out, shell }: JobContext, _: object, [from = '', to = 'latest']: readonly string[]): Promise<Outcome> {
  const difference = await backup.diff(from, to, { signal: shell.signal })
  const name = ({ id, time }: typeof difference.from): string => `${id.slice(0, 12)} of ${timeText(time)}`
  out.say(`From ${name(difference.from)} to ${name(difference.to)}:`)
  const changed = difference.streams.filter(({ change }) => change !== 'same')
  if (changed.length === 0) out.say('nothing changed.')
  else {
    out.table(
      [
        { title: '', align: 'left' },
        { title: 'STREAM', align: 'left' },
        { title: 'SIZE', align: 'right' },
        { title: 'BEFORE', align: 'right', spare: true },
        { title: 'CHANGED', align: 'right' },
        { title: 'UNITS', align: 'right', spare: true },
      ],
      changed.map((stream) => [
        marks[stream.change], stream.name, bytesText(stream.sizeBytes), bytesText(stream.previousBytes),
        bytesText(stream.changedBytes), stream.changedUnits.toLocaleString('en'),
      ]),
    )
  }
  return done(difference)
}

const marks: Readonly<Record<StreamDifference['change'], string>> = { added: '+', removed: '-', changed: '~', same: '=' }
