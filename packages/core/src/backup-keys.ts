import type { Authority } from './contract/authority.ts'
import type { KeyProvider } from './contract/key.ts'
import type { CallOptions } from './contract/provider.ts'
import type { Connection } from './connect/connection.ts'
import type { KeyChange } from './keys/change.ts'
import { type ErasePlan, planErasure } from './keys/erase-plan.ts'
import { type EraseOptions, type EraseReport, eraseEpochs } from './keys/erase.ts'
import { type ErasureProof, proveErasure } from './keys/prove-erasure.ts'
import { addSlot, renewRecoveryCode, replaceSlot, rotateKeys } from './keys/secrets.ts'
import { type SlotInfo, listSlots, removeSlot } from './keys/slots.ts'
import { type EpochUse, epochUse } from './repository/epochs.ts'
import type { Repository } from './repository/repository.ts'
import type { Run, RunContext } from './track/run.ts'

/** Who changes keys and why goes into the audit trail. */
export interface KeyOptions extends CallOptions, Authority {}

export interface RemoveSlotOptions extends KeyOptions {
  /** A secret that opens another slot; needed where the backup's own secrets open the one that goes, and no other. */
  readonly proof?: KeyProvider
}

export interface ErasePlanRequest extends CallOptions {
  /** Numbers of key epochs, as `keys.epochs()` shows them. */
  readonly epochs: readonly number[]
}

export interface EraseRequest extends EraseOptions, KeyOptions {}

/** What was erased, and where that is still to be done. */
export interface ErasedKeys extends EraseReport {
  /** Locations of providers that were away: what was removed is still there, and goes when they are back. */
  readonly pending: readonly string[]
}

export interface ProveErasureRequest extends CallOptions {
  /** The plan that was carried out, to compare its list of objects with what the audit trail vouches for. */
  readonly plan?: Pick<ErasePlan, 'objects'>
}

/** The secrets that open the repository, and the keys that they open. All that changes something is in the audit trail before it is done. */
export interface BackupKeys {
  /** One entry for each secret: what kind, since when, whether it is strong enough, and whether the secrets of this backup open it. */
  slots(options?: CallOptions): Promise<readonly SlotInfo[]>
  /** One more secret that opens the repository. */
  add(secret: KeyProvider, options?: KeyOptions): Promise<void>
  /**
   * Changes a passphrase: `next` opens the repository from now on, `old` does not. After an interruption either opens; to repeat it
   * finishes it.
   *
   * @throws `key` when `old` opens nothing
   */
  replace(old: KeyProvider, next: KeyProvider, options?: KeyOptions): Promise<void>
  /**
   * Takes a secret away that you need not know. Never the last: another slot has to be opened first.
   *
   * @param slot the id that `slots()` shows, or the beginning of it
   * @throws `permanent` when nobody was proved to get in without it
   */
  remove(slot: string, options?: RemoveSlotOptions): Promise<void>
  /**
   * Makes a new recovery code, for when the paper with the old one is lost, or somebody has seen it. All older codes stop working, but for
   * one that this backup itself opens the repository with.
   */
  renewRecoveryCode(options?: KeyOptions): Promise<{ readonly recoveryCode: string }>
  /** Seals everything from now on with new keys, which `secrets` and the returned recovery code open. All other secrets stop working. */
  rotate(secrets: readonly KeyProvider[], options?: KeyOptions): Promise<{ readonly recoveryCode: string }>
  /** How much is still sealed with the keys of each epoch. Reads 64 bytes of each object that it does not know yet. */
  epochs(options?: CallOptions): Promise<readonly EpochUse[]>
  /** What would be unreadable without the keys of these epochs. Changes nothing. */
  erasePlan(request: ErasePlanRequest): Promise<ErasePlan>
  /**
   * Destroys the keys of the epochs in the plan, for good. `secrets` and the returned recovery code open what is left.
   *
   * Whoever kept a copy of an old slot, and knows its secret, can still read what else he kept a copy of.
   *
   * @throws `config` when the plan is out of date, or a snapshot that will be lost is not named in `accept`; `permanent` under a legal hold
   */
  erase(plan: Pick<ErasePlan, 'epochs' | 'digest'>, request: EraseRequest): Promise<ErasedKeys>
  /** Shows that nothing at hand opens what was erased. */
  proveErasure(request?: ProveErasureRequest): Promise<ErasureProof>
}

