import { noteDrill } from '../audit/note-restore.ts'
import type { Authority } from '../contract/authority.ts'
import type { BackupSource, CheckResult, RestoredPlace } from '../contract/source.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { type SnapshotCheck, inBounds } from '../format/check.ts'
import { type ChosenSnapshot, chooseSnapshot, sortedSnapshots } from '../read/choose.ts'
import { type Reopen, whilePacksGo } from '../read/removed-meanwhile.ts'
import { type RestoreReport, restoreRun } from '../read/restore-run.ts'
import type { Repository } from '../repository/repository.ts'
import { recordCheck } from '../scrub/record-check.ts'
import { software } from '../software.ts'
import { inOurWords } from '../track/announcer.ts'
import type { RunContext } from '../track/run.ts'
import { compareCounts } from './compare-counts.ts'
import { seal } from './evidence.ts'
import type { DrillFacts, DrillReport } from './report.ts'
import { type DrillPlace, drillPlace } from './scratch.ts'

export interface DrillOptions extends Authority {
  readonly source: BackupSource
  /** `latest`, `random`, or the beginning of an id. */
  readonly snapshot: string
  readonly to?: string
  readonly keep: boolean
  readonly host?: string
  readonly workers: number
  readonly clock: () => Date
  readonly reopen: Reopen
}

/** A real restore to a place where nobody needs it, to learn whether and how fast it works. */
export async function drillRun(repository: Repository, context: RunContext, options: DrillOptions): Promise<DrillReport> {
  await repository.refresh({ signal: context.signal })
  const chosen = choose(repository, options.snapshot)
  const begun = options.clock()
  const attempt = await tryOut(repository, context, chosen, options)
  const facts = factsOf(repository, chosen, begun, options, attempt)
  const report = seal(repository.runtime.crypto, repository.ring, facts)
  const { error } = attempt
  if (BackupError.is(error, 'cancelled')) throw error
  await keepEvidence(repository, context, report, options.clock())
  // What is damaged was found out; whatever else was in the way is a failure of the drill.
  if (error !== undefined && attempt.outcome !== 'damaged') throw error
  return report
}

function choose(repository: Repository, wanted: string): ChosenSnapshot {
  if (wanted !== 'random') return chooseSnapshot(repository, wanted)
  const all = sortedSnapshots(repository)
  const [dice] = new Uint32Array(repository.runtime.crypto.random(4).slice().buffer)
  return all[dice! % all.length] ?? chooseSnapshot(repository, 'latest')
}

interface Attempt {
  readonly outcome: SnapshotCheck['outcome']
  readonly error?: unknown
  readonly restore?: RestoreReport
  readonly check?: CheckResult
  readonly firstByteMs: number
  readonly rtoMs: number
  readonly checkMs: number
  readonly scratch: DrillReport['scratch']
}

async function tryOut(repository: Repository, context: RunContext, chosen: ChosenSnapshot, options: DrillOptions): Promise<Attempt> {
  const { source, workers, reopen } = options
  const measured = { firstByteMs: 0, rtoMs: 0, checkMs: 0 }
  let place: DrillPlace
  try {
    place = await drillPlace(repository, context, options)
  } catch (error) {
    return { ...measured, outcome: BackupError.is(error, 'config') ? 'refused' : 'failed', error, scratch: 'none' }
  }
  let restore: RestoreReport | undefined
  let check: CheckResult | undefined
  let error: unknown
  try {
    await noteBegin(repository, context, chosen, options)
    const startedAt = performance.now()
    const since = (): number => Math.round(performance.now() - startedAt)
    const watched = onFirstByte(context, () => (measured.firstByteMs = since()))
    // Never over anything that is there, whatever the source believes that place to be.
    const { to } = place
    restore = await whilePacksGo(repository, reopen, context.warn, (one) =>
      restoreRun(one, watched, chooseSnapshot(one, chosen.name), { source, to, overwrite: false, check: false, workers }),
    )
    measured.rtoMs = since()
    context.phase('check')
    check = await source.check?.(restore, { signal: context.signal })
    measured.checkMs = since() - measured.rtoMs
    throwIfAborted(context.signal, 'drilling')
  } catch (cause) {
    error = cause
  }
  const scratch = await place.clear(restore satisfies RestoredPlace | undefined)
  const outcome = outcomeOf(error, check)
  return { ...measured, outcome, scratch, ...(error !== undefined && { error }), ...(restore && { restore }), ...(check && { check }) }
}

