import { codecIds } from './contract/codec.ts'
import { type AuditPage, type AuditRequest, listAudit } from './audit/list.ts'
import { auditHead } from './audit/head.ts'
import { noteRestore } from './audit/note-restore.ts'
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
import { type RestorePlan, describePlan, planStreams, selectStreams, wantedPlaces } from './read/plan.ts'
import { type RestoreReport, restoreRun } from './read/restore-run.ts'
import type { SnapshotInfo } from './read/snapshot.ts'
import { snapshotMarks } from './read/marks.ts'
import { type CopyKnowledge, type StoredSnapshot, storedSnapshot, storedSnapshots } from './read/snapshot-copies.ts'
import { type VerifyDepth, type VerifyReport, verifyRun } from './read/verify-run.ts'
import { drillRun } from './drill/drill-run.ts'
import { listDrills } from './drill/drills.ts'
import { isAuthentic } from './drill/evidence.ts'
import type { DrillReport } from './drill/report.ts'
import { recordRestore, recordVerify } from './scrub/record-others.ts'
import { type ScrubReport, scrubRun } from './scrub/scrub-run.ts'
import type { ReplicaStatus, ReplicatedProvider } from './replicate/replicated.ts'
import type { InitResult } from './repository/init.ts'
import { readRemovals } from './repository/removals.ts'
import { type BackupKeys, backupKeys } from './backup-keys.ts'
import { type BackupRetention, backupRetention } from './backup-retention.ts'
import type { BackupConfig } from './config.ts'
import type { BackupError } from './errors.ts'
import type { Operation } from './events.ts'
import { checkOptions } from './check-options.ts'
import { createConnection } from './connect/connection.ts'
import { type HealthMonitor, createHealthMonitor } from './health/monitor.ts'
import { type Bounds, checkBounds, defaultBounds } from './session/bounds.ts'
import type { Schedule } from './schedule/schedule.ts'
import { type Run, type RunContext, startRun } from './track/run.ts'
import { backupRun } from './write/backup-run.ts'
import { wasOutrun } from './write/claim.ts'

export interface RunRequest extends CallOptions {
  /** @default 'manual' */
  readonly kind?: SnapshotKind
  readonly tags?: readonly string[]
  readonly note?: string
}

/** Who restores, and why, goes into the audit trail. */
export interface RestoreRequest extends CallOptions, Authority {
  /** Where to, in the source's terms; the live place when absent. Of several sources, those that go to a place each: the others are left out. */
  readonly to?: string | Readonly<Record<string, string>>
  /** Which of what is in the snapshot, in the terms of a source that can do that: `['photos/2024/**']` of files. @default everything */
  readonly only?: readonly string[]
  /** Replace what is there. @default false */
  readonly overwrite?: boolean
  /** Let the source check the result, as in {@link BackupSource.check}. @default false: every byte was proved already */
  readonly check?: boolean
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
export interface Backup extends BackupRetention {
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
  const connection = createConnection(config, clock)
  const workers = config.workers ?? Math.min(connection.runtime.lanes, 4)
  const zone = config.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const bounds: Bounds = { ...defaultBounds, ...config.collection }
  const run = <Result>(
    operation: Operation,
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
      body: (context) => monitor.record(operation, context, body),
      ...(summary && { summary }),
    })

  const knowledge = async (): Promise<CopyKnowledge> => {
    const { required = 1, target = config.providers.length } = config.copies ?? {}
    const place = await connection.place()
    const locations = config.providers.map(({ location }) => location)
    return { locations, required, target, ...('holds' in place && { holds: place.holds }) }
  }

  const monitor = createHealthMonitor({ config, connection, knowledge, zone }, clock)
  const codec = codecChoice(config)

  return {
    ...(config.schedule && { schedule: { zone, ...config.schedule } }),
    init: (options) => connection.init(options),
    run({ kind = 'manual', tags = [], note = null as string | null, signal } = {}) {
      const body = async (context: RunContext): Promise<StoredSnapshot> => {
        const settings = { codec, workers, deltas: config.deltas ?? false, zone, clock, bounds }
        for (let attempt = 1; ; attempt++) {
          const repository = await connection.open(context, 'write')
          checkBounds(bounds, repository.provider)
          const audit = await auditHead(repository)
          const options = { source, kind, tags, note: note ?? null, ...settings, ...(audit !== undefined && { audit }) }
          try {
            const { id } = await connection.guarded(() => backupRun(repository, context, options))
            return storedSnapshot(repository, await knowledge(), id)
          } catch (error) {
            if (!wasOutrun(error) || attempt === 3) throw error
            context.warn((error as BackupError).message, 'It is done again at once, with what was stored so far.')
          }
        }
      }
      return run('backup', signal, body, (snapshot) => ({ snapshot }))
    },
    async snapshots(options) {
      const repository = await connection.open(options)
      await repository.refresh(options)
      return storedSnapshots(repository, await knowledge(), await snapshotMarks(repository, options))
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
    restore(wanted, { to, only, overwrite = false, check = false, signal, ...authority } = {}) {
      const body = async (context: RunContext): Promise<RestoreReport> => {
        const repository = await connection.open(context)
        await repository.refresh({ signal: context.signal })
        const options = { source, overwrite, check, workers, ...(to !== undefined && { to }), ...(only && { only }) }
        const chosen = chooseSnapshot(repository, wanted)
        const report = await restoreRun(repository, context, chosen, options)
        await noteRestore(repository, context, { snapshot: chosen.name, authority, overwrite, ...(to !== undefined && { to }) }, clock())
        await recordRestore(repository, context, report, clock())
        return report
      }
      return run('restore', signal, body, ({ snapshot }) => ({ snapshot }))
    },
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
