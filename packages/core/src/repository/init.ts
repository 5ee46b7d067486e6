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
  // Slots without a format object are what an interrupted init left behind; they would only confuse.
  for (const key of await listNamed(provider, slotPrefix, call)) await provider.delete(key, call)

  const ring = createRing(crypto, suiteIds[suite], now)
  const context = { crypto, repository: ring.repository }
  const code = createRecoveryCode(crypto)
  for (const secret of [...keys, recoveryCode(code)]) {
    const slot = await createSlot(secret, ring, context, now)
    const name = nameOf(crypto, slot)
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
    requires: { read: [], write: [], delete: ['sessions'] },
    restore,
  })
  const name = nameOf(crypto, format)
  await putConfirmed(provider, formatKey(name), format, name, call)
  return { created: true, repository: hex(ring.repository), recoveryCode: code }
}

/** Whether there is a format object. */
export async function isRepository(provider: BackupProvider, options: CallOptions): Promise<boolean> {
  for await (const _ of provider.list(formatPrefix, options)) return true
  return false
}
