import type { CallOptions } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { CommitStream } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { idLength } from '../format/unit-id.ts'
import type { Repository } from '../repository/repository.ts'
import { checkPart } from './check-part.ts'
import type { ChosenSnapshot } from './choose.ts'
import { lookingEverywhere } from './missing-unit.ts'
import { unitReader } from './unit-reader.ts'
import { type StreamUnits, walkList } from './walk-list.ts'

/** Part of a stream, in bytes. What lies behind the end of the stream is left out. */
export interface StreamPart {
  /** @default 0 */
  readonly offset?: number
  /** @default to the end */
  readonly length?: number
}

/**
 * The bytes of one stream, in order, without restoring anything: only the units that are asked for are fetched, and each is
 * checked against its id.
 *
 * @throws `not-found` when the snapshot has no such stream; `config` for a part that makes no sense; `corrupt`.
 */
export async function* readStream(
  repository: Repository,
  { name: snapshot, commit }: ChosenSnapshot,
  name: string,
  { offset = 0, length = Number.MAX_SAFE_INTEGER }: StreamPart,
  call: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  checkPart('offset', offset)
  checkPart('length', length)
  const stream = commit.streams.find((one) => one.name === name) ?? missingStream(snapshot, commit.streams, name)
  const end = Math.min(stream.size, offset + length)
  if (offset >= end) return
  const reader = unitReader(repository)
  const units = await lookingEverywhere(repository, call, () => walkList(reader, stream, call))
  for (let unit = unitAt(units, offset); unit < units.count && units.start(unit) < end; unit++) {
    throwIfAborted(call.signal, `reading stream "${name}"`)
    const bytes = await lookingEverywhere(repository, call, () => reader.read(roles.data, units.ids, unit * idLength, call))
    const start = units.start(unit)
    // A copy: the reader keeps the segment that the unit lies in.
    yield bytes.slice(Math.max(0, offset - start), Math.min(bytes.length, end - start))
  }
}

/** The unit that holds the byte at `offset`, which lies within the stream. */
function unitAt(units: StreamUnits, offset: number): number {
  let low = 0
  let high = units.count - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (units.start(middle) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

function missingStream(snapshot: string, streams: readonly CommitStream[], name: string): never {
  const names = streams.map((stream) => stream.name).join(', ')
  throw new BackupError('not-found', `Snapshot ${snapshot.slice(0, 12)} has no stream "${name}"; it has ${names || 'none'}.`, { key: name })
}
