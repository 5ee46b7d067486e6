import type { BackupConfig } from './config.ts'
import { type Connection, isNotThere } from './connect/connection.ts'
import type { CodecName } from './contract/codec.ts'
import { type CallOptions, capabilitiesOf } from './contract/provider.ts'
import type { RetentionPolicy } from './contract/retention.ts'
import type { SuiteName } from './contract/suite.ts'
import type { HealthTargets } from './contract/targets.ts'
import { BackupError } from './errors.ts'
import type { Failure } from './events.ts'
import { defaultShare } from './prune/policies.ts'
import type { Schedule } from './schedule/schedule.ts'
import type { Bounds } from './session/bounds.ts'
import { inOurWords } from './track/announcer.ts'

/** Whether everything is there that a backup needs: what a first start has to know. Plain data. */
export interface SetupState {
  /**
   * - `ready`: the repository is there and opens
   * - `new`: there is none, and never was one that this machine knows of; `init()` makes it
   * - `missing`: there was one, and it is not there: a disk that is not mounted, a folder that was removed
   * - `locked`: it is there, and the secret is not the right one
   * - `unreachable`: nobody can tell, for the reason in `problem`
   */
  readonly state: 'ready' | 'new' | 'missing' | 'locked' | 'unreachable'
  /** Id of the repository, where it is known. */
  readonly repository?: string
  /** What is in the way. */
  readonly problem?: Failure
}

/** The configuration, as far as it is no secret. Plain data, with the defaults filled in. */
export interface BackupSettings {
  readonly source: { readonly name: string; readonly label: string; readonly selective: boolean; readonly parts?: readonly string[] }
  readonly providers: readonly { readonly name: string; readonly location: string; readonly nearby: boolean }[]
  readonly copies: { readonly required: number; readonly target: number }
  /** What opens the repository: `passphrase`, `raw-key`. */
  readonly keys: readonly string[]
  /** Titles of the policies; none keeps everything. */
  readonly retention: readonly string[]
  readonly whenFull?: { readonly above: number; readonly retention: readonly string[] }
  readonly schedule?: Schedule
  readonly zone: string
  readonly compression: 'auto' | CodecName | { readonly codec: CodecName; readonly level?: number }
  readonly suite: SuiteName
  readonly deltas: boolean
  readonly collection: Bounds
  readonly targets: HealthTargets
  /** Who is told what happens, by name. */
  readonly notify: readonly string[]
}

/** @throws `cancelled`; everything else is a state */
export async function setupState(connection: Connection, call: CallOptions): Promise<SetupState> {
  try {
    const { id } = await connection.open(call)
    return { state: 'ready', repository: id }
  } catch (error) {
    if (BackupError.is(error, 'cancelled')) throw error
    const problem = inOurWords(error)
    if (BackupError.is(error, 'key')) return { state: 'locked', problem }
    if (!isNotThere(error)) return { state: 'unreachable', problem }
    const repository = await connection.remembered().catch(() => undefined)
    return repository === undefined ? { state: 'new' } : { state: 'missing', repository, problem }
  }
}

export function settingsOf(config: BackupConfig, zone: string, collection: Bounds): BackupSettings {
  const { source, providers, copies, keys, retention, whenFull, schedule, compression = 'auto', suite = 'aes-256-gcm' } = config
  const titles = (policies: RetentionPolicy | readonly RetentionPolicy[]): string[] => [policies].flat().map(({ title }) => title)
  return {
    source: { name: source.name, label: source.label, selective: source.selective ?? false, ...(source.parts && { parts: source.parts }) },
    providers: providers.map((provider) => ({ name: provider.name, location: provider.location, nearby: capabilitiesOf(provider).nearby })),
    copies: { required: copies?.required ?? 1, target: copies?.target ?? providers.length },
    keys: [keys].flat().map(({ name }) => name),
    retention: titles(retention ?? []),
    ...(whenFull && { whenFull: { above: whenFull.above ?? defaultShare, retention: titles(whenFull.retention) } }),
    ...(schedule && { schedule }),
    zone,
    compression,
    suite,
    deltas: config.deltas ?? false,
    collection,
    targets: config.targets ?? {},
    notify: (config.notify ?? []).map(({ name }) => name),
  }
}
