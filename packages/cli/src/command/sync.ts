import { exitCodes } from '../exit-codes.ts'
import { type Command, type JobContext, type Outcome, defineCommand } from './command.ts'
import { say } from './replica-words.ts'
import { isBehind } from './run.ts'

interface Options {
  readonly compare: boolean
}

export const sync: Command = defineCommand<Options>({
  name: 'sync',
  summary: 'bring every provider what it lacks',
  options: [{ flags: '--no-compare', meaning: 'bring what is known to be missing, without listing what is there' }],
  work: { jobs: 'each', run: bringCopies },
})

async function bringCopies({ backup, out, notes, shell: { signal } }: JobContext, { compare }: Options): Promise<Outcome> {
  notes.progress({ label: compare ? 'comparing' : 'delivering' })
  const copies = await backup.sync({ compare, signal })
  notes.close()
  for (const copy of copies) say(isBehind(copy) ? notes : out, copy)
  return { code: copies.some(isBehind) ? exitCodes.incomplete : exitCodes.ok, result: copies }
}
