import type { RestorePlan, RestoreReport } from '@backup/core'
import { BackupError } from '@backup/core'
import { agoText, bytesText, countText, durationText, timeText } from '../terminal/amounts.ts'
import type { Screen } from '../terminal/screen.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'
import { snapshotArgument } from './find-snapshot.ts'

interface Options {
  readonly to?: string
  readonly only?: readonly string[]
  readonly overwrite?: boolean
  readonly plan?: boolean
  readonly check?: boolean
  readonly safety?: boolean
  readonly acceptSuspect?: boolean
}

export const restore: Command = defineCommand<Options>({
  name: 'restore',
  summary: 'bring a snapshot back, all or nothing',
  args: [snapshotArgument],
  options: [
    { flags: '--to <place>', meaning: 'where to; over the live data when left out' },
    { flags: '--only <patterns...>', meaning: 'of files, only these: photos/2024/**' },
    { flags: '--overwrite', meaning: 'replace what is at that place' },
    { flags: '--check', meaning: 'let the source examine the result before it counts' },
    { flags: '--safety', meaning: 'over the live data: take a snapshot of it first, which undoes the restore' },
    { flags: '--accept-suspect', meaning: 'over the live data although the snapshot is believed to be damaged; needs a reason' },
    { flags: '--plan', meaning: 'say what would be done, and touch nothing' },
  ],
  examples: [
    'npx backup restore --to copy.db            the newest, to a new file',
    'npx backup restore 3f2a --plan --to x.db   what would happen',
    'npx backup restore 3f2a                    over the live data; asks first, keeps a copy of what was there',
  ],
  work: { jobs: 'one', run: bringBack },
})

async function bringBack(context: JobContext, options: Options, [wanted = 'latest']: readonly string[]): Promise<Outcome> {
  const { backup, out, notes, shell: { signal, now } } = context
  const { to, only, check = false, safety = false, acceptSuspect = false } = options
  const overwrite = options.overwrite ?? to === undefined
  const place = { ...(to !== undefined && { to }), ...(only && { only }) }
  const plan = await backup.plan(wanted, { ...place, overwrite, signal })
  const shown = options.plan ? out : notes
  planFacts(shown, plan, now())
  if (options.plan) return done(plan)
  if (!plan.fits) throw new BackupError('quota', `The restore needs ${plan.neededBytes} bytes, and ${plan.freeBytes} are free.`)
  if (overwrite) {
    const target = to ?? `the live data (${plan.snapshot.source.label})`
    await context.confirm(`Replace ${target} with the snapshot of ${timeText(plan.snapshot.time)}?`)
  }
  // By its id: what was shown is what is restored, whatever was backed up meanwhile.
  const report = await context.follow(backup.restore(plan.snapshot.id, { ...context.authority, ...place, overwrite, check, safety, acceptSuspect, signal }))
  sayDone(out, report)
  return done(report)
}

function planFacts(screen: Screen, { snapshot, to, restoreBytes, fetchBytes, packs, neededBytes, freeBytes, fits, changes }: RestorePlan, now: Date): void {
  screen.facts([
    ['snapshot', `${snapshot.id.slice(0, 12)} of ${timeText(snapshot.time)} (${agoText(snapshot.time, now)})`],
    ['to', to === undefined ? `the live data: ${snapshot.source.label}` : typeof to === 'string' ? to : Object.values(to).join(', ')],
    ['restores', bytesText(restoreBytes)],
    ['fetches', `${bytesText(fetchBytes)} from ${countText(packs, 'pack')}`],
    ['changes', changes ? `${bytesText(changes.changedBytes)} that are not as in the newest snapshot, of ${agoText(changes.from.time, now)}` : ''],
    ['room', neededBytes === undefined ? '' : `${bytesText(neededBytes)} needed, ${freeBytes === undefined ? 'free space unknown' : `${bytesText(freeBytes)} free`}`],
  ])
  if (snapshot.suspect) screen.bad(`It is believed to be damaged: ${snapshot.suspect.join('; ')}`)
  if (!fits) screen.bad('There is not enough room.')
}

function sayDone(screen: Screen, { place, restoreBytes, durationMs, check, safetyCopy, safetySnapshot, requiresRestart }: RestoreReport): void {
  screen.good(`${bytesText(restoreBytes)} restored to ${place} in ${durationText(durationMs)}.`)
  if (check) screen.good(`Examined: ${check.ok ? 'sound' : check.findings.join('; ')}.`)
  if (safetyCopy !== undefined) screen.say(`What was there before is kept: ${safetyCopy}`)
  if (safetySnapshot !== undefined) screen.say(`To undo this: npx backup restore ${safetySnapshot.slice(0, 12)}`)
  if (requiresRestart) screen.say('Restart what uses it: it still has the old data open.')
}
