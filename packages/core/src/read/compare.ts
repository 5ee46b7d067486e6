import type { CallOptions } from '../contract/provider.ts'
import type { CommitStream } from '../format/commit.ts'
import { hex } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import type { Repository } from '../repository/repository.ts'
import type { ChosenSnapshot } from './choose.ts'
import { differentPages } from './different-pages.ts'
import { lookingEverywhere } from './missing-unit.ts'
import { type SnapshotInfo, snapshotInfo } from './snapshot.ts'
import { type UnitReader, unitReader } from './unit-reader.ts'
import { walkList } from './walk-list.ts'

/** What is different between two snapshots. Plain data. */
export interface SnapshotDifference {
  readonly from: SnapshotInfo
  readonly to: SnapshotInfo
  /** Every stream of either, by name. */
  readonly streams: readonly StreamDifference[]
  /** Of all streams. */
  readonly changedBytes: number
}

export interface StreamDifference {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed' | 'same'
  /** In `to`; 0 when it was removed. */
  readonly sizeBytes: number
  /** In `from`; 0 when it was added. */
  readonly previousBytes: number
  /** Bytes of `to` in units that `from` does not have: for pages, not in this place. */
  readonly changedBytes: number
  /** Such units: pages, or pieces cut by content. */
  readonly changedUnits: number
}

/** Compares two snapshots by their lists, and only where these differ. Data is not read. */
export async function compareSnapshots(repository: Repository, from: ChosenSnapshot, to: ChosenSnapshot, call: CallOptions): Promise<SnapshotDifference> {
  const before = new Map(from.commit.streams.map((stream) => [stream.name, stream]))
  const after = new Map(to.commit.streams.map((stream) => [stream.name, stream]))
  const reader = unitReader(repository)
  const streams: StreamDifference[] = []
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    streams.push(
      await lookingEverywhere(repository, call, () => compareStreams(reader, name, before.get(name), after.get(name), call)),
    )
  }
  return {
    from: snapshotInfo(from.name, from.commit),
    to: snapshotInfo(to.name, to.commit),
    streams: streams.sort((a, b) => (a.name < b.name ? -1 : 1)),
    changedBytes: streams.reduce((sum, { changedBytes }) => sum + changedBytes, 0),
  }
}

async function compareStreams(
  reader: UnitReader,
  name: string,
  before: CommitStream | undefined,
  after: CommitStream | undefined,
  call: CallOptions,
): Promise<StreamDifference> {
  const sizes = { name, sizeBytes: after?.size ?? 0, previousBytes: before?.size ?? 0 }
  if (!after) return { ...sizes, change: 'removed', changedBytes: 0, changedUnits: 0 }
  if (!before) return { ...sizes, change: 'added', changedBytes: after.size, changedUnits: after.units }
  if (isSame(before, after)) return { ...sizes, change: 'same', changedBytes: 0, changedUnits: 0 }
  const changed = await changedUnits(reader, before, after, call)
  return { ...sizes, change: 'changed', ...changed }
}

function isSame(before: CommitStream, after: CommitStream): boolean {
  const root = ({ root }: CommitStream): string => (root ? `${root.level}:${hex(root.id)}` : '')
  return before.size === after.size && root(before) === root(after)
}

interface Changed {
  readonly changedBytes: number
  readonly changedUnits: number
}

async function changedUnits(reader: UnitReader, before: CommitStream, after: CommitStream, call: CallOptions): Promise<Changed> {
  const { chunking } = after
  if (chunking.kind === 'pages' && before.chunking.kind === 'pages' && before.chunking.unitLength === chunking.unitLength) {
    const pages = await differentPages(reader, before.root, after.root, call)
    const lastPageBytes = after.size - (after.units - 1) * chunking.unitLength
    const isShorter = pages.includes(after.units - 1)
    const changedBytes = pages.length * chunking.unitLength - (isShorter ? chunking.unitLength - lastPageBytes : 0)
    return { changedBytes, changedUnits: pages.length }
  }
  const known = new Set<string>()
  const old = await walkList(reader, before, call)
  for (let unit = 0; unit < old.count; unit++) known.add(idText(old.ids, unit))
  const units = await walkList(reader, after, call)
  let changedBytes = 0
  let count = 0
  for (let unit = 0; unit < units.count; unit++) {
    if (known.has(idText(units.ids, unit))) continue
    changedBytes += units.length(unit)
    count++
  }
  return { changedBytes, changedUnits: count }
}

function idText(ids: Uint8Array, unit: number): string {
  return hex(ids.subarray(unit * idLength, (unit + 1) * idLength))
}
