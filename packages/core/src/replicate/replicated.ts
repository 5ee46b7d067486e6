import { type BackupProvider, type CallOptions, type ListedObject, capabilitiesOf } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { Failure } from '../events.ts'
import { checkKey, checkPrefix } from '../provider/check-key.ts'
import { admission } from './admit.ts'
import { completeNews } from './complete.ts'
import { type Delivery, delivery } from './deliver.ts'
import { type ReplicaGroup, admitted } from './group.ts'
import { healCopies } from './heal-copies.ts'
import { type ReplicaGap, compareCopies, listCopies } from './list-copies.ts'
import { readCopy, statCopy } from './read-copies.ts'
import { removeCopies } from './remove-copies.ts'
import type { Replica } from './replica.ts'
import { copyStore } from './store-copies.ts'

/** Several providers that hold the same objects, as one. */
export interface ReplicatedProvider extends BackupProvider {
  heal: NonNullable<BackupProvider['heal']>
  removals: NonNullable<BackupProvider['removals']>
  close: NonNullable<BackupProvider['close']>
  /** Compares what the providers hold, by name, and puts what one lacks into its outbox. Also asks those that are left alone for now. */
  compare(options?: CallOptions): Promise<readonly ReplicaGap[]>
  /** Asks those that are left alone for now, and brings everybody what is known to be missing. */
  retry(): void
  /** Resolves when everything is delivered, or those that lack something do not work for now. */
  delivered(): Promise<void>
  /** How it stands with each provider. */
  replicas(): readonly ReplicaStatus[]
  /** Those that are read from and stored to, each on its own, to look at what it holds. */
  inUse(): readonly BackupProvider[]
  /** Is this object, as far as is known, with the provider at this location? */
  holds(location: string, key: string): boolean
}

export interface ReplicaStatus {
  readonly location: string
  readonly name: string
  /** Objects that it does not have yet, and those that are still to be removed from it. */
  readonly waiting: number
  /** Absent while it works. */
  readonly problem?: Failure
}

type Shared = 'replicas' | 'required' | 'outbox' | 'crypto' | 'timers' | 'clock' | 'tell'

export interface ReplicatedOptions extends Pick<ReplicaGroup, Shared> {
  readonly warn: (message: string, hint: string) => void
  /** How long a sign of life may take before others answer in a provider's place. @default 5,000 */
  readonly lifeMs?: number
  /** How long `close` waits for what is under way; the rest is sent next time. @default 10,000 */
  readonly graceMs?: number
  /** Nobody is brought anything before it is known what was removed: see `removals`. @default false */
  readonly waitsForRemovals?: boolean
}

