import { BackupError } from '@backup/core'
import { timeText } from '../terminal/amounts.ts'
import { reasonedAuthority } from './ask-reason.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'

interface Options {
  readonly until?: Date
}

export const hold: Command = defineCommand<Options>({
  name: 'hold',
  summary: 'let nothing and nobody remove these snapshots; needs a reason',
  args: [['<snapshots...>', 'latest, or beginnings of their ids']],
  options: [{ flags: '--until <date>', meaning: 'the hold ends by itself then: 2030-12-31', parse: dateOf }],
  examples: ['npx backup hold 3f2a --reason "tax audit 2026" --until 2030-12-31'],
  work: { jobs: 'one', run: putUnderHold },
})

export const holds: Command = defineCommand<object>({
  name: 'holds',
  summary: 'list the holds that are in force',
  work: { jobs: 'each', run: listHolds },
})

export const release: Command = defineCommand<object>({
  name: 'release',
  summary: 'end a hold; needs a reason',
  args: [['<hold>', 'the beginning of its id, as "backup holds" lists it']],
  work: { jobs: 'one', run: endHold },
})

async function putUnderHold(context: JobContext, { until }: Options, snapshots: readonly string[]): Promise<Outcome> {
  const { backup, out, shell: { signal } } = context
  const authority = await reasonedAuthority(context, 'put snapshots under hold')
  const made = await backup.hold(snapshots, { ...authority, signal, ...(until && { until }) })
  out.good(`Under hold${until ? ` until ${timeText(until)}` : ' until it is released'}: ${snapshots.join(', ')}. The hold is ${made.id.slice(0, 12)}.`)
  return done(made)
}

async function listHolds({ backup, out, shell: { signal } }: JobContext): Promise<Outcome> {
  const found = await backup.holds({ signal })
  if (found.length === 0) out.say('Nothing is under hold.')
  else {
    out.table(
      [
        { title: 'HOLD', align: 'left' },
        { title: 'SINCE', align: 'left' },
        { title: 'UNTIL', align: 'left' },
        { title: 'SNAPSHOTS', align: 'left' },
        { title: 'BY', align: 'left' },
        { title: 'WHY', align: 'left' },
      ],
      found.map(({ id, time, until, snapshots, actor, reason }) => [
        id.slice(0, 12), timeText(time), until ? timeText(until) : 'released', snapshots.map((each) => each.slice(0, 8)).join(' '), actor, reason,
      ]),
    )
  }
  return done(found)
}

async function endHold(context: JobContext, _: object, [id = '']: readonly string[]): Promise<Outcome> {
  const { backup, out, shell: { signal } } = context
  const authority = await reasonedAuthority(context, 'release a hold')
  await context.confirm(`Release hold ${id}? Retention may remove its snapshots then.`)
  const released = await backup.release(id, { ...authority, signal })
  out.good(`Released: ${released.id.slice(0, 12)}, which ${released.actor} made because: ${released.reason}`)
  return done(released)
}

function dateOf(text: string): Date {
  const date = new Date(text)
  if (/^\d{4}-\d\d-\d\d(T.*)?$/.test(text) && !Number.isNaN(date.getTime())) return date
  throw new BackupError('config', 'It takes a date such as 2030-12-31.')
}
