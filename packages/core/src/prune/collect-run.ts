import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { throwIfAborted } from '../errors.ts'
import type { CommitPack } from '../format/commit.ts'
import { checkRequirements } from '../format/format-object.ts'
import { readNames } from '../format/record.ts'
import { type ObjectName, commitKey, nameInKey, packKey } from '../format/names.ts'
import { writeIndex } from '../repository/index-records.ts'
import { removeRecord } from '../repository/records.ts'
import { announceRemoval, finishRemovals } from '../repository/removals.ts'
import type { Repository } from '../repository/repository.ts'
import { severalAtATime } from '../repository/several-at-a-time.ts'
import { type Bounds, checkBounds } from '../session/bounds.ts'
import { enterSession } from '../session/session.ts'
import type { RunContext } from '../track/run.ts'
import { writerId } from '../write/writer-state.ts'
import { type CollectionPlan, type PackToRemove, planCollection } from './collection-plan.ts'
import { type GatherOptions, gatherPacks } from './gather-packs.ts'
import { announce } from './announced.ts'
import { rules } from './rules.ts'
import { type Survey, survey } from './survey.ts'
import { tablesToRepeat } from './tables-to-repeat.ts'
import { unusedSince } from './unused-since.ts'

/** What a collection did. Plain data. */
export interface CollectionReport {
  /** Snapshots that are gone for good. */
  readonly snapshots: readonly ObjectName[]
  readonly removedPacks: number
  readonly removedBytes: number
  /** Packs of which it was announced that they will be removed. */
  readonly announcedPacks: number
  readonly announcedBytes: number
  /** Packs whose contents were gathered, and into how many. */
  readonly gatheredPacks: number
  readonly gatheredInto: number
  /** Bytes in all packs afterwards. */
  readonly packBytes: number
  /** How many of them snapshots need. Not known when every pack is one that a snapshot keeps as it is: then no more is looked for. */
  readonly neededBytes?: number
  /** When packs can be removed next. */
  readonly next?: Date
  readonly unreadable: readonly ObjectName[]
  readonly durationMs: number
}

export interface CollectOptions extends GatherOptions {
  readonly bounds: Bounds
  readonly clock: () => Date
  /** Called before anything is removed for good. */
  readonly record: (plan: CollectionPlan) => Promise<void>
}

/** What would be done, without doing it. */
export async function collectionPlan(repository: Repository, { bounds, clock }: CollectOptions, call: CallOptions): Promise<CollectionPlan> {
  checkBounds(bounds, repository.provider)
  const found = await survey(repository, bounds, clock, call)
  return planCollection(found, bounds, await unusedSince(repository, found))
}

/**
 * Reclaims space: what was removed is gone for good when its time is over, what nothing needs any more is announced, then removed, and
 * what lies scattered is gathered. Safe while others write, and when it is interrupted at any point the next one goes on.
 */
