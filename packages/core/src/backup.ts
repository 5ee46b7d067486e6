import { codecIds } from './contract/codec.ts'
import { type AuditPage, type AuditRequest, listAudit } from './audit/list.ts'
import { type HostDeed, isHostDeed } from './audit/actions.ts'
import { appendAudit } from './audit/append.ts'
import type { AuditEntry } from './audit/entry.ts'
import { auditHead } from './audit/head.ts'
import { type AuditReport, verifyAudit } from './audit/verify.ts'
import type { CodecChoice } from './contract/lane.ts'
import type { BackupProvider, CallOptions } from './contract/provider.ts'
import type { SnapshotKind } from './format/commit.ts'
import type { SnapshotInfo } from './read/snapshot.ts'
import { snapshotMarks } from './read/marks.ts'
import { type CopyKnowledge, type StoredSnapshot, storedSnapshot, storedSnapshots } from './read/snapshot-copies.ts'
import type { ReplicaStatus, ReplicatedProvider } from './replicate/replicated.ts'
import type { InitResult } from './repository/init.ts'
import { readRemovals } from './repository/removals.ts'
import { type BackupKeys, backupKeys } from './backup-keys.ts'
import { type BackupReading, backupReading } from './backup-reading.ts'
import { type BackupRestore, backupRestore } from './backup-restore.ts'
import { type AuthorisedCall, type BackupRetention, backupRetention } from './backup-retention.ts'
import { type BackupSettings, type SetupState, setupState, settingsOf } from './backup-setup.ts'
import type { BackupConfig } from './config.ts'
import { BackupError } from './errors.ts'
import type { BackupEvent, Operation } from './events.ts'
import { checkOptions } from './check-options.ts'
import { createConnection } from './connect/connection.ts'
import { type HealthMonitor, createHealthMonitor } from './health/monitor.ts'
import { type Bounds, checkBounds, defaultBounds } from './session/bounds.ts'
import type { Schedule } from './schedule/schedule.ts'
import { createListeners } from './track/listeners.ts'
import { type Run, type RunContext, startRun } from './track/run.ts'
import { backupRun } from './write/backup-run.ts'
import type { BackupOptions } from './write/options.ts'
import { wasOutrun } from './write/claim.ts'

export interface RunRequest extends CallOptions {
  /** @default 'manual' */
  readonly kind?: SnapshotKind
  readonly tags?: readonly string[]
  readonly note?: string
}

/** Backup and recovery of one source. */
export interface Backup extends BackupReading, BackupRestore, BackupRetention {
  /** The configuration, as far as it is no secret. */
  readonly settings: BackupSettings
  /** Whether the repository is there and opens. What does not work is a state and no error. */
  setup(options?: CallOptions): Promise<SetupState>
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
  /** How it stands with each provider: what it lacks, and what is wrong with it. */
  copies(options?: CallOptions): Promise<readonly ReplicaStatus[]>
  /**
   * Compares what the providers hold, by name, and brings each what it lacks. Runs do so by themselves as long as they know what is
   * missing; this finds out, after a provider was added or somebody removed objects.
   *
   * @returns how it stands afterwards: a provider that does not work still lacks what it lacked
   */
  sync(request?: SyncRequest): Promise<readonly ReplicaStatus[]>
  /**
   * Tells what happens in this process: in all runs of this backup, whoever started them, and between them. A listener that throws is
   * not heard.
   *
   * @returns what ends it
   * @example
   * ```ts
   * const end = backup.subscribe((event) => console.log(event.type))
   * ```
   */
  subscribe(listener: (event: BackupEvent) => void): () => void
  /** Cancels a run of this process by the `run` of its events, whoever started it. @returns whether there is such a run */
  cancel(run: string, reason?: string): boolean
  /** How it stands, in figures. What does not work is a fact and no error. */
  readonly status: HealthMonitor['status']
  /**
   * How it is, why, and what to do. Asks every provider, and waits a minute at most for the repository and 15 seconds for each of
   * them. What does not work is a reason and no error.
   *
   * @example
   * ```ts
   * const { level, reasons } = await backup.health()
   * for (const { title, action } of reasons) console.log(`${level}: ${title}. ${action}`)
   * ```
   */
  readonly health: HealthMonitor['health']
  /** The same, and tells the plugins in `notify` of what is new, still there after a long time, or over: each once. */
  readonly checkHealth: HealthMonitor['checkHealth']
  /**
   * Checks health every five minutes, until the signal fires or the backup is closed.
   *
   * @throws `cancelled` when the signal has fired already; `config` for an interval that is none
   */
  readonly watch: HealthMonitor['watch']
  /** When backups are to be taken, with the zone that counts: for `backupJobs()`. Nothing starts by itself. */
  readonly schedule?: Schedule
  /** Who did what that cannot be taken lightly, when and why: restores, removals, holds, changes of keys. The newest entry is last. */
  audit(request?: AuditRequest): Promise<AuditPage>
  /**
   * Records in the audit trail what your application does around the backup. Before it is done, where that can wait: then nothing of the
   * kind is done unrecorded.
   *
   * @throws whatever keeps it from being recorded; `config` for what a backup records by itself
   * @example
   * ```ts
   * await backup.recordDeed('schedule-pause', { subject: ['shop-backup'], actor: 'anna@example.org', reason: 'The disk is being replaced' })
   * ```
   */
  recordDeed(deed: HostDeed, request: DeedRequest): Promise<AuditEntry>
  /** Checks that nothing was changed in the audit trail, or taken out of it. {@link AuditReport} says what that proves. */
  verifyAudit(options?: CallOptions): Promise<AuditReport>
  /** The secrets that open the repository. */
  readonly keys: BackupKeys
  /** Releases what is held. */
  close(): Promise<void>
}

