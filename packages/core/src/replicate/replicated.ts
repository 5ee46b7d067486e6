import { type BackupProvider, type CallOptions, type ListedObject, type ObjectInfo, type PutOptions, capabilitiesOf } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { nameInKey } from '../format/names.ts'
import { checkKey, checkPrefix } from '../provider/check-key.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import { type Delivery, delivery, goodCopy } from './deliver.ts'
import { dependsOnOthers, inOrderOfNeed } from './order.ts'
import { enough } from './enough.ts'
import type { Outbox } from './outbox.ts'
import { type Replica, inOrderOfTrust } from './replica.ts'

/** Several providers that hold the same objects, as one. */
export interface ReplicatedProvider extends BackupProvider {
  heal: NonNullable<BackupProvider['heal']>
  close: NonNullable<BackupProvider['close']>
  /** Compares what the providers hold, by name, and puts what one lacks into its outbox. */
  compare(options?: CallOptions): Promise<readonly ReplicaGap[]>
  /** Resolves when everything is delivered, or those that lack something do not work for now. */
  delivered(): Promise<void>
  /** How it stands with each provider. */
  replicas(): readonly ReplicaStatus[]
}

export interface ReplicaGap {
  readonly location: string
  /** Keys that are in the outbox now. */
  readonly missing: readonly string[]
}

export interface ReplicaStatus {
  readonly location: string
  readonly name: string
  /** Objects that it does not have yet. */
  readonly waiting: number
  /** Absent while it works. */
  readonly problem?: { readonly kind: string; readonly message: string; readonly hint: string }
}

export interface ReplicatedOptions {
  readonly replicas: readonly Replica[]
  /** Copies that must be confirmed before an object counts as stored. */
  readonly required: number
  readonly outbox: Outbox
  readonly crypto: Crypto
  readonly warn: (message: string, hint: string) => void
  /** How long `close` waits for what is under way; the rest is sent next time. @default 10,000 */
  readonly graceMs?: number
}

