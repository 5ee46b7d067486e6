import type { CallOptions } from '../contract/provider.ts'
import type { RestoreSink } from '../contract/source.ts'
import type { ObjectName } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { ChosenSnapshot } from './choose.ts'
import { lookingEverywhere } from './missing-unit.ts'
import { type Round, placeUnits } from './placing.ts'
import { type SnapshotInfo, snapshotInfo } from './snapshot.ts'
import { unitReader } from './unit-reader.ts'
import { type StreamUnits, walkList } from './walk-list.ts'

/** What a restore would do. Plain data: it can be shown, stored and compared. */
export interface RestorePlan {
  readonly snapshot: SnapshotInfo
  /** Where to, as given; the live place when absent. */
  readonly to?: string
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

/** Sums up what the streams need. */
export async function describePlan(
  repository: Repository,
  chosen: ChosenSnapshot,
  streams: readonly PlannedStream[],
  to: string | undefined,
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
    fits: space?.freeBytes === undefined || space.freeBytes >= space.neededBytes,
    ...(to !== undefined && { to }),
    ...(space && { neededBytes: space.neededBytes }),
    ...(space?.freeBytes !== undefined && { freeBytes: space.freeBytes }),
  }
}
