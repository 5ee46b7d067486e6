import { codecIds } from './contract/codec.ts'
import type { KeyProvider } from './contract/key.ts'
import type { CodecChoice } from './contract/lane.ts'
import type { BackupProvider, CallOptions } from './contract/provider.ts'
import { type RetentionPlan, planRetention } from './keep/plan.ts'
import type { SnapshotKind } from './format/commit.ts'
import { chooseSnapshot, sortedSnapshots } from './read/choose.ts'
import { type RestorePlan, describePlan, planStreams, selectStreams, wantedPlaces } from './read/plan.ts'
import { type RestoreReport, restoreRun } from './read/restore-run.ts'
import type { SnapshotInfo } from './read/snapshot.ts'
import { type CopyKnowledge, type StoredSnapshot, storedSnapshot, storedSnapshots } from './read/snapshot-copies.ts'
import { type VerifyDepth, type VerifyReport, verifyRun } from './read/verify-run.ts'
import type { ReplicaStatus, ReplicatedProvider } from './replicate/replicated.ts'
import type { InitResult } from './repository/init.ts'
import { addSlot, replaceSlot, rotateKeys } from './repository/keys.ts'
import type { BackupConfig } from './config.ts'
import { checkOptions } from './check-options.ts'
import { createConnection } from './connect/connection.ts'
import { type Run, type RunContext, startRun } from './track/run.ts'
import { backupRun } from './write/backup-run.ts'

export interface RunRequest extends CallOptions {
  /** @default 'manual' */
  readonly kind?: SnapshotKind
  readonly tags?: readonly string[]
  readonly note?: string
}

export interface RestoreRequest extends CallOptions {
  /** Where to, in the source's terms; the live place when absent. Of several sources, those that go to a place each: the others are left out. */
  readonly to?: string | Readonly<Record<string, string>>
  /** Which of what is in the snapshot, in the terms of a source that can do that: `['photos/2024/**']` of files. @default everything */
  readonly only?: readonly string[]
  /** Replace what is there. @default false */
  readonly overwrite?: boolean
  /** Let the source check the result, as in {@link BackupSource.check}. @default false: every byte was proved already */
  readonly check?: boolean
}

export interface VerifyRequest extends CallOptions {
  /** @default 'structure' */
  readonly depth?: VerifyDepth
}

/** Backup and recovery of one source. */
export interface Backup {
  /**
   * Makes the repository, once. Does nothing when there is one already.
   *
   * @throws `target-missing` when local state knows that there was a repository in this place: it is gone, not new.
   * `busy` when somebody else makes one in the same moment: call it again.
   */
  init(options?: CallOptions): Promise<InitResult>
  /** Takes a snapshot. */
  run(request?: RunRequest): Run<StoredSnapshot>
  /** Oldest first, with where each of them is. */
  snapshots(options?: CallOptions): Promise<StoredSnapshot[]>
  /** What a restore would do; touches nothing. @param snapshot `latest`, or the beginning of an id */
  plan(snapshot: string, request?: RestoreRequest): Promise<RestorePlan>
  /** Brings a snapshot back, all or nothing. @param snapshot `latest`, or the beginning of an id */
  restore(snapshot: string, request?: RestoreRequest): Run<RestoreReport>
  /** Looks for damage, as thoroughly as asked for. */
  verify(request?: VerifyRequest): Run<VerifyReport>
  /** Which snapshots the retention policies keep, which not, and why. Removes nothing. */
  retentionPlan(options?: CallOptions): Promise<RetentionPlan>
  /** How it stands with each provider: what it lacks, and what is wrong with it. */
  copies(options?: CallOptions): Promise<readonly ReplicaStatus[]>
  /**
   * Compares what the providers hold, by name, and brings each what it lacks. Runs do so by themselves as long as they know what is
   * missing; this finds out, after a provider was added or somebody removed objects.
   *
   * @returns how it stands afterwards: a provider that does not work still lacks what it lacked
   */
  sync(request?: SyncRequest): Promise<readonly ReplicaStatus[]>
  /** The secrets that open the repository. */
  readonly keys: BackupKeys
  /** Releases what is held. */
  close(): Promise<void>
}

export interface SyncRequest extends CallOptions {
  /** List everything the providers hold. Without it, only what is known to be missing is brought to them. @default true */
  readonly compare?: boolean
}

export interface BackupKeys {
  /** One more secret that opens the repository. */
  add(secret: KeyProvider, options?: CallOptions): Promise<void>
  /** Changes a passphrase: `next` opens the repository from now on, `old` does not. */
  replace(old: KeyProvider, next: KeyProvider, options?: CallOptions): Promise<void>
  /** Seals everything from now on with new keys, which `secrets` and the returned recovery code open. All other secrets stop working. */
  rotate(secrets: readonly KeyProvider[], options?: CallOptions): Promise<{ readonly recoveryCode: string }>
}

/**
 * Puts source, provider and keys together. Touches nothing until a method is called.
 *
 * @throws `config` when an option is missing or wrong.
 */
