import { appendAudit } from './audit/append.ts'
import type { AuditAction } from './audit/actions.ts'
import type { BackupConfig } from './config.ts'
import type { Connection } from './connect/connection.ts'
import type { Authority } from './contract/authority.ts'
import type { CallOptions } from './contract/provider.ts'
import type { RetentionPolicy } from './contract/retention.ts'
import { BackupError } from './errors.ts'
import { type RetentionPlan, forecastRetention, planRetention } from './keep/plan.ts'
import type { CodecChoice } from './contract/lane.ts'
import { type CollectOptions, type CollectionReport, collectRun, collectionPlan } from './prune/collect-run.ts'
import type { CollectionPlan } from './prune/collection-plan.ts'
import { type Hold, readHolds, releaseHold, writeHold } from './prune/holds.ts'
import { policiesFor } from './prune/policies.ts'
import { type RetentionOptions, type RetentionReport, retain, retentionAt } from './prune/retention.ts'
import { bringBack, throwAway } from './prune/throw-away.ts'
import { type TrashedSnapshot, chooseTrashed, trashedSnapshots } from './prune/trashed.ts'
import { chooseSnapshot } from './read/choose.ts'
import type { CopyKnowledge } from './read/snapshot-copies.ts'
import type { Repository } from './repository/repository.ts'
import type { Bounds } from './session/bounds.ts'
import type { Operation } from './events.ts'
import type { Run, RunContext } from './track/run.ts'

/** Who wants it, and why. */
export interface AuthorisedCall extends CallOptions, Authority {}

export interface HoldRequest extends AuthorisedCall {
  /** The hold ends by itself then. */
  readonly until?: Date
}

export interface RetentionPlanRequest extends CallOptions {
  /** Other policies than those of the configuration, to see what they would do. */
  readonly retention?: RetentionPolicy | readonly RetentionPolicy[]
  /** What counts as now. @default the time of the clock */
  readonly at?: Date
}

export interface RetentionForecastRequest extends Omit<RetentionPlanRequest, 'at'> {
  /** Times to look at, ascending. */
  readonly at: readonly Date[]
}

export interface RetainRequest extends AuthorisedCall {
  /** Go on although the newest snapshots do not fit those before them. Needs a reason. @default false */
  readonly force?: boolean
}

export interface PruneReport {
  /** Absent without policies: then everything is kept. */
  readonly retention?: RetentionReport
  readonly collection: CollectionReport
}

/** What is kept, what goes, how it comes back, and when its space is free. Who does so and why is in the audit trail before it is done. */
export interface BackupRetention {
  /** Which snapshots the retention policies keep, which not, and why. Removes nothing. */
  retentionPlan(request?: RetentionPlanRequest): Promise<RetentionPlan>
  /**
   * The same for several times, if no more backups were made and everything were pruned in time: when each snapshot would go. Each plan
   * is about what the one before it keeps. Removes nothing.
   *
   * @throws `config` for times that do not ascend
   * @example
   * ```ts
   * const [soon, later] = await backup.retentionForecast({ at: [new Date('2032-01-01'), new Date('2033-01-01')] })
   * ```
   */
  retentionForecast(request: RetentionForecastRequest): Promise<RetentionPlan[]>
  /**
   * Moves the snapshots that retention does not keep into the trash. Does nothing, and says why, when the newest snapshots look as if
   * something had happened to the data; unless somebody reviewed the plan.
   *
   * @param reviewed a plan that somebody looked at; refused with `config` when it would drop what is kept by now
   */
  retain(reviewed?: RetentionPlan, request?: RetainRequest): Run<RetentionReport>
  /** Moves snapshots into the trash. @param snapshots ids, or beginnings of them @throws `config` without a reason */
  remove(snapshots: readonly string[], request: AuthorisedCall): Promise<{ readonly until: Date }>
  /** Snapshots that were removed and can be brought back, oldest first. */
  trash(options?: CallOptions): Promise<TrashedSnapshot[]>
  /** Brings removed snapshots back. @throws `config` without a reason; `not-found` when it is too late */
  undelete(snapshots: readonly string[], request: AuthorisedCall): Promise<void>
  /** Nothing and nobody removes these snapshots until the hold is released. @throws `config` without a reason */
  hold(snapshots: readonly string[], request: HoldRequest): Promise<Hold>
  /** @param hold its id, or the beginning of it @throws `config` without a reason */
  release(hold: string, request: AuthorisedCall): Promise<Hold>
  /** Holds that are in force. */
  holds(options?: CallOptions): Promise<Hold[]>
  /** What a collection would do now. Changes nothing. */
  collectionPlan(options?: CallOptions): Promise<CollectionPlan>
  /**
   * Reclaims space, while others may be writing: what nothing needs is announced, and removed days later; what lies scattered is
   * gathered. To be called once a day or once a week.
   */
  collect(request?: AuthorisedCall): Run<CollectionReport>
  /** `retain()`, then `collect()`: what a schedule calls. */
  prune(request?: RetainRequest): Run<PruneReport>
}