export function replicated(options: ReplicatedOptions): ReplicatedProvider {
  const { replicas, required, outbox, crypto, warn, graceMs = 10_000 } = options
  const closing = new AbortController()
  const deliveries = new Map<Replica, Delivery>()
  /** Sizes of what was stored in this session: who asks again right after a put is answered from here. */
  const stored = new Map<string, number>()
  /** Copies that are known to be damaged and could not be replaced. */
  const damaged = new Map<string, Set<Replica>>()
  /** Sends that nobody waits for any more. */
  const laggards = new Set<Promise<unknown>>()
  for (const replica of replicas) {
    const others = replicas.filter((other) => other !== replica)
    deliveries.set(replica, delivery({ replica, others, outbox, crypto, warn }))
  }
  /** Sends under way, for each replica: while there are any, nothing else is delivered, lest it be sent twice. */
  const sending = new Map<Replica, number>(replicas.map((replica) => [replica, 0]))
  const startDeliveries = (): void => {
    for (const [replica, each] of deliveries) if (sending.get(replica) === 0) each.start()
  }

  const isBusy = (replica: Replica): boolean => sending.get(replica)! >= capabilitiesOf(replica.provider).concurrency
  /** Who gets an object at once. Whoever is not done with earlier ones gets it later, unless he is needed. */
  const takersOf = (key: string): Replica[] => {
    const able = replicas.filter(
      (replica) => replica.breaker.isClosed && !(dependsOnOthers(key) && outbox.count(replica.id) > 0),
    )
    if (able.length < required) throw tooFew(replicas, able.length, required, key)
    const free = able.filter((replica) => !isBusy(replica))
    return free.length >= required ? free : inOrderOfTrust(able).slice(0, required)
  }
  const sendTo = async (replica: Replica, key: string, body: Uint8Array, name: string, caller: AbortSignal | undefined): Promise<void> => {
    const signal = caller ? AbortSignal.any([caller, closing.signal]) : closing.signal
    sending.set(replica, sending.get(replica)! + 1)
    try {
      await replica.call((provider) => putConfirmed(provider, key, body, name, { signal }))
    } finally {
      sending.set(replica, sending.get(replica)! - 1)
    }
  }
  /** A body is kept here when nobody nearby has it. */
  const keep = async (lacking: ReadonlySet<Replica>, key: string, body: Uint8Array): Promise<void> => {
    const isNearby = replicas.some((replica) => !lacking.has(replica) && capabilitiesOf(replica.provider).nearby)
    if (!isNearby) await outbox.keep(key, body)
  }

  const put = async (key: string, body: Uint8Array, { signal, sha256 }: PutOptions = {}): Promise<void> => {
    // Here, lest the caller's mistake be held against the providers.
    checkKey(key, 'replicated')
    const name = sha256 ?? nameInKey(key) ?? nameOf(crypto, body)
    const takers = takersOf(key)
    // The caller uses its memory again when enough have the object; the others are still reading then.
    const bytes = takers.length > required ? body.slice() : body
    const lacking = new Set(replicas)
    const sends = takers.map((replica) => sendTo(replica, key, bytes, name, signal).then(() => void lacking.delete(replica)))
    await enough(sends, required)
    // What somebody lacks is written down before anybody relies on it.
    const missing = [...lacking]
    for (const replica of missing) await outbox.add(replica.id, [key])
    if (missing.some((replica) => !takers.includes(replica))) await keep(lacking, key, bytes)
    stored.set(key, body.length)
    const rest = Promise.allSettled(sends).then(async () => {
      for (const replica of missing) if (!lacking.has(replica)) await outbox.done(replica.id, key)
      if (lacking.size > 0) await keep(lacking, key, bytes)
      startDeliveries()
    })
    laggards.add(rest)
    void rest.finally(() => laggards.delete(rest))
  }

  /** Asks one after the other until one answers; who lacks what another has gets it. */
  const get: BackupProvider['get'] = async (key, getOptions = {}) => {
    checkKey(key, 'replicated')
    const lacking: Replica[] = []
    let failure: unknown
    for (const replica of inOrderOfTrust(replicas)) {
      if (damaged.get(key)?.has(replica)) continue
      try {
        const bytes = await replica.call((provider) => provider.get(key, getOptions))
        for (const each of lacking) await outbox.add(each.id, [key])
        if (lacking.length > 0) startDeliveries()
        return bytes
      } catch (error) {
        if (BackupError.is(error, 'cancelled')) throw error
        if (BackupError.is(error, 'not-found')) lacking.push(replica)
        // That one could not be asked says more than that another has nothing.
        if (failure === undefined || !BackupError.is(error, 'not-found')) failure = error
      }
    }
    throw failure ?? new BackupError('corrupt', `Every copy of ${key} is damaged.`, { plugin: 'replicated', key })
  }

  const stat = async (key: string, statOptions: CallOptions = {}): Promise<ObjectInfo | undefined> => {
    checkKey(key, 'replicated')
    throwIfAborted(statOptions.signal, `looking for ${key}`)
    const known = stored.get(key)
    if (known !== undefined && stored.delete(key)) return { size: known }
    const answers = await Promise.allSettled(replicas.map((replica) => replica.call((provider) => provider.stat(key, statOptions))))
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value ? [answer.value] : []))[0]
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (!found && answers.some(({ status }) => status === 'fulfilled')) return undefined
    if (!found) throw failed?.reason
    for (const [at, answer] of answers.entries()) {
      if (answer.status === 'fulfilled' && !answer.value) await outbox.add(replicas[at]!.id, [key])
    }
    startDeliveries()
    return found
  }

  /** What any of them holds. @throws what kept the last one from answering, when none could */
  async function* list(prefix: string, listOptions: CallOptions = {}): AsyncGenerator<ListedObject> {
    checkPrefix(prefix, 'replicated')
    const found = await holdings(replicas, prefix, listOptions)
    const seen = new Set<string>()
    for (const objects of found.values()) {
      for (const object of objects.values()) {
        throwIfAborted(listOptions.signal, 'listing')
        if (seen.has(object.key)) continue
        seen.add(object.key)
        yield object
      }
    }
  }

  const compare = async (compareOptions: CallOptions = {}): Promise<readonly ReplicaGap[]> => {
    const found = await holdings(replicas, '', compareOptions)
    const all = inOrderOfNeed(new Set([...found.values()].flatMap((objects) => [...objects.keys()])))
    const gaps: ReplicaGap[] = []
    for (const replica of replicas) {
      const objects = found.get(replica)
      if (!objects) continue
      const missing = all.filter((key) => !objects.has(key))
      await outbox.add(replica.id, missing)
      gaps.push({ location: replica.provider.location, missing })
    }
    startDeliveries()
    return gaps
  }

  return {
    contract: replicas[0]!.provider.contract,
    name: 'replicated',
    location: replicas.map(({ provider }) => provider.location).join(' + '),
    capabilities: commonCapabilities(replicas),
    put,
    get,
    stat,
    list,

    async open(openOptions) {
      const opened = await Promise.allSettled(replicas.map((replica) => replica.call((provider) => provider.open(openOptions))))
      const failed = opened.flatMap((result, at) => (result.status === 'rejected' ? [{ replica: replicas[at]!, error: result.reason as unknown }] : []))
      if (failed.length === replicas.length || (openOptions.create && replicas.length - failed.length < required)) throw failed[0]!.error
      for (const { replica, error } of failed) {
        if (BackupError.is(error)) warn(`${replica.provider.location} cannot be used: ${error.message}`, `${error.hint} What it lacks is kept for it.`)
      }
      // One that is new here, or was emptied, gets no commit before it has all that the others have.
      if (await isEmptySomewhere(replicas)) await compare()
      startDeliveries()
    },

    async delete(key, deleteOptions = {}) {
      checkKey(key, 'replicated')
      stored.delete(key)
      const results = await Promise.allSettled(replicas.map((replica) => replica.call((provider) => provider.delete(key, deleteOptions))))
      for (const replica of replicas) await outbox.done(replica.id, key)
      for (const result of results) if (result.status === 'rejected') throw result.reason
    },

    compare,

    async delivered() {
      while (laggards.size > 0) await Promise.allSettled(laggards)
      for (const each of deliveries.values()) await each.settled()
    },

    async heal(key, healOptions = {}) {
      const expected = nameInKey(key)
      const good = expected === undefined ? undefined : await goodCopy(replicas, crypto, key, healOptions.signal)
      if (!good || expected === undefined) return false
      const bad = new Set<Replica>()
      for (const replica of replicas) {
        try {
          const bytes = await replica.call((provider) => provider.get(key, healOptions))
          if (nameOf(crypto, bytes) === expected) continue
          bad.add(replica)
          await replica.call((provider) => provider.delete(key, healOptions))
          await replica.call((provider) => putConfirmed(provider, key, good, expected, healOptions))
          bad.delete(replica)
          warn(`${replica.provider.location} held a damaged copy of ${key}; it was replaced by a good one.`, 'Look at the disk or account if it happens again.')
        } catch (error) {
          if (BackupError.is(error, 'cancelled')) throw error
          if (BackupError.is(error, 'not-found')) await outbox.add(replica.id, [key])
        }
      }
      if (bad.size > 0) damaged.set(key, bad)
      else damaged.delete(key)
      startDeliveries()
      return true
    },

    replicas: () =>
      replicas.map(({ provider, id, breaker }) => ({
        location: provider.location,
        name: provider.name,
        waiting: outbox.count(id),
        ...(breaker.reason && { problem: { kind: breaker.reason.kind, message: breaker.reason.message, hint: breaker.reason.hint } }),
      })),

    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined
      const grace = new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))
      await Promise.race([grace, Promise.allSettled(laggards)])
      clearTimeout(timer)
      closing.abort(new BackupError('cancelled', 'The backup is being closed.'))
      await Promise.allSettled(laggards)
      for (const each of deliveries.values()) await each.stop()
      for (const { provider } of replicas) await provider.close?.()
    },
  }
}