export function createBackup(config: BackupConfig): Backup {
  checkOptions(config)
  const { source } = config
  const clock = config.clock ?? ((): Date => new Date())
  const connection = createConnection(config, clock)
  const workers = config.workers ?? Math.min(connection.runtime.lanes, 4)
  const policies = [config.retention ?? []].flat()
  const zone = config.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const run = <Result>(
    operation: 'backup' | 'restore' | 'verify',
    signal: AbortSignal | undefined,
    body: (context: RunContext) => Promise<Result>,
    summary?: (result: Result) => { snapshot?: SnapshotInfo },
  ): Run<Result> =>
    startRun({
      operation,
      label: source.label,
      signal,
      notifiers: config.notify ?? [],
      clock,
      body: (context) => connection.exclusive(context, () => body(context)),
      ...(summary && { summary }),
    })

  const knowledge = async (): Promise<CopyKnowledge> => {
    const { required = 1, target = config.providers.length } = config.copies ?? {}
    const place = await connection.place()
    const locations = config.providers.map(({ location }) => location)
    return { locations, required, target, holds: 'holds' in place ? place.holds : () => true }
  }

  return {
    init: (options) => connection.init(options),
    run({ kind = 'manual', tags = [], note = null as string | null, signal } = {}) {
      const body = async (context: RunContext): Promise<StoredSnapshot> => {
        const repository = await connection.open(context, 'write')
        const options = { source, kind, tags, note: note ?? null, codec: codecChoice(config), workers, deltas: config.deltas ?? false, zone, clock }
        const { id } = await connection.guarded(() => backupRun(repository, context, options))
        return storedSnapshot(repository, await knowledge(), id)
      }
      return run('backup', signal, body, (snapshot) => ({ snapshot }))
    },
    async snapshots(options) {
      const repository = await connection.open(options)
      await repository.refresh(options)
      return storedSnapshots(repository, await knowledge())
    },
    async plan(wanted, { to, only, overwrite = false, signal } = {}) {
      const call = signal ? { signal } : {}
      const repository = await connection.open(call)
      await repository.refresh(call)
      const chosen = chooseSnapshot(repository, wanted)
      const sink = await source.restore({ ...call, ...wantedPlaces(source, { ...(to !== undefined && { to }), ...(only && { only }) }), overwrite, proof: chosen.commit.proof, warn: () => {} })
      try {
        const streams = selectStreams(await planStreams(repository, chosen, call), sink)
        return await describePlan(repository, chosen, streams, to, sink)
      } finally {
        await sink.abort()
      }
    },
    restore(wanted, { to, only, overwrite = false, check = false, signal } = {}) {
      const body = async (context: RunContext): Promise<RestoreReport> => {
        const repository = await connection.open(context)
        await repository.refresh({ signal: context.signal })
        const options = { source, overwrite, check, workers, ...(to !== undefined && { to }), ...(only && { only }) }
        return restoreRun(repository, context, chooseSnapshot(repository, wanted), options)
      }
      return run('restore', signal, body, ({ snapshot }) => ({ snapshot }))
    },
    verify({ depth = 'structure', signal } = {}) {
      return run('verify', signal, async (context) => verifyRun(await connection.open(context), context, { depth, source, workers }))
    },
    async retentionPlan(options) {
      const repository = await connection.open(options)
      await repository.refresh(options)
      const snapshots = sortedSnapshots(repository).map(({ name, commit: { time, kind, tags } }) => ({ id: name, time, kind, tags }))
      return planRetention(snapshots, policies, { now: clock(), zone })
    },
    keys: {
      add: async (secret, options = {}) => addSlot(await connection.open(options), secret, clock(), options),
      replace: async (old, next, options = {}) => replaceSlot(await connection.open(options), old, next, clock(), options),
      async rotate(secrets, options = {}) {
        const { recoveryCode } = await rotateKeys(await connection.open(options), secrets, clock(), options)
        connection.forget(secrets)
        return { recoveryCode }
      },
    },
    copies: async (options = {}) => statusOf(await connection.place(options)),
    async sync({ compare = true, ...options } = {}) {
      const place = await connection.place(options)
      if ('compare' in place) {
        await (compare ? place.compare(options) : place.retry())
        await place.delivered()
      }
      return statusOf(place)
    },
    close: () => connection.close(),
  }
}

/** A provider on its own lacks nothing that it could get from anywhere. */
function statusOf(place: BackupProvider | ReplicatedProvider): readonly ReplicaStatus[] {
  return 'replicas' in place ? place.replicas() : [{ location: place.location, name: place.name, waiting: 0 }]
}

function codecChoice({ compression = 'auto' }: BackupConfig): CodecChoice {
  if (compression === 'auto') return { codec: 'auto' }
  if (typeof compression === 'string') return { codec: codecIds[compression] }
  const { codec, level } = compression
  return { codec: codecIds[codec], ...(level !== undefined && { level }) }
}
