import { type CallOptions, type ListedObject, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { commitPrefix, timeInKey } from '../format/names.ts'
import { type GatherOptions, type Gathered, gather } from './gather.ts'
import { type ReplicaGroup, admitted, readQuorum, until, wanted } from './group.ts'
import { inOrderOfNeed } from './order.ts'
import type { Replica } from './replica.ts'

/** What each of those that answer holds below a prefix. */
export type Holdings = ReadonlyMap<Replica, Held>

export interface Held {
  /** As listed, by key. */
  readonly objects: ReadonlyMap<string, ListedObject>
  /** Is it there? Also what came while it was listed. */
  has(key: string): boolean
}

export interface ReplicaGap {
  readonly location: string
  /** Keys that are in the outbox now. */
  readonly missing: readonly string[]
}

/**
 * What any of them holds, without what is to be removed.
 *
 * @throws what kept the last one from answering, when none could
 */
export async function* listCopies(
  group: ReplicaGroup,
  prefix: string,
  options: CallOptions,
): AsyncGenerator<ListedObject> {
  const needed = wanted(group, options.view)
  const found = await holdings(group, admitted(group), prefix, options, { needed: Math.max(needed, readQuorum(group)) })
  if (found.size < needed) throw hidden(group, found, needed)
  if (prefix.startsWith(commitPrefix) || commitPrefix.startsWith(prefix)) await mendGaps(group, found, options)
  const seen = new Set<string>()
  for (const { objects } of found.values()) {
    for (const object of objects.values()) {
      if (seen.has(object.key)) continue
      seen.add(object.key)
      yield object
    }
  }
}

function hidden({ replicas }: ReplicaGroup, found: Holdings, needed: number): BackupError {
  const missing = replicas.filter((replica) => !found.has(replica))
  const reasons = missing.map(({ provider, problem }) => `${provider.location}: ${problem?.message ?? 'it did not answer.'}`)
  const message = `${found.size} of at least ${needed} providers can be looked at, and the others may hold what nobody else knows of. ${reasons.join(' ')}`
  const first = missing.find(({ problem }) => problem)?.problem
  const hint = 'Run again when they work. One that is lost for good has to be taken out of "providers".'
  return new BackupError(first?.kind ?? 'transient', message, {
    plugin: missing[0]?.provider.name ?? 'replicated',
    hint: first?.hint ? `${first.hint} ${hint}` : hint,
    ...(first && { retryable: first.retryable }),
  })
}

/**
 * Compares what they hold, by name, and puts what one lacks into its outbox, in the order in which it must come.
 *
 * @param replicas those that are compared, and filled
 */
export async function compareCopies(
  group: ReplicaGroup,
  replicas: readonly Replica[],
  options: CallOptions,
): Promise<readonly ReplicaGap[]> {
  const found = await holdings(group, replicas, '', options, { needed: replicas.length, lifeMs: 30_000 })
  const all = inOrderOfNeed(keysOf(found))
  const gaps: ReplicaGap[] = []
  for (const [replica, held] of found) {
    const missing = all.filter((key) => !held.has(key))
    const fresh = missing.filter((key) => !group.outbox.lacks(replica.id, key))
    await group.outbox.add(replica.id, missing)
    const { location } = replica.provider
    gaps.push({ location, missing })
    if (fresh.length > 0) group.tell({ type: 'copies-missing', location, objects: fresh.length })
  }
  group.deliver()
  return gaps
}

/** @throws what kept one from answering, when none could */
export async function holdings(
  group: ReplicaGroup,
  replicas: readonly Replica[],
  prefix: string,
  options: CallOptions,
  patience: GatherOptions = {},
): Promise<Holdings> {
  const signal = until(group, options.signal)
  // Until the last one is done: it may list what another one got after its own listing.
  const arrivals = new Map(replicas.map((replica) => [replica, replica.noteArrivals()]))
  const { answers, failures }: Gathered<ReadonlyMap<string, ListedObject>> = await gather(
    group,
    replicas,
    async (provider, alive) => {
      const { id } = replicas.find((each) => each.provider === provider)!
      const objects = new Map<string, ListedObject>()
      const leftovers: string[] = []
      for await (const object of provider.list(prefix, { signal })) {
        alive()
        // What was removed while it was away is still there, and must not come back to the others.
        if (group.removed.has(object.key)) leftovers.push(object.key)
        else if (!group.outbox.mustRemove(id, object.key)) objects.set(object.key, object)
      }
      await group.outbox.addRemovals(id, leftovers)
      return objects
    },
    patience,
  )
  for (const { end } of arrivals.values()) end()
  if (answers.size === 0) throw [...failures.values()][0]
  if (group.removed.size > 0) group.deliver()
  const held = ([replica, objects]: readonly [Replica, ReadonlyMap<string, ListedObject>]): [Replica, Held] => {
    const { keys } = arrivals.get(replica)!
    return [replica, { objects, has: (key) => objects.has(key) || keys.has(key) }]
  }
  return new Map([...answers].map(held))
}

function keysOf(found: Holdings): Set<string> {
  return new Set([...found.values()].flatMap(({ objects }) => [...objects.keys()]))
}

/**
 * Does one lack something that others have, and nobody here knows of it? Then another machine wrote it, or it was lost. A commit that
 * is younger than listings lag may only not be listed yet.
 */
export function hasUnknownGap({ outbox, clock }: ReplicaGroup, found: Holdings): boolean {
  const all = keysOf(found)
  const now = clock().getTime()
  for (const [{ id, provider }, held] of found) {
    const { listLagMs } = capabilitiesOf(provider)
    const isYoung = (key: string): boolean => listLagMs > 0 && now - (timeInKey(key)?.getTime() ?? 0) <= listLagMs
    for (const key of all) if (!held.has(key) && !outbox.lacks(id, key) && !isYoung(key)) return true
  }
  return false
}

/** A commit comes last: who lacks one may lack what it needs too, and gets no further one before it has all that. */
async function mendGaps(group: ReplicaGroup, found: Holdings, options: CallOptions): Promise<void> {
  if (hasUnknownGap(group, found)) await compareCopies(group, [...found.keys()], options)
}