/** What the other parts of a backup know. */
export interface RetentionSetting {
  readonly config: BackupConfig
  readonly connection: Connection
  readonly clock: () => Date
  readonly zone: string
  readonly bounds: Bounds
  readonly workers: number
  readonly codec: CodecChoice
  knowledge(): Promise<CopyKnowledge>
  run<Result>(operation: Operation, signal: AbortSignal | undefined, body: (context: RunContext) => Promise<Result>): Run<Result>
}

export function backupRetention({ config, connection, clock, zone, bounds, workers, codec, knowledge, run }: RetentionSetting): BackupRetention {
  const hasPolicies = [config.retention ?? []].flat().length > 0

  const options = async (call: CallOptions): Promise<RetentionOptions> => ({
    policies: await policiesFor(config, call),
    zone,
    clock,
    knowledge: await knowledge(),
  })
  const ahead = async (other: RetentionPlanRequest['retention'], times: readonly Date[], plan: typeof planRetention, call: CallOptions): Promise<RetentionPlan[]> => {
    const usual = await options(call)
    return retentionAt(await connection.open(call), { ...usual, ...(other && { policies: [other].flat() }) }, times, plan, call)
  }
  const fresh = async (call: CallOptions): Promise<Repository> => {
    const repository = await connection.open(call)
    await repository.refresh(call)
    return repository
  }
  const recorder =
    (repository: Repository, action: AuditAction, authority: Authority, call: CallOptions) =>
    async (subject: readonly string[], details: Readonly<Record<string, unknown>> = {}): Promise<void> =>
      void (await appendAudit(repository, { action, authority, subject, details }, clock(), call))

  const retainNow = async (context: RunContext, reviewed: RetentionPlan | undefined, request: RetainRequest): Promise<RetentionReport> => {
    const call = { signal: context.signal }
    const repository = await connection.open(context)
    const { force = false, actor, reason } = request
    const authority = { ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) }
    const record = recorder(repository, 'retain', authority, call)
    const report = await retain(repository, reviewed, { authority, force, record, bounds, ...(await options(call)) }, call)
    for (const { message } of report.paused) {
      context.warn(`Retention removes nothing: ${message}`, 'Look at the data. If all is well, review the plan and apply it, or use "force" with a reason.')
    }
    return report
  }
  const collecting = (repository: Repository, authority: Authority, call: CallOptions): CollectOptions => ({
    bounds,
    clock,
    workers,
    codec,
    record: ({ snapshots, remove }) => {
      const bytes = remove.reduce((sum, pack) => sum + pack.bytes, 0)
      return recorder(repository, 'collect', authority, call)(snapshots, { packs: remove.length, bytes })
    },
  })
  const collectNow = async (context: RunContext, { actor, reason }: Authority): Promise<CollectionReport> => {
    const repository = await connection.open(context, 'write')
    const authority = { ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) }
    return connection.guarded(() => collectRun(repository, context, collecting(repository, authority, { signal: context.signal })))
  }

  return {
    async retentionPlan({ retention, at = clock(), ...call } = {}) {
      const [plan] = await ahead(retention, [at], planRetention, call)
      return plan!
    },
    async retentionForecast({ retention, at, ...call }) {
      if (at.some((time, n) => n > 0 && time < at[n - 1]!)) {
        throw new BackupError('config', 'A forecast needs times that ascend.', { key: 'at' })
      }
      return ahead(retention, at, forecastRetention, call)
    },
    retain: (reviewed, request = {}) => run('retain', request.signal, (context) => retainNow(context, reviewed, request)),
    async remove(wanted, { signal, ...authority }) {
      const call = signal ? { signal } : {}
      const repository = await fresh(call)
      const names = wanted.map((each) => chooseSnapshot(repository, each).name)
      const record = recorder(repository, 'remove', authority, call)
      return { until: await throwAway(repository, names, { authority, bounds, record, now: clock() }, call) }
    },
    trash: async (call = {}) => trashedSnapshots(await fresh(call)),
    async undelete(wanted, { signal, ...authority }) {
      const call = signal ? { signal } : {}
      const repository = await fresh(call)
      const names = wanted.map((each) => chooseTrashed(repository, each))
      await bringBack(repository, names, { authority, record: recorder(repository, 'undelete', authority, call), now: clock() }, call)
    },
    async hold(wanted, { signal, until, ...authority }) {
      const call = signal ? { signal } : {}
      const repository = await fresh(call)
      const names = wanted.map((each) => chooseSnapshot(repository, each).name)
      const record = recorder(repository, 'hold', authority, call)
      return writeHold(repository, names, { authority, record, now: clock(), ...(until && { until }) }, call)
    },
    async release(hold, { signal, ...authority }) {
      const call = signal ? { signal } : {}
      const repository = await connection.open(call)
      return releaseHold(repository, hold, { authority, record: recorder(repository, 'release', authority, call), now: clock() }, call)
    },
    holds: async (call = {}) => readHolds(await connection.open(call), clock(), call),
    async collectionPlan(call = {}) {
      const repository = await connection.open(call)
      return collectionPlan(repository, collecting(repository, {}, call), call)
    },
    collect: (request = {}) => run('collect', request.signal, (context) => collectNow(context, request)),
    prune(request = {}) {
      return run('collect', request.signal, async (context) => {
        const report = hasPolicies ? await retainNow(context, undefined, request) : undefined
        return { ...(report && { retention: report }), collection: await collectNow(context, request) }
      })
    },
  }
}