export function replicated(options: ReplicatedOptions): ReplicatedProvider {
  const { replicas, outbox, warn, timers, lifeMs = 5_000, graceMs = 10_000, waitsForRemovals = false } = options
  const closing = new AbortController()
  const deliveries = new Map<Replica, Delivery>()
  let removed: ReadonlySet<string> = new Set()
  let mayDeliver = !waitsForRemovals
  const group: ReplicaGroup = {
    ...options,
    lifeMs,
    closing: closing.signal,
    damaged: new Map(),
    outOfReach: new Map(replicas.map((replica) => [replica, new Set()])),
    get removed() {
      return removed
    },
    deliver() {
      if (!mayDeliver) return
      for (const each of deliveries.values()) each.start()
    },
    async caughtUp(replica) {
      await store.sent(replica)
      if (mayDeliver) deliveries.get(replica)!.start()
      await deliveries.get(replica)!.settled()
    },
    isUnderWay: (replica) => store.isSending(replica) || deliveries.get(replica)!.isUnderWay,
  }
  const complete = completeNews(group)
  const gate = admission(group, warn)
  const store = copyStore(group)
  for (const replica of replicas) {
    deliveries.set(replica, delivery({ group, replica, admit: gate.retry, isBusy: store.isSending, warn }))
  }

  const retry = (): void => {
    for (const { breaker } of replicas) breaker.retryNow()
    group.deliver()
  }

  return {
    contract: replicas[0]!.provider.contract,
    name: 'replicated',
    location: replicas.map(({ provider }) => provider.location).join(' + '),
    capabilities: commonCapabilities(replicas),
    async open(openOptions) {
      await gate.open(openOptions)
      group.deliver()
    },
    // Keys are checked here, lest the caller's mistake be held against the providers.
    async put(key, body, putOptions) {
      checkKey(key, 'replicated')
      throwIfAborted(putOptions?.signal, `storing ${key}`)
      await store.put(key, body, putOptions)
    },
    async get(key, getOptions) {
      checkKey(key, 'replicated')
      throwIfAborted(getOptions?.signal, `reading ${key}`)
      return readCopy(group, key, getOptions)
    },
    async stat(key, statOptions) {
      checkKey(key, 'replicated')
      throwIfAborted(statOptions?.signal, `looking for ${key}`)
      const size = store.recall(key)
      return size === undefined ? statCopy(group, key, statOptions) : { size }
    },
    async *list(prefix, listOptions = {}) {
      checkPrefix(prefix, 'replicated')
      throwIfAborted(listOptions.signal, 'listing')
      for await (const object of listCopies(group, prefix, listOptions)) {
        throwIfAborted(listOptions.signal, 'listing')
        yield object
      }
    },
    async delete(key, deleteOptions = {}) {
      checkKey(key, 'replicated')
      throwIfAborted(deleteOptions.signal, `removing ${key}`)
      store.forget(key)
      await removeCopies(group, key, deleteOptions)
    },
    heal: (key, healOptions = {}) => healCopies(group, key, healOptions),
    removals: {
      heed(keys) {
        removed = keys
        mayDeliver = true
        group.deliver()
      },
      arePending: (keys) => keys.some((key) => replicas.some(({ id }) => outbox.mustRemove(id, key))),
    },
    async compare(compareOptions = {}) {
      retry()
      return compareCopies(group, admitted(group), compareOptions)
    },
    retry,

    async delivered() {
      await store.arrived()
      await Promise.all([...deliveries.values()].map((each) => each.settled()))
    },

    replicas: () =>
      replicas.map(({ provider, id, problem }) => ({
        location: provider.location,
        name: provider.name,
        waiting: outbox.count(id),
        ...(problem && { problem: { kind: problem.kind, message: problem.message, hint: problem.hint } }),
      })),

    inUse: () => admitted(group).map(alone),

    holds(location, key) {
      const replica = replicas.find(({ provider }) => provider.location === location)
      return replica?.isAdmitted === true && !outbox.lacks(replica.id, key) && !outbox.mustRemove(replica.id, key)
    },

    async close() {
      let timer: unknown
      const grace = new Promise<void>((resolve) => (timer = timers.setTimeout(resolve, graceMs)))
      await Promise.race([grace, store.arrived()])
      timers.clearTimeout(timer)
      closing.abort(new BackupError('cancelled', 'The backup is being closed.'))
      await store.ended()
      for (const each of deliveries.values()) await each.stop()
      complete.stop()
      for (const { provider } of replicas) await provider.close?.()
    },
  }
}

/** Whatever comes of a call is taken note of, as it is of those of the group. */
function alone(replica: Replica): BackupProvider {
  const { provider } = replica
  return {
    ...provider,
    get: (key, options) => replica.call((own) => own.get(key, options)),
    stat: (key, options) => replica.call((own) => own.stat(key, options)),
    async *list(prefix, options) {
      // As a whole, so that it is one call, which works or fails.
      yield* await replica.call(async (own) => {
        const found: ListedObject[] = []
        for await (const object of own.list(prefix, options)) found.push(object)
        return found
      })
    },
  }
}

/** As much at a time as the busiest can take, and only what all of them can do. */
function commonCapabilities(replicas: readonly Replica[]): NonNullable<BackupProvider['capabilities']> {
  const all = replicas.map(({ provider }) => capabilitiesOf(provider))
  return {
    concurrency: Math.max(...all.map(({ concurrency }) => concurrency)),
    smallConcurrency: Math.max(...all.map(({ smallConcurrency }) => smallConcurrency)),
    listLagMs: Math.max(...all.map(({ listLagMs }) => listLagMs)),
    serverHash: all.every(({ serverHash }) => serverHash === 'sha256') ? 'sha256' : 'none',
    rangedGet: all.every(({ rangedGet }) => rangedGet),
    coalesceBytes: Math.max(...all.map(({ coalesceBytes }) => coalesceBytes)),
    nearby: all.some(({ nearby }) => nearby),
  }
}
