import { bytesText, countText, timeText } from '../terminal/amounts.ts'
import { printRecoveryCode } from '../setup/recovery-code.ts'
import { reasonedAuthority } from './ask-reason.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { secretsOf } from './keys.ts'
import { wholeNumber } from './options.ts'

export const listSlots: Command = defineCommand<object>({
  name: 'keys list',
  summary: 'the secrets that open the backups: what kind, since when, and whether they are strong',
  work: { jobs: 'each', run: list },
})

export const removeSlot: Command = defineCommand<object>({
  name: 'keys remove',
  summary: 'take a secret away that need not be known; never the last',
  args: [['<slot>', 'the beginning of its id, as "backup keys list" shows it']],
  work: { jobs: 'one', run: remove },
})

export const listEpochs: Command = defineCommand<object>({
  name: 'keys epochs',
  summary: 'how much is still sealed with the keys of before each rotation',
  work: { jobs: 'each', run: epochs },
})

export const eraseKeys: Command = defineCommand<{ readonly plan?: boolean }>({
  name: 'keys erase',
  summary: 'destroy old keys for good, and with them all that only they open; needs a reason',
  args: [['<epochs...>', 'their numbers, as "backup keys epochs" shows them']],
  options: [{ flags: '--plan', meaning: 'say what would be lost, and change nothing' }],
  work: { jobs: 'one', run: erase },
})

async function list({ backup, out, shell: { signal } }: JobContext): Promise<Outcome> {
  const slots = await backup.keys.slots({ signal })
  out.table(
    [{ title: 'SLOT', align: 'left' }, { title: 'KIND', align: 'left' }, { title: 'SINCE', align: 'left' }, { title: 'HERE', align: 'left' }, { title: 'PROBLEM', align: 'left' }],
    slots.map(({ id, kind, created, opened, problem }) => [
      id.slice(0, 12), kind ?? 'unreadable', created ? timeText(created) : '', opened ? 'the config opens it' : '', problem ? `${problem.message} ${problem.hint}` : '',
    ]),
  )
  return done(slots)
}

async function remove(context: JobContext, _: object, [slot = '']: readonly string[]): Promise<Outcome> {
  const { backup, authority, out, shell: { signal } } = context
  await context.confirm(`Let the secret of slot ${slot} stop opening the backups?`)
  await backup.keys.remove(slot, { ...authority, signal })
  out.good(`Slot ${slot} is gone.`)
  return done({ slot })
}

async function epochs({ backup, out, shell: { signal } }: JobContext): Promise<Outcome> {
  const uses = await backup.keys.epochs({ signal })
  out.table(
    [{ title: 'EPOCH', align: 'right' }, { title: 'SINCE', align: 'left' }, { title: 'STATE', align: 'left' }, { title: 'PACKS', align: 'right' }, { title: 'SNAPSHOTS', align: 'right' }, { title: 'BYTES', align: 'right' }],
    uses.map(({ epoch, time, state, packs, commits, bytes }) => [String(epoch), time ? timeText(time) : '', state, String(packs), String(commits), bytesText(bytes)]),
  )
  return done(uses)
}

async function erase(context: JobContext, options: { readonly plan?: boolean }, given: readonly string[]): Promise<Outcome> {
  const { backup, out, notes, global, shell: { signal } } = context
  const plan = await backup.keys.erasePlan({ epochs: given.map(wholeNumber(1)), signal })
  const shown = options.plan ? out : notes
  shown.say(`${countText(plan.objects.length, 'object')}, ${bytesText(plan.bytes)}, can never be read again. ${countText(plan.survives, 'snapshot')} stay as they are.`)
  if (plan.lost.length > 0) {
    shown.table(
      [{ title: 'LOST', align: 'left' }, { title: 'TIME', align: 'left' }, { title: 'WHAT', align: 'left' }],
      plan.lost.map(({ id, time, what }) => [id.slice(0, 12), timeText(time), what]),
    )
  }
  for (const refusal of plan.refusals) notes.warn(refusal)
  if (options.plan) return done(plan)
  const secrets = secretsOf(context)
  const authority = await reasonedAuthority(context, 'erase keys')
  await context.confirm(`Destroy these keys for good? ${countText(plan.lost.length, 'snapshot')} will be lost. Nothing brings them back.`)
  const erased = await backup.keys.erase(plan, { ...authority, secrets, accept: plan.lost.map(({ id }) => id), signal })
  out.good(`Erased: ${countText(erased.objects, 'object')}, ${bytesText(erased.bytes)}.`)
  for (const location of erased.pending) notes.warn(`${location} was away: what was removed is still there, and goes when it is back.`)
  printRecoveryCode(global.json || global.jsonEvents ? notes : out, erased.recoveryCode)
  return done(erased)
}
