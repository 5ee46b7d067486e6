import { noteRestore, recordOverride, recordPart } from './audit/note-restore.ts'
import type { BackupConfig } from './config.ts'
import type { Connection } from './connect/connection.ts'
import type { Authority } from './contract/authority.ts'
import type { CallOptions } from './contract/provider.ts'
import type { RestoredPlace } from './contract/source.ts'
import { BackupError, throwIfAborted } from './errors.ts'
import { reasoned } from './prune/holds.ts'
import { changesBy } from './read/changes.ts'
import { type ChosenSnapshot, chooseSnapshot } from './read/choose.ts'
import { inPlace } from './read/in-place.ts'
import { snapshotMarks } from './read/marks.ts'
import { type RestorePlan, describePlan, planStreams, selectStreams, wantedPlaces } from './read/plan.ts'
import { whilePacksGo } from './read/removed-meanwhile.ts'
import { type RestoreReport, restoreRun } from './read/restore-run.ts'
import { recordRestore } from './scrub/record-others.ts'
import { goesOverLive } from './source/live-place.ts'
import type { Operation } from './events.ts'
import { type SnapshotInfo, snapshotInfo } from './read/snapshot.ts'
import type { Repository } from './repository/repository.ts'
import type { Run, RunContext } from './track/run.ts'

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
  /** Before anything goes over the live data, take a snapshot of it, of kind `safety`: restoring that undoes the restore. @default false */
  readonly safety?: boolean
  /**
   * Go over the live data with a snapshot that is believed to be damaged, or that failed verification. Needs a reason, which is in the
   * audit trail before anything is done. @default false
   */
  readonly acceptSuspect?: boolean
}

/** Who brings something back, and why, goes into the audit trail. */
export interface PartRequest extends CallOptions, Authority {
  /** What it is, for people: `rows of "products"`. */
  readonly what: string
  /** The same for the audit trail: JSON, and no secrets. @default nothing */
  readonly details?: Readonly<Record<string, unknown>>
  /** See {@link RestoreRequest.acceptSuspect}. @default false */
  readonly acceptSuspect?: boolean
}

/** What came of it, beside what who did it has to say. */
export interface PartReport {
  readonly snapshot: SnapshotInfo
  /** Id of the snapshot of the live data that was taken before. */
  readonly safetySnapshot: string
}

export interface BackupRestore {
  /** What a restore would do; touches nothing. @param snapshot `latest`, or the beginning of an id */
  plan(snapshot: string, request?: RestoreRequest): Promise<RestorePlan>
  /**
   * Brings a snapshot back, all or nothing.
   *
   * @param snapshot `latest`, or the beginning of an id
   * @throws `corrupt` when it would go over the live data and is believed to be damaged, unless `acceptSuspect` is set
   */
  restore(snapshot: string, request?: RestoreRequest): Run<RestoreReport>
  /**
   * Has a part of a snapshot brought back by somebody who knows how, as single rows through the connection of the application: first a
   * snapshot of the live data is taken, of kind `safety`, then the audit trail is told, then the work is done.
   *
   * @param snapshot `latest`, or the beginning of an id
   * @param work does it, all or nothing; what it throws is what became of the run
   * @throws `corrupt` when the snapshot is believed to be damaged, unless `acceptSuspect` is set
   *
   * @example
   * ```ts
   * const { safetySnapshot } = await backup.restorePart('b2f5', { what: 'the price list', reason: 'overwritten' }, async () => {
   *   writeFileSync('prices.csv', prices)
   *   return {}
   * })
   * ```
   */
  restorePart<Result extends object>(snapshot: string, request: PartRequest, work: (call: PartCall) => Promise<Result>): Run<PartReport & Result>
}

export interface PartCall {
  readonly signal: AbortSignal
}

/** What the other parts of a backup know. */
export interface RestoreSetting {
  readonly config: BackupConfig
  readonly connection: Connection
  readonly clock: () => Date
  readonly workers: number
  takeSnapshot(context: RunContext, note: string): Promise<SnapshotInfo>
  run<Result>(
    operation: Operation,
    signal: AbortSignal | undefined,
    body: (context: RunContext) => Promise<Result>,
    summary: (result: Result) => { snapshot?: SnapshotInfo },
  ): Run<Result>
}