/** What those that answer hold below a prefix, by key. */
async function holdings(replicas: readonly Replica[], prefix: string, options: CallOptions): Promise<Map<Replica, Map<string, ListedObject>>> {
  const found = new Map<Replica, Map<string, ListedObject>>()
  const results = await Promise.allSettled(
    replicas.map((replica) =>
      replica.call(async (provider) => {
        const objects = new Map<string, ListedObject>()
        for await (const object of provider.list(prefix, options)) objects.set(object.key, object)
        found.set(replica, objects)
      }),
    ),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (found.size === 0 && failed) throw failed.reason
  return found
}

/**
 * Does one of them hold no repository, where another does?
 *
 * @throws `config` when they hold different ones: as copies of one another they would destroy each other's history
 */
async function isEmptySomewhere(replicas: readonly Replica[]): Promise<boolean> {
  const found = await holdings(replicas, 'format/', {})
  const [first, ...rest] = [...found].filter(([, objects]) => objects.size > 0)
  for (const [replica, objects] of rest) {
    if ([...objects.keys()].some((key) => first![1].has(key))) continue
    const [a, b] = [first![0].provider.location, replica.provider.location]
    throw new BackupError('config', `${a} and ${b} hold different repositories, so neither can be a copy of the other.`, {
      plugin: replica.provider.name,
      key: b,
      hint: 'Give the second an empty place, or back up to each on its own.',
    })
  }
  return first !== undefined && rest.length + 1 < found.size
}

/** As much at a time as the busiest can take, and only what all of them can do. */
function commonCapabilities(replicas: readonly Replica[]): NonNullable<BackupProvider['capabilities']> {
  const all = replicas.map(({ provider }) => capabilitiesOf(provider))
  return {
    concurrency: Math.max(...all.map(({ concurrency }) => concurrency)),
    listLagMs: Math.max(...all.map(({ listLagMs }) => listLagMs)),
    serverHash: all.every(({ serverHash }) => serverHash === 'sha256') ? 'sha256' : 'none',
    rangedGet: all.every(({ rangedGet }) => rangedGet),
    coalesceBytes: Math.max(...all.map(({ coalesceBytes }) => coalesceBytes)),
    nearby: all.some(({ nearby }) => nearby),
  }
}

function tooFew(replicas: readonly Replica[], takers: number, required: number, key: string): BackupError {
  const problems = replicas.flatMap(({ breaker: { reason }, provider }) => (reason ? [`${provider.location}: ${reason.message}`] : []))
  const first = replicas.find(({ breaker }) => breaker.reason)?.breaker.reason
  return new BackupError(first?.kind ?? 'transient', `${takers} of the ${required} required providers can take ${key}. ${problems.join(' ')}`.trim(), {
    key,
    ...(first && { plugin: first.plugin ?? 'replicated', hint: first.hint, retryable: first.retryable }),
  })
}
