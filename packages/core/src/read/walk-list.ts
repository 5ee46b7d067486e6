import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { CommitStream } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { decodeListNode, uniformEntries } from '../format/list.ts'
import { idLength } from '../format/unit-id.ts'
import type { UnitReader } from './unit-reader.ts'

/** The units of a stream, in order. */
export interface StreamUnits {
  readonly count: number
  /** 16 bytes each. */
  readonly ids: Uint8Array
  /** Where each begins in the stream. */
  start(unit: number): number
  length(unit: number): number
}

/**
 * Reads the whole list of a stream.
 *
 * @throws `corrupt` when the list does not add up to what the commit says.
 */
export async function walkList(reader: UnitReader, stream: CommitStream, options: CallOptions): Promise<StreamUnits> {
  const { root, units, size, chunking } = stream
  const ids = new Uint8Array(units * idLength)
  const uniform = chunking.kind === 'pages'
  const ends = uniform ? undefined : new Float64Array(units)
  let filled = 0
  let position = 0

  const walk = async (nodeIds: Uint8Array, at: number, level: number): Promise<void> => {
    const node = decodeListNode(await reader.read(roles.list, nodeIds, at, options), level, uniform)
    const count = node.ids.length / idLength
    if (uniform && count !== uniformEntries(level, units - filled)) throw corrupt(stream, `a node of ${count} entries where others belong`)
    if (level > 0) {
      for (let entry = 0; entry < count; entry++) {
        const start = position
        await walk(node.ids, entry * idLength, level - 1)
        if (node.sizes && position - start !== node.sizes[entry]) throw corrupt(stream, 'a node whose parts have other sizes than it says')
      }
      return
    }
    if (filled + count > units) throw corrupt(stream, `more than ${units} units`)
    ids.set(node.ids, filled * idLength)
    for (const size of node.sizes ?? []) ends![filled++] = position += size
    if (uniform) filled += count
  }
  if (root) await walk(root.id, 0, root.level)

  if (filled !== units) throw corrupt(stream, `${filled} units instead of ${units}`)
  if (chunking.kind === 'pages') {
    const { unitLength } = chunking
    if (Math.ceil(size / unitLength) !== units) throw corrupt(stream, `${units} pages for ${size} bytes`)
    const length = (unit: number): number => Math.min(unitLength, size - unit * unitLength)
    return { count: units, ids, start: (unit) => unit * unitLength, length }
  }
  if (position !== size) throw corrupt(stream, `${position} bytes instead of ${size}`)
  const start = (unit: number): number => (unit === 0 ? 0 : ends![unit - 1]!)
  return { count: units, ids, start, length: (unit) => ends![unit]! - start(unit) }
}

function corrupt(stream: CommitStream, found: string): BackupError {
  return new BackupError('corrupt', `The list of stream "${stream.name}" has ${found}.`)
}
