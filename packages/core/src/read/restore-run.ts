import type { Lane, OpenRequest } from '../contract/lane.ts'
import type { BackupSource, CheckResult, RestoreSink, RestoredPlace, StreamTarget } from '../contract/source.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { roles } from '../format/descriptor.ts'
import { idLength } from '../format/unit-id.ts'
import type { Repository } from '../repository/repository.ts'
import { temporaryFolder } from '../repository/temporary-folder.ts'
import { inOurWords } from '../track/announcer.ts'
import type { RunContext } from '../track/run.ts'
import type { ChosenSnapshot } from './choose.ts'
import { type LaneWork, fetchSegments } from './fetch.ts'
import { type PlannedStream, type RestorePlan, describePlan, planStreams, selectStreams, wantedPlaces } from './plan.ts'
import type { Round } from './placing.ts'
import { fillScattered } from './scattered.ts'
import { shareOut } from './share-out.ts'
import { unitReader } from './unit-reader.ts'

export interface RestoreOptions {
  readonly source: BackupSource
  /** A place, or one for each part of the source. */
  readonly to?: string | Readonly<Record<string, string>>
  /** Which of what is in the snapshot; everything when absent. */
  readonly only?: readonly string[]
  readonly overwrite: boolean
  /** Let the source look at the result before it counts. */
  readonly check: boolean
  readonly workers: number
  /** All is there that is to be put in its place: the last moment in which nothing has happened yet. */
  beforeDelivery?(): Promise<void>
  /** Is told as soon as it has taken its place: what fails afterwards fails with the data restored. */
  readonly delivered?: (place: RestoredPlace) => void
}

/** What a restore did. */
export interface RestoreReport extends RestorePlan, RestoredPlace {
  readonly durationMs: number
  readonly check?: CheckResult
  /** Id of the snapshot of what was there before, where one was asked for: restoring it undoes the restore. */
  readonly safetySnapshot?: string
}

/** Brings a snapshot back: plan, fetch, deliver. Until the end nothing that was there is touched. */
export async function restoreRun(
  repository: Repository,
  context: RunContext,
  chosen: ChosenSnapshot,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const startedAt = performance.now()
  const { source } = options
  context.phase('plan')
  const planned = await planStreams(repository, chosen, { signal: context.signal })
  const scratch = await temporaryFolder(repository, context)
  let sink: RestoreSink | undefined
  try {
    sink = await source.restore({
      signal: context.signal,
      ...wantedPlaces(source, options),
      overwrite: options.overwrite,
      proof: chosen.commit.proof,
      ...(scratch.path !== undefined && { scratch: scratch.path }),
      warn: context.warn,
      count: context.meter.count,
    })
    const streams = selectStreams(planned, sink)
    const plan = await describePlan(repository, chosen, streams, options, sink)
    if (!plan.fits) {
      throw new BackupError('quota', `The restore needs ${plan.neededBytes} bytes, and ${plan.freeBytes} are free.`, { plugin: source.name })
    }
    context.phase('fetch', plan.restoreBytes)
    await fillAll(repository, context, streams, sink, options.workers)
    await options.beforeDelivery?.()
    throwIfAborted(context.signal, 'restoring')
    context.phase('deliver')
    const place = await sink.commit()
    // What has taken its place is not cleared away.
    sink = undefined
    options.delivered?.(place)
    const check = options.check ? await source.check?.(place, { signal: context.signal }) : undefined
    return { ...plan, ...place, durationMs: Math.round(performance.now() - startedAt), ...(check && { check }) }
  } catch (error) {
    await sink?.abort().catch((failed: unknown) => context.warn(`What the restore had begun is not cleared away: ${inOurWords(failed).message}`, ''))
    throw error
  } finally {
    await scratch.remove()
  }
}

async function fillAll(
  repository: Repository,
  context: RunContext,
  streams: readonly PlannedStream[],
  sink: { open(stream: { name: string; size: number }): Promise<StreamTarget> },
  workers: number,
): Promise<void> {
  const lanes = await repository.runtime.openLanes(repository.laneSetup(workers))
  try {
    for (const stream of streams) {
      const target = await sink.open({ name: stream.name, size: stream.size })
      if (target.kind === 'bytes') await fillBytes(repository, context, stream, target)
      else if (target.kind === 'scattered') await fillScattered(repository, context, lanes.lanes, stream, target)
      else for (const round of stream.rounds) await fillRound(repository, context, lanes.lanes, target.path, stream.size, round)
    }
  } finally {
    await lanes.close()
  }
}

async function fillRound(
  repository: Repository,
  context: RunContext,
  lanes: readonly Lane[],
  path: string,
  size: number,
  round: Round,
): Promise<void> {
  const placementsIn = (share: Round, number: number): NonNullable<OpenRequest['placements']> => {
    const { lengths, bases } = repository.catalog.segment(number)
    const { units, to, ids } = share.get(number)!
    return { path, lengths, units, to, ...(bases && { ids, programs: programFlags(bases) }) }
  }
  const stretchBytes = Math.max(leastStretchBytes, size / lanes.length / stretchesPerLane)
  const shares = await shareOut(round, lanes.length, stretchBytes)
  const works = lanes.map((lane, at): LaneWork => {
    const share = shares[at]!
    return { lane, segments: share.keys(), workFor: (number) => ({ placements: placementsIn(share, number) }) }
  })
  await fetchSegments(repository, context, works, (_, { writtenBytes }) => context.meter.done(writtenBytes))
  // The next round reads what this one wrote, in other lanes too.
  for (const lane of lanes) await lane.closeFiles()
}

/** The longer, the fewer segments are opened twice; the shorter, the more evenly the lanes are busy. */
const stretchesPerLane = 4
const leastStretchBytes = 8 << 20

/** 1 for each unit that has a base. */
export function programFlags(bases: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: bases.length / idLength }, (_, unit) =>
    bases.subarray(unit * idLength, (unit + 1) * idLength).some((byte) => byte !== 0) ? 1 : 0,
  )
}

/** In order, unit by unit, for targets that are not files. */
async function fillBytes(
  repository: Repository,
  context: RunContext,
  { units }: PlannedStream,
  target: Extract<StreamTarget, { kind: 'bytes' }>,
): Promise<void> {
  const reader = unitReader(repository)
  for (let unit = 0; unit < units.count; unit++) {
    throwIfAborted(context.signal, 'restoring')
    const bytes = await reader.read(roles.data, units.ids, unit * idLength, { signal: context.signal })
    await target.write(bytes)
    context.meter.done(bytes.length)
  }
  await target.end()
}
