import type { KeyProvider } from '../contract/key.ts'
import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { Runtime } from '../contract/runtime.ts'
import { type SuiteName, suiteIds } from '../contract/suite.ts'
import { BackupError } from '../errors.ts'
import { createRecoveryCode, recoveryCode } from '../crypto/keys/recovery-code.ts'
import { encodeFormatObject } from '../format/format-object.ts'
import { commitPrefix, formatKey, formatPrefix, packPrefix, restoreKey, slotKey, slotPrefix } from '../format/names.ts'
import { createRing } from '../format/ring.ts'
import { createSlot } from '../format/slot.ts'
import { hex } from '../format/text.ts'
import { waitedForListings } from './listing-lag.ts'
import { listNamed, nameOf, putConfirmed } from './objects.ts'

export interface InitOptions extends CallOptions {
  readonly provider: BackupProvider
  readonly runtime: Runtime
  readonly keys: readonly KeyProvider[]
  readonly suite: SuiteName
  readonly now: Date
  /** Objects of class `restore`, by file name. */
  readonly restoreKit: Readonly<Record<string, Uint8Array>>
}

export interface InitResult {
  /** `false` when there was a repository already; nothing was changed then. */
  readonly created: boolean
  /** Id of the repository. */
  readonly repository: string
  /** Print it and keep it in a safe place: it opens the repository when the passphrase is lost. Shown once, stored nowhere. */
  readonly recoveryCode?: string
}

/**
 * Makes a repository in a place that has none. The format object comes last: without it there is no repository, so an
 * interrupted `init` can simply be repeated.
 */
export async function createRepository(options: InitOptions): Promise<InitResult> {
  const { provider, runtime, keys, suite, now, signal } = options
  const call: CallOptions = signal ? { signal } : {}
  const { crypto } = runtime
  for (const prefix of [packPrefix, commitPrefix]) {
    for await (const { key } of provider.list(prefix, call)) {
      throw new BackupError('exists', `${provider.location} has no format object, but ${key}.`, {
        plugin: provider.name,
        hint: 'A repository lies here whose format object was lost. Copy format/ back from another copy, or choose an empty place.',
      })
    }
  }
  const ring = createRing(crypto, suiteIds[suite], now)
  const context = { crypto, repository: ring.repository }
  const code = createRecoveryCode(crypto)
  const own: string[] = []
  for (const secret of [...keys, recoveryCode(code)]) {
    const slot = await createSlot(secret, ring, context, now)
    const name = nameOf(crypto, slot)
    own.push(slotKey(name))
    await putConfirmed(provider, slotKey(name), slot, name, call)
  }
  const restore: Record<string, string> = {}
  for (const [file, bytes] of Object.entries(options.restoreKit)) {
    restore[file] = nameOf(crypto, bytes)
    await putConfirmed(provider, restoreKey(file), bytes, restore[file], call)
  }
  const format = encodeFormatObject({
    repository: ring.repository,
    created: now,
    suite,
    requires: { read: [], write: ['sessions'], delete: ['sessions'] },
    restore,
  })
  const name = nameOf(crypto, format)
  own.unshift(formatKey(name))
  await putConfirmed(provider, formatKey(name), format, name, call)
  await waitedForListings(provider, call)
  if ((await listNamed(provider, formatPrefix, call)).length > 1) await giveWay(provider, own, call)
  // Others are what an interrupted init left behind; they would only confuse. Not before it is certain whose repository this is.
  for (const key of await listNamed(provider, slotPrefix, call)) if (!own.includes(key)) await provider.delete(key, call)
  return { created: true, repository: hex(ring.repository), recoveryCode: code }
}

/**
 * Somebody else made a repository here in the same moment. Whoever sees both takes his own away, so there may be none left then, but
 * never two, of which neither could be used.
 */
async function giveWay(provider: BackupProvider, own: readonly string[], call: CallOptions): Promise<never> {
  for (const key of own) await provider.delete(key, call)
  throw new BackupError('busy', `Somebody else is making a repository at ${provider.location}.`, {
    plugin: provider.name,
    hint: 'Call init() again when the other side is done: it finds the repository, or makes one if both gave way.',
  })
}

/** Whether there is a format object. */
export async function isRepository(provider: BackupProvider, options: CallOptions): Promise<boolean> {
  for await (const _ of provider.list(formatPrefix, options)) return true
  return false
}