export async function collectRun(repository: Repository, context: RunContext, options: CollectOptions): Promise<CollectionReport> {
  const { bounds, clock } = options
  const call = { signal: context.signal }
  // Only what nobody can have missed is a reason to remove something, and nobody may miss that it is removed.
  const whole = { ...call, view: 'whole' } as const
  const startedAt = performance.now()
  checkRequirements(repository.format, 'write')
  checkRequirements(repository.format, 'delete')
  checkBounds(bounds, repository.provider)
  const writer = await writerId(repository)
  const session = await enterSession(repository, writer, bounds, clock(), call)
  context.phase('plan')
  const found = await survey(repository, bounds, clock, whole)
  const plan = planCollection(found, bounds, await unusedSince(repository, found))
  throwIfAborted(context.signal, 'collecting')

  if (plan.snapshots.length > 0 || plan.remove.length > 0) await options.record(plan)
  context.phase('store')
  const names = plan.gather.map(({ name }) => name)
  const fresh = names.length > 0 ? await gatherPacks(repository, context, found.scan, names, options) : []
  const replaced = await index(repository, found, plan, fresh, { writer, now: clock() }, call)

  context.phase('remove')
  // Whatever slept meanwhile must not act on what it knew before.
  const due = clock() < session.until ? duePacks(found, plan, clock()) : []
  // Commits only now that the index names what they named and others need.
  const commits = found.expired.map(({ name, commit }) => commitKey(commit.time, name))
  const keys = [...commits, ...due.map(({ name }) => packKey(name)), ...replaced]
  const removal = await announceRemoval(repository, keys, { writer, now: clock() }, whole)
  const { smallConcurrency } = capabilitiesOf(repository.provider)
  await severalAtATime(commits, smallConcurrency, (key) => repository.provider.delete(key, call))
  const removed = await removeDue(repository, found, due, options, call)
  const announced = [...plan.announce, ...plan.gather]
  if (announced.length > 0) await announce(repository, announced.map(({ name }) => name), bounds, { writer, now: clock() }, whole)
  for (const key of [...replaced, ...oldRecords(repository, found, options)]) await removeRecord(repository, key, call)
  if (removed.length === due.length) await removal.finish(call)
  await finishRemovals(repository, { writer, now: clock() }, call)
  await repository.refresh(call)

  const bytesOf = (some: readonly { readonly bytes: number }[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    snapshots: plan.snapshots,
    removedPacks: removed.length,
    removedBytes: bytesOf(removed),
    announcedPacks: announced.length,
    announcedBytes: bytesOf(announced),
    gatheredPacks: names.length,
    gatheredInto: fresh.length,
    packBytes: plan.packBytes - bytesOf(removed) + fresh.reduce((sum, { size }) => sum + size, 0),
    ...(plan.neededBytes !== undefined && { neededBytes: plan.neededBytes }),
    ...(plan.next && { next: plan.next }),
    unreadable: plan.unreadable,
    durationMs: Math.round(performance.now() - startedAt),
  }
}

/**
 * Names what snapshots need and do not name themselves, in one record, that takes the place of those before it.
 *
 * @returns keys of those that do not count any more
 */
async function index(
  repository: Repository,
  { scan, pinned }: Survey,
  plan: CollectionPlan,
  fresh: readonly CommitPack[],
  by: { readonly writer: string; readonly now: Date },
  call: CallOptions,
): Promise<readonly string[]> {
  const gathered = new Set(plan.gather.map(({ name }) => name))
  const lasting = [...scan.packs.values()].filter(({ name, neededUnits }) => neededUnits > 0 && !pinned.has(name) && !gathered.has(name))
  const wanted = [...lasting.map(({ name, size, tail, toc }) => ({ name, size, tail, toc })), ...fresh]
  const before = repository.index
  const known = new Set(before.flatMap(({ packs }) => packs.map(({ name }) => name)))
  const isRight = before.length <= 1 && known.size === wanted.length && wanted.every(({ name }) => known.has(name))
  const removes = plan.snapshots.length > 0 || plan.remove.length > 0
  const old = [...before.map(({ key }) => key), ...repository.replacedIndex]
  if (isRight && !removes) return repository.replacedIndex
  const generation = Math.max(0, ...before.map((each) => each.generation)) + (removes ? 1 : 0)
  // Also those long gone: a provider that was away may bring them back.
  const replaces = [...new Set([...old.map((key) => nameInKey(key)!), ...before.flatMap((each) => each.replaces)])].slice(0, replacedKept)
  await writeIndex(repository, { generation, packs: tablesToRepeat(wanted), replaces }, by, call)
  return old
}

/** Names of earlier index records that a new one repeats: a collection a day for more than a year. */
const replacedKept = 500

const isDueNow = ({ known }: Survey, { name }: PackToRemove, now: Date): boolean => [...known].some((tomb) => tomb.packs.has(name) && rules.isDue(tomb, now))

function duePacks(found: Survey, { remove }: CollectionPlan, now: Date): PackToRemove[] {
  return remove.filter((pack) => isDueNow(found, pack, now))
}

/** Looking at the clock each time: after the window nobody heeds the announcement any more. */
async function removeDue(
  repository: Repository,
  found: Survey,
  due: readonly PackToRemove[],
  { clock }: CollectOptions,
  call: CallOptions,
): Promise<PackToRemove[]> {
  const { provider } = repository
  return (
    await severalAtATime(due, capabilitiesOf(provider).smallConcurrency, async (pack) => {
      if (!isDueNow(found, pack, clock())) return []
      await provider.delete(packKey(pack.name), call)
      return [pack]
    })
  ).flat()
}

/** Trash is remembered for so long after its time: a provider that was away brings back what was removed meanwhile. */
const rememberTrashMs = 60 * 86_400_000

/** Records that say nothing any more. */
function oldRecords(repository: Repository, { tombs, sessions, time }: Survey, { bounds }: CollectOptions): string[] {
  const { listMs, lateMs } = bounds
  const over = [...sessions].filter(([, { until }]) => time.getTime() > until.getTime() + lateMs + 2 * listMs).map(([key]) => key)
  const lapsed = tombs.filter((tomb) => rules.hasLapsed(tomb, time, bounds)).map(({ key }) => key)
  const forgotten = [...repository.records.of('trash').values()].filter((record) => {
    const isOld = record.time.getTime() + bounds.undoMs + rememberTrashMs < time.getTime()
    // Under hold, one may still be there.
    return isOld && !readNames(record.fields, 'commits').some((name) => repository.commits.has(name))
  })
  return [...over, ...lapsed, ...forgotten.map(({ key }) => key)]
}
