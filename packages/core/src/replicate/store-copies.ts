import { type BackupProvider, type PutOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { type ObjectName, nameInKey } from '../format/names.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import { enough } from './enough.ts'
import { type ReplicaGroup, admitted, owed, until, wanted } from './group.ts'
import { dependsOnOthers } from './order.ts'
import { type Replica, inOrderOfTrust } from './replica.ts'

/** Stores objects with as many replicas as it takes, and sees to it that the others get them too. */
export interface CopyStore {
  readonly put: BackupProvider['put']
  /** The size of what was stored a moment ago, told once: who asks right after a put is answered from here. */
  recall(key: string): number | undefined
  forget(key: string): void
  /** Is something on its way to it, so that nothing else is to be delivered, lest it be sent twice? */
  isSending(replica: Replica): boolean
  /** Resolves when nothing is on its way to it. */
  sent(replica: Replica): Promise<void>
  /** Resolves when what is on its way has arrived, but for what goes to those that do not answer. */
  arrived(): Promise<void>
  /** Resolves when nothing is on its way any more. */
  ended(): Promise<void>
}

export function copyStore(group: ReplicaGroup): CopyStore {
  const { replicas, outbox, crypto } = group
  const stored = new Map<string, number>()
  const laggards = new Map<Promise<unknown>, Replica>()
  const sending = new Map<Replica, number>(replicas.map((replica) => [replica, 0]))

  const isBusy = (replica: Replica): boolean => {
    // One that does not answer is tried with one object at a time: memory is not for those that wait for it.
    const most = replica.isSlow ? 1 : capabilitiesOf(replica.provider).concurrency
    return sending.get(replica)! >= most
  }
  const working = (): Replica[] => admitted(group).filter(({ breaker }) => breaker.isClosed)
  /** Must something else come to it before this object? */
  const isBehind = (replica: Replica, key: string): boolean =>
    outbox.mustRemove(replica.id, key) || (dependsOnOthers(key) && owed(group, replica) > 0)

  /**
   * Who may get an object at once. Each of the required copies of a commit must have all that came before it: if others confirmed
   * that, somebody has to catch up first.
   *
   * @param tried those that have it or failed already
   * @throws when too few work, or cannot catch up
   */
  const ableTo = async (key: string, signal: AbortSignal, tried: ReadonlySet<Replica>, needed: number, required: number): Promise<Replica[]> => {
    const stuck = new Set<Replica>()
    for (;;) {
      throwIfAborted(signal, `waiting for providers to take ${key}`)
      const left = working().filter((replica) => !tried.has(replica))
      const able = left.filter((replica) => !isBehind(replica, key))
      if (able.length >= needed) return inOrderOfTrust(able)
      const behind = left.filter((replica) => isBehind(replica, key) && !stuck.has(replica))
      if (able.length + behind.length < needed) throw tooFew(replicas, required - needed + able.length, required, key)
      const before = behind.map((replica) => owed(group, replica))
      await Promise.race([aborted(signal), ...behind.map((replica) => group.caughtUp(replica))])
      for (const [at, replica] of behind.entries()) {
        const hasMoved = !isBehind(replica, key) || owed(group, replica) < before[at]!
        if (!hasMoved && (replica.isSlow || !group.isUnderWay(replica))) stuck.add(replica)
      }
    }
  }
  const sendTo = async (replica: Replica, key: string, body: Uint8Array, name: string, signal: AbortSignal): Promise<void> => {
    sending.set(replica, sending.get(replica)! + 1)
    try {
      await replica.call((provider) => putConfirmed(provider, key, body, name, { signal }))
      replica.got(key)
    } finally {
      sending.set(replica, sending.get(replica)! - 1)
    }
  }
  /** A body is kept here when nobody nearby has it. */
  const keep = async (lacking: ReadonlySet<Replica>, key: string, body: Uint8Array): Promise<void> => {
    const isNearby = replicas.some((replica) => !lacking.has(replica) && capabilitiesOf(replica.provider).nearby)
    if (!isNearby) await outbox.keep(key, body)
  }

  const put = async (key: string, body: Uint8Array, { signal, sha256, view }: PutOptions = {}): Promise<void> => {
    const required = Math.max(group.required, wanted(group, view))
    const name: ObjectName = sha256 ?? nameInKey(key) ?? nameOf(crypto, body)
    const ending = until(group, signal)
    const able = await ableTo(key, ending, new Set(), required, required)
    const free = able.filter((replica) => !isBusy(replica))
    // Whoever is not done with earlier objects gets it later, unless he is needed.
    const takers = free.length >= required ? free : able.slice(0, required)
    // The caller uses its memory again when enough have the object; the others are still reading then.
    const bytes = takers.length > required ? body.slice() : body
    const lacking = new Set(replicas)
    const sends = new Map<Replica, Promise<void>>()
    let failures = 0
    const send = (to: readonly Replica[]): Promise<void> => {
      for (const replica of to) {
        const sent = sendTo(replica, key, bytes, name, ending)
        sends.set(replica, sent)
        sent.then(
          () => lacking.delete(replica),
          () => failures++,
        )
      }
      return enough([...sends.values()], required)
    }
    for (let next = takers; ; ) {
      const outcome = await send(next).catch((error: unknown) => ({ error }))
      if (!outcome) break
      // Somebody who was not asked yet may take the place of one that failed.
      const needed = required - (sends.size - failures)
      const others = await ableTo(key, ending, new Set(sends.keys()), needed, required).catch(() => {
        throw outcome.error
      })
      next = others.slice(0, needed)
    }
    // What somebody lacks is written down before anybody relies on it.
    const missing = [...lacking]
    for (const replica of missing) await outbox.add(replica.id, [key])
    if (missing.some((replica) => !sends.has(replica))) await keep(lacking, key, bytes)
    stored.set(key, body.length)
    for (const replica of missing) {
      const sent = sends.get(replica)
      if (sent) follow(replica, sent, () => keep(lacking, key, bytes), key)
    }
  }
  /** Goes on when nobody waits for it any more. */
  const follow = (replica: Replica, sent: Promise<void>, keepBody: () => Promise<void>, key: string): void => {
    const laggard = sent.then(() => outbox.done(replica.id, key), keepBody).finally(() => group.deliver())
    laggards.set(laggard, replica)
    void laggard.catch(() => {}).finally(() => laggards.delete(laggard))
  }

  return {
    put,
    recall(key) {
      const size = stored.get(key)
      stored.delete(key)
      return size
    },
    forget: (key) => void stored.delete(key),
    isSending: (replica) => sending.get(replica)! > 0,
    async sent(replica) {
      const awaited = [...laggards].filter(([, to]) => to === replica).map(([sent]) => sent)
      await Promise.allSettled(awaited)
    },
    async arrived() {
      for (;;) {
        const awaited = [...laggards].filter(([, { isSlow }]) => !isSlow).map(([sent]) => sent)
        if (awaited.length === 0) return
        await Promise.allSettled(awaited)
      }
    },
    async ended() {
      while (laggards.size > 0) await Promise.allSettled(laggards.keys())
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function tooFew(replicas: readonly Replica[], able: number, required: number, key: string): BackupError {
  const problems = replicas.flatMap(({ problem, provider }) => (problem ? [{ problem, location: provider.location }] : []))
  const [first] = problems
  const reasons = problems.map(({ problem, location }) => `${location}: ${problem.message}`)
  const message = `${able} of the ${required} required providers can take ${key}. ${reasons.join(' ')}`
  return new BackupError(first?.problem.kind ?? 'transient', message.trim(), {
    key,
    plugin: first?.problem.plugin ?? 'replicated',
    ...(first && { hint: first.problem.hint, retryable: first.problem.retryable }),
  })
}
