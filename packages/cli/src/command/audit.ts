import { exitCodes } from '../exit-codes.ts'
import { countText, timeText } from '../terminal/amounts.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { wholeNumber } from './options.ts'

interface Options {
  readonly last?: number
  readonly action?: string
  readonly verify?: boolean
}

export const audit: Command = defineCommand<Options>({
  name: 'audit',
  summary: 'who did what that cannot be taken lightly, when and why',
  options: [
    { flags: '-n, --last <count>', meaning: 'only the newest ones', parse: wholeNumber(1) },
    { flags: '--action <word>', meaning: 'only this: restore, remove, hold, erase, …' },
    { flags: '--verify', meaning: 'check that nothing was changed in the trail, or taken out of it' },
  ],
  work: { jobs: 'each', run: readTrail },
})

async function readTrail(context: JobContext, { last, action, verify = false }: Options): Promise<Outcome> {
  if (verify) return checkTrail(context)
  const { backup, out, notes, shell: { signal } } = context
  const page = await backup.audit({ signal, ...(last !== undefined && { limit: last }), ...(action !== undefined && { action }) })
  if (page.entries.length === 0) out.say('The trail has no such entries.')
  else {
    out.table(
      [{ title: 'TIME', align: 'left' }, { title: 'WHO', align: 'left' }, { title: 'DID', align: 'left' }, { title: 'TO', align: 'left' }, { title: 'WHY', align: 'left' }],
      page.entries.map(({ time, actor, action: did, subject, reason }) => [timeText(time), actor, did, subject.map((id) => id.slice(0, 12)).join(' '), reason ?? '']),
    )
  }
  if (page.unreadable.length > 0) notes.warn(`${countText(page.unreadable.length, 'entry').replace('entrys', 'entries')} cannot be read: "npx backup audit --verify" says why.`)
  return done(page)
}

async function checkTrail({ backup, out, notes, shell: { signal } }: JobContext): Promise<Outcome> {
  const report = await backup.verifyAudit({ signal })
  for (const { message, key } of report.problems) notes.bad(`${message}${key === undefined ? '' : ` (${key})`}`)
  if (report.ok) out.good(`The trail is whole: ${report.entries} entries by ${countText(report.writers.length, 'machine')}.`)
  else notes.alert('What to do: compare with another copy of the repository. Whoever has the keys or may delete objects could have done this.')
  return { code: report.ok ? exitCodes.ok : exitCodes.damaged, result: report }
}
