import { codecIds } from './contract/codec.ts'
import { type AuditPage, type AuditRequest, listAudit } from './audit/list.ts'
import { auditHead } from './audit/head.ts'
import { type AuditReport, verifyAudit } from './audit/verify.ts'
import type { Authority } from './contract/authority.ts'
import type { CodecChoice } from './contract/lane.ts'
import type { BackupProvider, CallOptions } from './contract/provider.ts'
import type { SnapshotKind } from './format/commit.ts'
import type { SnapshotEntry } from './contract/source.ts'
import { listEntries, readEntry } from './read/browse.ts'
import { chooseSnapshot } from './read/choose.ts'
import { type SnapshotDifference, compareSnapshots } from './read/compare.ts'
import { type StreamPart, readStream } from './read/read-stream.ts'
import type { SnapshotInfo } from './read/snapshot.ts'
import { snapshotMarks } from './read/marks.ts'
import { type CopyKnowledge, type StoredSnapshot, storedSnapshot, storedSnapshots } from './read/snapshot-copies.ts'
import { type VerifyDepth, type VerifyReport, verifyRun } from './read/verify-run.ts'
import { drillRun } from './drill/drill-run.ts'
import { listDrills } from './drill/drills.ts'
import { isAuthentic } from './drill/evidence.ts'
import type { DrillReport } from './drill/report.ts'
import { recordVerify } from './scrub/record-others.ts'
import { type ScrubReport, scrubRun } from './scrub/scrub-run.ts'
import type { ReplicaStatus, ReplicatedProvider } from './replicate/replicated.ts'
import type { InitResult } from './repository/init.ts'
import { readRemovals } from './repository/removals.ts'
import { type BackupKeys, backupKeys } from './backup-keys.ts'
import { type BackupRestore, backupRestore } from './backup-restore.ts'
import { type BackupRetention, backupRetention } from './backup-retention.ts'
import { type BackupSettings, type SetupState, setupState, settingsOf } from './backup-setup.ts'
import type { BackupConfig } from './config.ts'
import type { BackupError } from './errors.ts'
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

export interface ReadRequest extends CallOptions, StreamPart {}

export interface EntriesRequest extends CallOptions {
  /** Only what lies directly in it; `.` is the top. @default everything, at any depth */
  readonly folder?: string
}

export interface VerifyRequest extends CallOptions {
  /** @default 'structure' */
  readonly depth?: VerifyDepth
}

export interface ScrubRequest extends CallOptions {
  /**
   * How many bytes to look at, of what each provider holds. What a provider vouches for counts, though it is not read.
   * @default a thirtieth of what it holds: done daily, everything is looked at once a month
   */
  readonly budgetBytes?: number
}

export interface DrillRequest extends CallOptions, Authority {
  /** `latest`, `random`, or the beginning of an id. @default 'latest' */
  readonly snapshot?: string
  /** Where to restore to, in the source's terms; never the live place, and nothing may be there. @default a private folder in local state */
  readonly to?: string
  /** Leave what was restored at `to`. It is not encrypted. @default false */
  readonly keep?: boolean
  /** Machine that does it, for the evidence. */
  readonly host?: string
}

