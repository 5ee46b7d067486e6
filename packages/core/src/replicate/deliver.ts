import { BackupError } from '../errors.ts'
import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import { type ObjectName, checkName, nameInKey } from '../format/names.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import { dependsOnOthers, isLasting } from './order.ts'
import { type ReplicaGroup, admitted } from './group.ts'
import type { Task } from './outbox.ts'
import { type Replica, inOrderOfTrust } from './replica.ts'

/** Brings to one replica what is in its outbox, in the background. */
export interface Delivery {
  /** Begins, or goes on; does nothing while it is under way. */
  start(): void
  readonly isUnderWay: boolean
  /** Resolves when nothing is under way, or nothing moves: all is delivered, or the replica does not work for now. */
  settled(): Promise<void>
  /** Stops after what is under way; the rest stays in the outbox. */
  stop(): Promise<void>
}

export interface DeliveryOptions {
  readonly group: ReplicaGroup
  readonly replica: Replica
  /** Lets it in, when it is not yet. */
  readonly admit: (replica: Replica) => Promise<void>
  /** Is something on its way to it already? */
  readonly isBusy: (replica: Replica) => boolean
  readonly warn: (message: string, hint: string) => void
}

export function delivery(options: DeliveryOptions): Delivery {
  const { replica, group, admit, isBusy } = options
  const { outbox, timers } = group
  const controller = new AbortController()
  let underWay: Promise<void> | undefined
  let timer: unknown
  let movedAt = timers.now()
  const moved = (): void => {
    movedAt = timers.now()
  }

  const startIn = (ms: number): void => {
    timers.clearTimeout(timer)
    timer = timers.setTimeout(start, ms)
    // Nobody's process lives on for this: the outbox is on disk.
    ;(timer as { unref?: () => void }).unref?.()
  }
  const deliverAll = async (): Promise<void> => {
    moved()
    if (!replica.isAdmitted) await admit(replica)
    await inOrder(options, moved, controller.signal)
  }
  const start = (): void => {
    timers.clearTimeout(timer)
    if (controller.signal.aborted || underWay || isBusy(replica)) return
    if (replica.isAdmitted && outbox.count(replica.id) === 0) return
    if (!replica.breaker.isClosed) return startIn(replica.breaker.reopensInMs)
    underWay = deliverAll().then(
      () => {
        underWay = undefined
        // Something may have come in the meantime.
        start()
      },
      () => {
        underWay = undefined
        // What was not delivered stays in the outbox. Where the breaker has nothing against the provider, it is about one object.
        startIn(replica.breaker.reopensInMs || pauseOf(options))
      },
    )
  }
  return {
    start,
    get isUnderWay() {
      return underWay !== undefined
    },
    async settled() {
      while (underWay && timers.now() - movedAt < (replica.isSlow ? group.lifeMs : stalledMs)) {
        let tick: unknown
        const pause = new Promise<void>((resolve) => (tick = timers.setTimeout(resolve, group.lifeMs)))
        await Promise.race([underWay, pause])
        timers.clearTimeout(tick)
      }
      if (underWay) replica.overtaken()
    },
    async stop() {
      timers.clearTimeout(timer)
      controller.abort(new BackupError('cancelled', 'The backup is being closed.'))
      await underWay
    },
  }
}

/** After a failure that says nothing about the provider as a whole. Who may have what is out of reach is not asked before its time. */
function pauseOf({ group, replica }: DeliveryOptions): number {
  if (group.outOfReach.get(replica)!.size === 0) return pauseMs
  const away = group.replicas.map(({ breaker }) => breaker.reopensInMs).filter((ms) => ms > 0)
  return Math.max(pauseMs, Math.min(...away, longestPauseMs))
}

const pauseMs = 200
const longestPauseMs = 60_000
/** A large object on a slow line takes long; nothing at all for so long means that nobody answers. */
const stalledMs = 120_000