export interface DeedRequest extends AuthorisedCall {
  /** What it was done to: ids of accounts, names of jobs. */
  readonly subject: readonly string[]
}

export interface SyncRequest extends CallOptions {
  /** List everything the providers hold. Without it, only what is known to be missing is brought to them. @default true */
  readonly compare?: boolean
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
  const listeners = createListeners()
  const runs = new Map<string, Run<unknown>>()
  const connection = createConnection(config, clock, listeners.tell)
  const workers = config.workers ?? Math.min(connection.runtime.lanes, 4)
  const zone = config.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const bounds: Bounds = { ...defaultBounds, ...config.collection }
  const run = <Result>(
    operation: Operation,
    signal: AbortSignal | undefined,
    body: (context: RunContext) => Promise<Result>,
    summary?: (result: Result) => { snapshot?: SnapshotInfo },
  ): Run<Result> => {
    const started = startRun({
      operation,
      label: source.label,
      signal,
      notifiers: config.notify ?? [],
      clock,
      also: listeners.tell,
      body: (context) => monitor.record(operation, context, body),
      ...(summary && { summary }),
    })
    runs.set(started.id, started)
    void started.finally(() => runs.delete(started.id)).catch(() => {})
    return started
  }

  const knowledge = async (): Promise<CopyKnowledge> => {
    const { required = 1, target = config.providers.length } = config.copies ?? {}
    const place = await connection.place()
    const locations = config.providers.map(({ location }) => location)
    return { locations, required, target, ...('holds' in place && { holds: place.holds }) }
  }

  const monitor = createHealthMonitor({ config, connection, knowledge, zone }, clock, listeners.tell)
  const codec = codecChoice(config)
  const takeSnapshot = async (context: RunContext, described: Pick<BackupOptions, 'kind' | 'tags' | 'note'>): Promise<StoredSnapshot> => {
    const settings = { codec, workers, deltas: config.deltas ?? false, zone, clock, bounds }
    for (let attempt = 1; ; attempt++) {
      const repository = await connection.open(context, 'write')
      checkBounds(bounds, repository.provider)
      const audit = await auditHead(repository)
      const options = { source, ...described, ...settings, ...(audit !== undefined && { audit }) }
      try {
        const { id } = await connection.guarded(() => backupRun(repository, context, options))
        return storedSnapshot(repository, await knowledge(), id)
      } catch (error) {
        if (!wasOutrun(error) || attempt === 3) throw error
        context.warn((error as BackupError).message, 'It is done again at once, with what was stored so far.')
      }
    }
  }
  const takeSafety = (context: RunContext, note: string): Promise<StoredSnapshot> =>
    takeSnapshot(context, { kind: 'safety', tags: [], note })

  return {
    ...(config.schedule && { schedule: { zone, ...config.schedule } }),
    settings: settingsOf(config, zone, bounds),
    setup: (options = {}) => setupState(connection, options),
    init: (options) => connection.init(options),
    run({ kind = 'manual', tags = [], note, signal } = {}) {
      const body = (context: RunContext): Promise<StoredSnapshot> => takeSnapshot(context, { kind, tags, note: note ?? null })
      return run('backup', signal, body, (snapshot) => ({ snapshot }))
    },
    async snapshots(options) {
      const repository = await connection.open(options)
      await repository.refresh(options)
      return storedSnapshots(repository, await knowledge(), await snapshotMarks(repository, options))
    },
    ...backupReading({ source, connection, clock, workers, run }),
    ...backupRestore({ config, connection, clock, workers, takeSnapshot: takeSafety, run }),
    ...backupRetention({ config, connection, clock, zone, bounds, workers, codec, knowledge, run }),
    async audit(request = {}) {
      return listAudit(await connection.open(request), request)
    },
    async recordDeed(action, { subject, signal, ...authority }) {
      if (!isHostDeed(action)) throw new BackupError('config', `"${String(action)}" is nothing that an application does around a backup.`, { key: 'deed' })
      const call = signal ? { signal } : {}
      return appendAudit(await connection.open(call), { action, authority, subject }, clock(), call)
    },
    async verifyAudit(options = {}) {
      const repository = await connection.open(options)
      await repository.refresh(options)
      return verifyAudit(repository, options)
    },
    keys: backupKeys(connection, clock, (signal, body) => run('keys', signal, body)),
    copies: async (options = {}) => statusOf(await connection.place(options)),
    async sync({ compare = true, ...options } = {}) {
      const place = await connection.place(options)
      if ('compare' in place) {
        // What was removed must not be brought to anybody.
        await readRemovals(await connection.open(options), options)
        await (compare ? place.compare(options) : place.retry())
        await place.delivered()
      }
      return statusOf(place)
    },
    subscribe: listeners.add,
    cancel(id, reason) {
      const found = runs.get(id)
      found?.cancel(reason)
      return found !== undefined
    },
    status: monitor.status,
    health: monitor.health,
    checkHealth: monitor.checkHealth,
    watch: monitor.watch,
    async close() {
      await monitor.close()
      await connection.close()
    },
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