function noteBegin(repository: Repository, context: RunContext, { name }: ChosenSnapshot, options: DrillOptions): Promise<void> {
  const { actor, reason, to, keep, host, clock } = options
  const authority = { ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) }
  const place = { keep, ...(to !== undefined && { to }), ...(host !== undefined && { host }) }
  return noteDrill(repository, context, { snapshot: name, authority, ...place }, clock())
}

function outcomeOf(error: unknown, check: CheckResult | undefined): Attempt['outcome'] {
  if (error === undefined) return check?.ok === false ? 'damaged' : 'sound'
  return BackupError.is(error, 'corrupt', 'not-found', 'range') ? 'damaged' : 'failed'
}

function factsOf(repository: Repository, chosen: ChosenSnapshot, begun: Date, options: DrillOptions, attempt: Attempt): DrillFacts {
  const { error, restore, check, rtoMs } = attempt
  const { commit, name } = chosen
  const missing = check ? compareCounts(commit.proof, check) : []
  const outcome = attempt.outcome === 'sound' && missing.length > 0 ? 'damaged' : attempt.outcome
  const findings = [...(error === undefined ? [] : [inOurWords(error).message]), ...(check?.findings ?? []), ...missing]
  const bytesPerSecond = restore && rtoMs > 0 ? Math.round((restore.restoreBytes / rtoMs) * 1000) : 0
  const newest = sortedSnapshots(repository).at(-1)?.commit.counts.bytes ?? 0
  return {
    version: 1,
    kind: 'drill',
    repository: repository.id,
    time: begun.toISOString(),
    snapshot: { id: name, time: commit.time.toISOString(), sizeBytes: commit.counts.bytes, source: commit.source },
    ok: outcome === 'sound',
    outcome,
    findings: inBounds(findings),
    examined: check !== undefined,
    ...(check?.counts && { counts: check.counts }),
    from: repository.provider.location,
    restoredBytes: restore?.restoreBytes ?? 0,
    fetchedBytes: restore?.fetchBytes ?? 0,
    firstByteMs: attempt.firstByteMs,
    rtoMs,
    checkMs: attempt.checkMs,
    bytesPerSecond,
    predictedRtoMs: bytesPerSecond > 0 ? Math.round(attempt.firstByteMs + (newest / bytesPerSecond) * 1000) : 0,
    scratch: attempt.scratch,
    software,
    ...(options.host !== undefined && { host: options.host }),
    actor: options.actor ?? 'unknown',
    reason: options.reason ?? '',
  }
}

/** A drill that worked is not made undone by a repository that cannot be written to: the report is at hand. */
async function keepEvidence(repository: Repository, context: RunContext, report: DrillReport, now: Date): Promise<void> {
  const { outcome, examined, findings, snapshot } = report
  try {
    await recordCheck(repository, { kind: 'drill', snapshot: snapshot.id, outcome, examined, findings }, now, { signal: context.signal }, { report })
  } catch (error) {
    if (BackupError.is(error, 'cancelled')) throw error
    context.warn(`The evidence of this drill was not stored: ${(error as Error).message}`, 'Keep the report that the drill returned.')
  }
}

function onFirstByte(context: RunContext, note: () => void): RunContext {
  let isFirst = true
  const done = (bytes: number): void => {
    if (isFirst && bytes > 0) note()
    isFirst &&= bytes === 0
    context.meter.done(bytes)
  }
  return { ...context, meter: { ...context.meter, done } }
}