/** Backup and recovery of one source. */
export interface Backup extends BackupRestore, BackupRetention {
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
  /**
   * The bytes of one stream, in order, without restoring anything; only what is asked for is fetched.
   *
   * @param snapshot `latest`, or the beginning of an id
   * @throws `not-found` when the snapshot has no such stream
   */
  read(snapshot: string, stream: string, request?: ReadRequest): AsyncIterable<Uint8Array>
  /**
   * What is in a snapshot, as its source sees it, without restoring it: each folder before what is in it.
   *
   * @param snapshot `latest`, or the beginning of an id
   * @throws `unsupported` when the source has no files; `not-found` when there is nothing with the path of the folder
   */
  entries(snapshot: string, request?: EntriesRequest): AsyncIterable<SnapshotEntry>
  /**
   * The bytes of one file in a snapshot, without restoring anything; only what is asked for is fetched.
   *
   * @throws `not-found` when there is nothing with this path, and which is near; `config` for a folder or a link; `unsupported`
   */
  readEntry(snapshot: string, path: string, request?: ReadRequest): AsyncIterable<Uint8Array>
  /** What is different between two snapshots, by their lists: no data is read. @param from, to `latest`, or the beginning of an id */
  diff(from: string, to: string, options?: CallOptions): Promise<SnapshotDifference>
  /** Looks for damage, as thoroughly as asked for. */
  verify(request?: VerifyRequest): Run<VerifyReport>
  /**
   * Looks at what is stored, a part of it each time: damaged objects first, then those that nobody has looked at for longest. What is
   * damaged at one provider and good at another is replaced.
   */
  scrub(request?: ScrubRequest): Run<ScrubReport>
  /**
   * Restores a snapshot for a trial to a place where nobody needs it, has its source look at the result, measures how long that takes,
   * clears it away, and keeps the evidence in the repository. What turns out to be damaged is a result; when the drill itself cannot be
   * carried out, it rejects.
   *
   * @throws `config` when the place is the live one.
   */
  drill(request?: DrillRequest): Run<DrillReport>
  /** The evidence of drills, oldest first. */
  drills(options?: CallOptions): Promise<readonly DrillReport[]>
  /**
   * Whether a report, also one that was exported and read again, is to the letter what somebody wrote who had the keys of this repository.
   *
   * @throws `config` for what is no report of a drill on this repository; `key` when its keys are not there any more
   */
  verifyEvidence(report: DrillReport, options?: CallOptions): Promise<boolean>
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
  /** Checks that nothing was changed in the audit trail, or taken out of it. {@link AuditReport} says what that proves. */
  verifyAudit(options?: CallOptions): Promise<AuditReport>
  /** The secrets that open the repository. */
  readonly keys: BackupKeys
  /** Releases what is held. */
  close(): Promise<void>
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
    ...backupRestore({ config, connection, clock, workers, takeSnapshot: takeSafety, run }),
    async *read(wanted, stream, { offset, length, signal } = {}) {
      const call = signal ? { signal } : {}
      const repository = await connection.open(call)
      await repository.refresh(call)
      const part = { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) }
      yield* readStream(repository, chooseSnapshot(repository, wanted), stream, part, call)
    },
    async *entries(wanted, { folder, ...call } = {}) {
      const repository = await connection.open(call)
      await repository.refresh(call)
      yield* listEntries(repository, chooseSnapshot(repository, wanted), source, folder, call)
    },
    async *readEntry(wanted, path, { offset, length, ...call } = {}) {
      const repository = await connection.open(call)
      await repository.refresh(call)
      const part = { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) }
      yield* readEntry(repository, chooseSnapshot(repository, wanted), source, path, part, call)
    },
    async diff(from, to, options = {}) {
      const repository = await connection.open(options)
      await repository.refresh(options)
      return compareSnapshots(repository, chooseSnapshot(repository, from), chooseSnapshot(repository, to), options)
    },
    verify({ depth = 'structure', signal } = {}) {
      const body = async (context: RunContext): Promise<VerifyReport> => {
        const repository = await connection.open(context)
        const report = await verifyRun(repository, context, { depth, source, workers })
        await recordVerify(repository, context, report, clock())
        return report
      }
      return run('verify', signal, body)
    },
    scrub({ budgetBytes, signal } = {}) {
      const options = { workers, clock, ...(budgetBytes !== undefined && { budgetBytes }) }
      return run('scrub', signal, async (context) => scrubRun(await connection.open(context), context, options))
    },
    drill({ signal, snapshot = 'latest', keep = false, ...request } = {}) {
      const options = { ...request, source, snapshot, keep, workers, clock }
      return run('drill', signal, async (context) => drillRun(await connection.open(context), context, options))
    },
    drills: async (options) => listDrills(await connection.open(options), options),
    async verifyEvidence(report, options) {
      const { runtime, ring } = await connection.open(options)
      return isAuthentic(runtime.crypto, ring, report)
    },
    ...backupRetention({ config, connection, clock, zone, bounds, workers, codec, knowledge, run }),
    async audit(request = {}) {
      return listAudit(await connection.open(request), request)
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
