import { bytesText, timeText } from '../terminal/amounts.ts'
import { reasonedAuthority } from './ask-reason.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'

const snapshotsArgument: readonly [string, string] = ['<snapshots...>', 'beginnings of their ids']

export const remove: Command = defineCommand<object>({
  name: 'remove',
  summary: 'move snapshots into the trash; needs a reason',
  args: [snapshotsArgument],
  examples: ['npx backup remove 3f2a 9c41 --reason "holds test data"'],
  work: { jobs: 'one', run: throwAway },
})

export const trash: Command = defineCommand<object>({
  name: 'trash',
  summary: 'list removed snapshots that can be brought back',
  work: { jobs: 'each', run: listTrash },
})

export const undelete: Command = defineCommand<object>({
  name: 'undelete',
  summary: 'bring removed snapshots back; needs a reason',
  args: [snapshotsArgument],
  work: { jobs: 'one', run: bringBack },
})

async function throwAway(context: JobContext, _: object, snapshots: readonly string[]): Promise<Outcome> {
  const { backup, out, shell: { signal } } = context
  const authority = await reasonedAuthority(context, 'remove snapshots')
  await context.confirm(`Move ${snapshots.join(', ')} into the trash?`)
  const { until } = await backup.remove(snapshots, { ...authority, signal })
  out.good(`Moved into the trash. "npx backup undelete ${snapshots[0]}" brings it back until ${timeText(until)}.`)
  return done({ snapshots, until })
}

async function listTrash({ backup, out, shell: { signal } }: JobContext): Promise<Outcome> {
  const found = await backup.trash({ signal })
  if (found.length === 0) out.say('The trash is empty.')
  else {
    out.table(
      [
        { title: 'ID', align: 'left' },
        { title: 'TIME', align: 'left' },
        { title: 'SIZE', align: 'right', spare: true },
        { title: 'GONE AFTER', align: 'left' },
        { title: 'REMOVED BY', align: 'left' },
        { title: 'WHY', align: 'left' },
      ],
      found.map(({ id, time, sizeBytes, removed: { until, actor, reason } }) => [id.slice(0, 12), timeText(time), bytesText(sizeBytes), timeText(until), actor, reason]),
    )
  }
  return done(found)
}

async function bringBack(context: JobContext, _: object, snapshots: readonly string[]): Promise<Outcome> {
  const { backup, out, shell: { signal } } = context
  await backup.undelete(snapshots, { ...(await reasonedAuthority(context, 'bring snapshots back')), signal })
  out.good(`Brought back: ${snapshots.join(', ')}.`)
  return done({ snapshots })
}