/** Runs something as an operation of its own, after those under way. */
type RunKeys = <Result>(signal: AbortSignal | undefined, body: (context: RunContext) => Promise<Result>) => Run<Result>

export function backupKeys(connection: Connection, clock: () => Date, run: RunKeys): BackupKeys {
  const changing = async <Result>(
    { signal, actor, reason }: KeyOptions,
    body: (change: KeyChange) => Promise<Result>,
    /** What opens the repository from now on. */
    after?: (before: readonly KeyProvider[]) => readonly KeyProvider[],
  ): Promise<Result> =>
    run(signal, async (context) => {
      const secrets = connection.secrets()
      const authority: Authority = { ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) }
      const call = { signal: context.signal }
      const repository = await connection.open(context, 'write')
      const change = { repository, secrets, authority, now: clock(), call, warn: context.warn }
      const result = await body(change).catch((error: unknown) => {
        // Cut short, it may be these that open or those.
        connection.forget(each(secrets, after?.(secrets) ?? []))
        throw error
      })
      if (after) connection.forget(after(secrets))
      for (const location of await stillWaiting(connection)) {
        context.warn(`${location} is out of reach: slots that were removed still open the repository there.`, 'They go as soon as it is back.')
      }
      return result
    })
  /** As it is now: what this process knows of the keys may be out of date. */
  const fresh = async (call: CallOptions): Promise<Repository> => {
    connection.forget(connection.secrets())
    return connection.open(call)
  }

  return {
    slots: async (options = {}) => listSlots({ repository: await connection.open(options), secrets: connection.secrets(), call: options }),
    add: (secret, options = {}) => changing(options, (change) => addSlot(change, secret)),
    replace: (old, next, options = {}) =>
      changing(options, (change) => replaceSlot(change, old, next), (before) => each(before, [next])),
    remove: (slot, { proof, ...options } = {}) =>
      changing(options, (change) => removeSlot(change, slot, proof), (before) => each(before, proof ? [proof] : [])),
    renewRecoveryCode: (options = {}) => changing(options, renewRecoveryCode),
    rotate: (secrets, options = {}) => changing(options, (change) => rotateKeys(change, secrets), () => secrets),
    async epochs(options = {}) {
      return epochUse(await connection.open(options), options)
    },
    async erasePlan({ epochs, ...call }) {
      return planErasure(await fresh(call), epochs, clock(), call)
    },
    async erase(plan, { secrets, accept, ...options }) {
      // One that was cut short may have left slots that only these open.
      connection.forget(each(connection.secrets(), secrets))
      const request = { secrets, ...(accept && { accept }) }
      const report = await changing(options, (change) => eraseEpochs(change, plan, request), () => secrets)
      return { ...report, pending: await stillWaiting(connection) }
    },
    async proveErasure({ plan, ...call } = {}) {
      return proveErasure(await fresh(call), plan, clock(), call)
    },
  }
}

/** Both, each once: to try a secret may take a second. */
function each(some: readonly KeyProvider[], others: readonly KeyProvider[]): KeyProvider[] {
  return [...new Set([...some, ...others])]
}

/** Providers from which something is still to be removed. */
async function stillWaiting(connection: Connection): Promise<string[]> {
  const place = await connection.place()
  if (!('replicas' in place)) return []
  await place.delivered()
  return place.replicas().flatMap(({ location, waiting }) => (waiting > 0 ? [location] : []))
}