/** In order of need: some at a time, but a commit only when everything before it has arrived. */
async function inOrder(options: DeliveryOptions, moved: () => void, signal: AbortSignal): Promise<void> {
  const { replica, group } = options
  const { concurrency } = capabilitiesOf(replica.provider)
  const outOfReach = group.outOfReach.get(replica)!
  for (const together of inBatches(group.outbox.pending(replica.id), concurrency)) {
    // A commit comes after everything that came before it.
    if (outOfReach.size > 0 && together.some(({ key, removes }) => !removes && dependsOnOthers(key))) continue
    const results = await Promise.allSettled(
      together.map(async ({ key, removes }) => {
        await (removes ? removeOne : deliverOne)(options, key, signal)
        moved()
      }),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }
  if (outOfReach.size > 0) throw new BackupError('transient', `${outOfReach.size} objects are out of reach for now.`, { plugin: replica.provider.name })
}

/** Never a removal together with anything else: the same object may be stored anew after it. */
function* inBatches(tasks: readonly Task[], most: number): Generator<readonly Task[]> {
  for (let from = 0; from < tasks.length; ) {
    const { removes, key } = tasks[from]!
    let to = from + 1
    const fits = ({ removes: other, key: next }: Task): boolean =>
      other === removes && (removes || !(dependsOnOthers(next) || dependsOnOthers(key)))
    while (to < tasks.length && to - from < most && fits(tasks[to]!)) to++
    yield tasks.slice(from, to)
    from = to
  }
}

async function removeOne({ replica, group }: DeliveryOptions, key: string, signal: AbortSignal): Promise<void> {
  await replica.call((provider) => provider.delete(key, { signal }))
  await group.outbox.removed(replica.id, key)
}

async function deliverOne({ replica, group, warn }: DeliveryOptions, key: string, signal: AbortSignal): Promise<void> {
  const { outbox, crypto, tell, removed } = group
  const outOfReach = group.outOfReach.get(replica)!
  if (removed.has(key)) {
    outOfReach.delete(key)
    return outbox.done(replica.id, key)
  }
  const others = admitted(group).filter((other) => other !== replica)
  let body: Uint8Array | undefined
  try {
    body = (await outbox.body(key)) ?? (await goodCopy(others, crypto, key, signal))
  } catch (error) {
    if (BackupError.is(error, 'cancelled')) throw error
    outOfReach.add(key)
    return
  }
  outOfReach.delete(key)
  const { location } = replica.provider
  if (body) {
    const name = nameInKey(key) ?? nameOf(crypto, body)
    await replica.call((provider) => putOver(provider, key, body, name, signal))
    replica.got(key)
    tell({ type: 'copy-delivered', location, key })
  } else if (isLasting(key)) {
    warn(
      `${key} is nowhere any more in good order, so ${location} will not get it.`,
      'It was removed in the meantime, or is lost; verify tells which snapshots need it.',
    )
  }
  await outbox.done(replica.id, key)
}

/** What lies there under the same name, and is something else, is damage. */
async function putOver(provider: BackupProvider, key: string, body: Uint8Array, name: ObjectName, signal: AbortSignal): Promise<void> {
  try {
    await putConfirmed(provider, key, body, name, { signal })
  } catch (error) {
    // Without a hash in the name nobody knows which of the two is right.
    if (!BackupError.is(error, 'corrupt', 'exists') || nameInKey(key) === undefined) throw error
    await provider.delete(key, { signal })
    await putConfirmed(provider, key, body, name, { signal })
  }
}

/**
 * A copy that is what its name says, from the replica that costs least.
 *
 * @returns `undefined` when no replica has the object, or only damaged copies of it
 * @throws what kept one from answering, when no other has it
 */
export async function goodCopy(
  replicas: readonly Replica[],
  crypto: Crypto,
  key: string,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const expected = nameInKey(key)
  let failure: unknown
  for (const each of inOrderOfTrust(replicas)) {
    try {
      const bytes = await each.call((provider) => provider.get(key, signal ? { signal } : {}))
      if (expected !== undefined) checkName(expected, nameOf(crypto, bytes), key, each.provider.name)
      return bytes
    } catch (error) {
      if (BackupError.is(error, 'cancelled')) throw error
      if (!BackupError.is(error, 'not-found', 'corrupt')) failure = error
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}
