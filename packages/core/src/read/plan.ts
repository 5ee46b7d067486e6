import type { CallOptions } from '../contract/provider.ts'
import type { BackupSource, RestoreContext, RestoreSink } from '../contract/source.ts'
import { BackupError } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { ChosenSnapshot } from './choose.ts'
import type { SnapshotDifference } from './compare.ts'
import { goesOverLive } from '../source/live-place.ts'
import { lookingEverywhere } from './missing-unit.ts'
import { type Round, placeUnits } from './placing.ts'
import { type SnapshotInfo, snapshotInfo } from './snapshot.ts'
import { unitReader } from './unit-reader.ts'
import { type StreamUnits, walkList } from './walk-list.ts'

/** What a restore would do. Plain data: it can be shown, stored and compared. */
export interface RestorePlan {
  readonly snapshot: SnapshotInfo
  /** Where to, as given; the live place when absent. */
  readonly to?: string | Readonly<Record<string, string>>
  /** It would go over the live data. */
  readonly live: boolean
  readonly streams: readonly { readonly name: string; readonly sizeBytes: number }[]
  /** Bytes written at the target. */
  readonly restoreBytes: number
  /** Bytes read from the provider, and from how many packs. */
  readonly fetchBytes: number
  readonly packs: number
  /** Space needed and free at the target, where known. */
  readonly neededBytes?: number
  readonly freeBytes?: number
  /** `false` when there is certainly not enough room. */
  readonly fits: boolean
  /**
   * What it would change in the live data: from the newest snapshot of them to this one. What was written since the newest is not in it.
   * Absent where it goes elsewhere, brings back a part, or that cannot be told.
   */
  readonly changes?: SnapshotDifference
}

/** A stream with everything needed to bring it back. */
export interface PlannedStream {
  readonly name: string
  readonly size: number
  readonly units: StreamUnits
  readonly rounds: readonly Round[]
}

/** Reads the lists of all streams: after this, nothing about the snapshot is unknown but the data itself. */
export async function planStreams(repository: Repository, { commit }: ChosenSnapshot, options: CallOptions): Promise<PlannedStream[]> {
  const reader = unitReader(repository)
  const planned: PlannedStream[] = []
  for (const stream of commit.streams) {
    planned.push(
      await lookingEverywhere(repository, options, async () => {
        const units = await walkList(reader, stream, options)
        return { name: stream.name, size: stream.size, units, rounds: await placeUnits(repository.catalog, units) }
      }),
    )
  }
  return planned
}

/** Those that the sink needs, in its order. */
export function selectStreams(streams: readonly PlannedStream[], sink: RestoreSink): readonly PlannedStream[] {
  if (!sink.select) return streams
  const byName = new Map(streams.map((stream) => [stream.name, stream]))
  return sink.select([...byName.keys()]).flatMap((name) => byName.get(name) ?? [])
}

/**
 * What the caller asks for, as the source is told.
 *
 * @throws `unsupported` when the source cannot do that.
 */
export function wantedPlaces(source: BackupSource, { to, only }: Pick<RestorePlan, 'to'> & Pick<RestoreContext, 'only'>): Pick<RestoreContext, 'to' | 'places' | 'only'> {
  const refuse = (key: string, what: string): never => {
    throw new BackupError('unsupported', `"${source.name}" ${what}.`, { plugin: source.name, key, hint: `Leave "${key}" away.` })
  }
  if (only && !source.selective) refuse('only', 'can only be restored as a whole')
  const places = typeof to === 'object' ? to : undefined
  if (places && !source.parts) refuse('to', 'has no parts that could go to places of their own')
  const unknown = Object.keys(places ?? {}).find((part) => !source.parts?.includes(part))
  if (unknown !== undefined) {
    throw new BackupError('config', `There is no part "${unknown}"; the parts are ${source.parts?.join(', ')}.`, { plugin: source.name, key: 'to' })
  }
  return { ...(typeof to === 'string' && { to }), ...(places && { places }), ...(only && { only }) }
}

/** Sums up what the streams need. */
export async function describePlan(
  repository: Repository,
  chosen: ChosenSnapshot,
  streams: readonly PlannedStream[],
  { source, to }: { readonly source: BackupSource; readonly to?: RestorePlan['to'] },
  sink: RestoreSink,
): Promise<RestorePlan> {
  const segments = new Set(streams.flatMap(({ rounds }) => rounds.flatMap((round) => [...round.keys()])))
  const packs = new Set<ObjectName>()
  let fetchBytes = 0
  for (const number of segments) {
    const { pack, descriptor } = repository.catalog.segment(number)
    packs.add(pack)
    fetchBytes += descriptor.storedLength
  }
  const restoreBytes = streams.reduce((sum, { size }) => sum + size, 0)
  const space = await sink.space?.(restoreBytes)
  return {
    snapshot: snapshotInfo(chosen.name, chosen.commit),
    streams: streams.map(({ name, size }) => ({ name, sizeBytes: size })),
    restoreBytes,
    fetchBytes,
    packs: packs.size,
    live: await goesOverLive(source, to),
    fits: space?.freeBytes === undefined || space.freeBytes >= space.neededBytes,
    ...(to !== undefined && { to }),
    ...(space && { neededBytes: space.neededBytes }),
    ...(space?.freeBytes !== undefined && { freeBytes: space.freeBytes }),
  }
}