export function backupRestore({ config: { source }, connection, clock, workers, takeSnapshot, run }: RestoreSetting): BackupRestore {
  const find = async (wanted: string, opening: CallOptions | RunContext): Promise<Found> => {
    const call = opening.signal ? { signal: opening.signal } : {}
    const repository = await connection.open(opening)
    await repository.refresh(call)
    return { repository, chosen: chooseSnapshot(repository, wanted) }
  }
  const suspicions = async ({ repository, chosen }: Found, { signal }: CallOptions): Promise<readonly string[] | undefined> =>
    (await snapshotMarks(repository, signal ? { signal } : {})).get(chosen.name)?.suspect

  return {
    async plan(wanted, { to, only, overwrite = false, signal } = {}) {
      const call = signal ? { signal } : {}
      const found = await find(wanted, call)
      const suspect = await suspicions(found, call)
      return whilePacksGo(found.repository, () => connection.openAnew(call), unheard, async (repository) => {
        const chosen = chooseSnapshot(repository, found.chosen.name)
        const places = wantedPlaces(source, { ...(to !== undefined && { to }), ...(only && { only }) })
        const sink = await source.restore({ ...call, ...places, overwrite, proof: chosen.commit.proof, warn: unheard })
        try {
          const streams = selectStreams(await planStreams(repository, chosen, call), sink)
          const plan = await describePlan(repository, chosen, streams, { source, ...(to !== undefined && { to }) }, sink)
          const { suspect: _, ...snapshot } = plan.snapshot
          const changes = plan.live && !only ? await changesBy(repository, source, chosen, call) : undefined
          return { ...plan, snapshot: { ...snapshot, ...(suspect && { suspect }) }, ...(changes && { changes }) }
        } finally {
          await sink.abort()
        }
      })
    },
    restore(wanted, { to, only, overwrite = false, check = false, safety = false, acceptSuspect = false, signal, ...authority } = {}) {
      let place: RestoredPlace | undefined
      const body = async (context: RunContext): Promise<RestoreReport> => {
        const found = await find(wanted, context)
        const { repository: first, chosen } = found
        const live = await goesOverLive(source, to)
        // To another place anything may be restored, and nobody has to wait for the question.
        const suspect = live ? await suspicions(found, context) : undefined
        if (suspect && !acceptSuspect) throw isSuspect(chosen, suspect)
        const why = suspect ? reasoned(authority, 'restore what is believed to be damaged') : authority
        const before = live && safety ? await takeSnapshot(context, `Before snapshot ${chosen.name.slice(0, 12)} was restored`).catch(noSafety) : undefined
        const note = { snapshot: chosen.name, authority: why, overwrite, ...(to !== undefined && { to }), ...(before && { safety: before.id }) }
        if (suspect) await recordOverride(first, context, { ...note, suspect }, clock())
        const options = { source, overwrite, check, workers, delivered: (done: RestoredPlace) => void (place = done), ...(to !== undefined && { to }), ...(only && { only }) }
        const { repository, restored } = await whilePacksGo(first, () => connection.openAnew(context), context.warn, async (one) => {
          const beforeDelivery = async (): Promise<void> => (suspect ? undefined : noteRestore(one, context, note, clock()))
          return { repository: one, restored: await restoreRun(one, context, chooseSnapshot(one, chosen.name), { ...options, beforeDelivery }) }
        })
        const report = { ...restored, ...(before && { safetySnapshot: before.id }) }
        await recordRestore(repository, context, report, clock())
        return report
      }
      const told = (context: RunContext): Promise<RestoreReport> =>
        body(context).catch((error: unknown) => {
          throw place ? inPlace(place, error) : error
        })
      return run('restore', signal, told, ({ snapshot }) => ({ snapshot }))
    },
    restorePart<Result extends object>(wanted: string, request: PartRequest, work: (call: PartCall) => Promise<Result>) {
      const { what, details = {}, acceptSuspect = false, signal, ...authority } = request
      const body = async (context: RunContext): Promise<PartReport & Result> => {
        const found = await find(wanted, context)
        const { repository, chosen } = found
        const suspect = await suspicions(found, context)
        if (suspect && !acceptSuspect) throw isSuspect(chosen, suspect)
        const why = suspect ? reasoned(authority, 'bring back what is believed to be damaged') : authority
        const before = await takeSnapshot(context, `Before ${what} came back from snapshot ${chosen.name.slice(0, 12)}`).catch(noSafety)
        const note = { snapshot: chosen.name, authority: why, part: { what, ...details }, safety: before.id, ...(suspect && { suspect }) }
        await recordPart(repository, context, note, clock())
        throwIfAborted(context.signal, `bringing back ${what}`)
        const done = await work({ signal: context.signal })
        return { ...done, snapshot: snapshotInfo(chosen.name, chosen.commit), safetySnapshot: before.id }
      }
      return run('restore', signal, body, ({ snapshot }) => ({ snapshot }))
    },
  }
}

const unheard = (): void => {}

interface Found {
  readonly repository: Repository
  readonly chosen: ChosenSnapshot
}

function isSuspect({ name, commit }: ChosenSnapshot, findings: readonly string[]): BackupError {
  const message = `Snapshot ${name.slice(0, 12)} of ${commit.time.toISOString()} is believed to be damaged: ${findings.join('; ')} It does not go over the live data.`
  return new BackupError('corrupt', message, {
    key: name,
    hint: 'Choose an older snapshot, or restore this one to a place of its own and look at it. To go over the live data all the same, set "acceptSuspect" with a reason.',
  })
}

function noSafety(error: unknown): never {
  if (!BackupError.is(error) || error.kind === 'cancelled') throw error
  throw new BackupError(error.kind, `What is there now could not be backed up first, so nothing was restored: ${error.message}`, {
    hint: `${error.hint} To restore without a way back, leave out "safety".`,
    retryable: error.retryable,
    cause: error,
  })
}
