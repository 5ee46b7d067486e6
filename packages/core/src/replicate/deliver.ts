import { BackupError } from '../errors.ts'
import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import { type ObjectName, checkName, nameInKey } from '../format/names.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import { dependsOnOthers } from './order.ts'
import type { Outbox } from './outbox.ts'
import { type Replica, inOrderOfTrust } from './replica.ts'

/** Brings to one replica what is in its outbox, in the background. */
export interface Delivery {
  /** Begins, or goes on; does nothing while it is under way. */
  start(): void
  /** Resolves when nothing is under way: all is delivered, or the replica does not work for now. */
  settled(): Promise<void>
  /** Stops after what is under way; the rest stays in the outbox. */
  stop(): Promise<void>
}

export interface DeliveryOptions {
  readonly replica: Replica
  readonly others: readonly Replica[]
  readonly outbox: Outbox
  readonly crypto: Crypto
  readonly warn: (message: string, hint: string) => void
}

export function delivery(options: DeliveryOptions): Delivery {
  const { replica, outbox } = options
  const controller = new AbortController()
  let underWay: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const startIn = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(start, ms)
    // Nobody's process lives on for this: the outbox is on disk.
    ;(timer as { unref?: () => void }).unref?.()
  }
  const start = (): void => {
    clearTimeout(timer)
    if (controller.signal.aborted || underWay || outbox.count(replica.id) === 0) return
    if (!replica.breaker.isClosed) return startIn(replica.breaker.reopensInMs)
    underWay = deliverAll(options, controller.signal)
      .then(
        () => {
          underWay = undefined
          // Something may have come in the meantime.
          start()
        },
        () => {
          underWay = undefined
          // What was not delivered stays in the outbox. Where the breaker has nothing against the provider, it is about one object.
          startIn(replica.breaker.reopensInMs || pauseMs)
        },
      )
  }
  return {
    start,
    async settled() {
      while (underWay) await underWay
    },
    async stop() {
      clearTimeout(timer)
      controller.abort(new BackupError('cancelled', 'The backup is being closed.'))
      await underWay
    },
  }
}

/** After a failure that says nothing about the provider as a whole. */
const pauseMs = 200

/** In order of need: some at a time, but a commit only when everything before it has arrived. */
async function deliverAll(options: DeliveryOptions, signal: AbortSignal): Promise<void> {
  const { replica, outbox } = options
  const { concurrency } = capabilitiesOf(replica.provider)
  for (const together of inBatches(outbox.pending(replica.id), concurrency)) {
    const results = await Promise.allSettled(together.map((key) => deliverOne(options, key, signal)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }
}

function* inBatches(keys: readonly string[], most: number): Generator<readonly string[]> {
  for (let from = 0; from < keys.length; ) {
    let to = from + 1
    if (!dependsOnOthers(keys[from]!)) while (to < keys.length && to - from < most && !dependsOnOthers(keys[to]!)) to++
    yield keys.slice(from, to)
    from = to
  }
}

async function deliverOne({ replica, others, outbox, crypto, warn }: DeliveryOptions, key: string, signal: AbortSignal): Promise<void> {
  const body = (await outbox.body(key)) ?? (await goodCopy(others, crypto, key, signal))
  if (body) {
    const name = nameInKey(key) ?? nameOf(crypto, body)
    await replica.call((provider) => putOver(provider, key, body, name, signal))
  } else {
    warn(`${key} is nowhere any more in good order, so ${replica.provider.location} will not get it.`, 'It was removed in the meantime, or is lost; verify tells which snapshots need it.')
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
