import type { KeyProvider } from '../contract/key.ts'
import type { LaneSetup } from '../contract/lane.ts'
import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { Runtime } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type FormatObject, checkRequirements } from '../format/format-object.ts'
import { type ObjectHeader, objectKey } from '../format/header.ts'
import { type KeyRing, rootOf } from '../format/ring.ts'
import type { TailContext } from '../format/tail.ts'
import { equalBytes, hex } from '../format/text.ts'
import { unitKey } from '../format/unit-id.ts'
import { waitedForListings } from './listing-lag.ts'
import { readFormat } from './read-format.ts'
import { unlock } from './unlock.ts'

/** A repository whose keys are at hand, and of which nothing else is known. */
export interface Entered {
  readonly provider: BackupProvider
  readonly runtime: Runtime
  readonly format: FormatObject
  readonly ring: KeyRing
  /** The id in hex. */
  readonly id: string
  readonly tails: TailContext
  laneSetup(workers: number): LaneSetup
  /** The key of an object that starts with this header. @throws `corrupt` for an object of another repository. */
  keyFor(header: ObjectHeader, bytes: Uint8Array): Uint8Array
}

export interface EnterOptions extends CallOptions {
  readonly provider: BackupProvider
  readonly runtime: Runtime
  readonly keys: readonly KeyProvider[]
  readonly warn: (message: string, hint: string) => void
}

/**
 * Reads what a repository is, and unlocks its keys.
 *
 * @throws `not-a-repository`, `key`, `unsupported`, `corrupt`, or whatever the provider throws.
 */
export async function enterRepository({ provider, runtime, keys, warn, signal }: EnterOptions): Promise<Entered> {
  const call: CallOptions = signal ? { signal } : {}
  const { crypto, codecs } = runtime
  const enter = async (): Promise<{ format: FormatObject; ring: KeyRing }> => {
    const found = await readFormat(provider, crypto, call)
    checkRequirements(found, 'read')
    return { format: found, ring: await unlock({ provider, crypto, format: found, keys, warn, call }) }
  }
  const { format, ring } = await enter().catch(async (error: unknown) => {
    if (!BackupError.is(error, 'not-a-repository', 'key') || !(await waitedForListings(provider, call))) throw error
    return enter()
  })
  const id = hex(ring.repository)
  const unitSecret = unitKey(crypto, ring.units, ring.repository)
  const keyFor = (header: ObjectHeader, bytes: Uint8Array): Uint8Array => {
    if (equalBytes(header.repository, ring.repository)) return objectKey(crypto, rootOf(ring, header.epoch), bytes)
    throw new BackupError('corrupt', `An object belongs to repository ${hex(header.repository)}, not to ${id}.`, {
      plugin: provider.name,
      hint: 'Objects of two repositories were mixed in one place. Move them apart.',
    })
  }
  return {
    provider,
    runtime,
    format,
    ring,
    id,
    tails: { crypto, codecs, keyFor },
    laneSetup: (workers) => ({ suite: ring.suite, unitKey: unitSecret, workers }),
    keyFor,
  }
}
