import { type CollectionPlan, type CollectionReport, type RetentionPlan, type StoredSnapshot } from '@backup/core'
import { bytesText, countText, timeText } from '../terminal/amounts.ts'
import type { Screen } from '../terminal/screen.ts'
import { type Command, type JobContext, type Outcome, defineCommand, done } from './command.ts'

interface Options {
  readonly plan?: boolean
}

export const prune: Command = defineCommand<Options>({
  name: 'prune',
  summary: 'remove what retention does not keep, and reclaim its space days later',
  options: [{ flags: '--plan', meaning: 'say what would be done and why, and change nothing' }],
  examples: ['npx backup prune --plan', 'npx backup prune --yes --quiet     from cron, once a day'],
  work: { jobs: 'each', run: removeAndReclaim },
})

async function removeAndReclaim(context: JobContext, options: Options): Promise<Outcome> {
  const { backup, job, authority, out, notes, shell: { signal } } = context
  const call = { signal }
  // A backup that was made already has its policies inside.
  const hasPolicies = job.config === undefined || [job.config.retention ?? []].flat().length > 0
  const retention = hasPolicies ? await backup.retentionPlan(call) : undefined
  const collection = await backup.collectionPlan(call)
  const shown = options.plan ? out : notes
  if (retention) showRetention(shown, retention, await backup.snapshots(call))
  else shown.say('The config has no retention, so every snapshot is kept.')
  showCollection(shown, collection)
  if (options.plan) return done({ retention, collection })
  const drops = retention?.drop.length ?? 0
  if (drops > 0) await context.confirm(`Move ${countText(drops, 'snapshot')} into the trash?`)
  // The plan that was looked at, not one that may have changed meanwhile.
  const removed = retention && drops > 0 ? await context.follow(backup.retain(retention, { ...authority, ...call })) : undefined
  const report = await context.follow(backup.collect({ ...authority, ...call }))
  if (removed?.until) {
    out.good(`${countText(removed.removed.length, 'snapshot')} moved into the trash; "npx backup undelete" brings them back until ${timeText(removed.until)}.`)
  }
  sayCollected(out, report)
  return done({ retention: removed ?? null, collection: report })
}

function showRetention(screen: Screen, { keep, drop, warnings }: RetentionPlan, snapshots: readonly StoredSnapshot[]): void {
  const times = new Map(snapshots.map(({ id, time }) => [id, time]))
  screen.say(`Of ${countText(keep.length + drop.length, 'snapshot')}, ${keep.length} are kept and ${drop.length} go.`)
  if (drop.length > 0) {
    screen.table(
      [{ title: 'GOES', align: 'left' }, { title: 'TIME', align: 'left' }, { title: 'WHY', align: 'left' }],
      drop.slice(0, mostShown).map(({ id, reason }) => [id.slice(0, 12), timeText(times.get(id) ?? new Date(0)), reason]),
    )
  }
  if (drop.length > mostShown) screen.say(`… and ${drop.length - mostShown} more: "npx backup prune --plan --json" has them all, and why the others stay.`)
  for (const { message } of warnings) screen.warn(message)
}

function showCollection(screen: Screen, { packBytes, neededBytes, remove, announce, gather, next }: CollectionPlan): void {
  const bytes = (packs: CollectionPlan['remove']): number => packs.reduce((sum, pack) => sum + pack.bytes, 0)
  screen.facts([
    ['stored', `${bytesText(packBytes)}, ${neededBytes === undefined ? 'all in packs that snapshots keep' : `of which snapshots need ${bytesText(neededBytes)}`}`],
    ['removed now', remove.length > 0 ? `${bytesText(bytes(remove))} that were announced before` : ''],
    ['announced', announce.length > 0 ? `${bytesText(bytes(announce))} that nothing needs: removed in some days` : ''],
    ['gathered', gather.length > 0 ? `${bytesText(bytes(gather))} of which little is needed` : ''],
    ['next', next ? `what was announced before can be removed from ${timeText(next)} on` : ''],
  ])
}

function sayCollected(screen: Screen, { removedBytes, removedPacks, announcedBytes, announcedPacks, gatheredPacks, packBytes, next, unreadable }: CollectionReport): void {
  const did = [
    ...(removedPacks > 0 ? [`${bytesText(removedBytes)} reclaimed`] : []),
    ...(announcedPacks > 0 ? [`${bytesText(announcedBytes)} announced for removal`] : []),
    ...(gatheredPacks > 0 ? [`${countText(gatheredPacks, 'pack')} gathered`] : []),
  ]
  screen.good(`${did.length > 0 ? did.join(', ') : 'Nothing to reclaim now'}; ${bytesText(packBytes)} stored.`)
  if (next) screen.say(`What was announced can be removed from ${timeText(next)} on: run this again then.`)
  if (unreadable.length > 0) screen.warn(`${countText(unreadable.length, 'pack')} cannot be read and were left alone. "npx backup verify --depth data" says more.`)
}

const mostShown = 20
