import type { Lane } from '../contract/lane.ts'
import type { FreshPart, KeptPart, SplicedContent } from '../contract/source.ts'
import { fileGear } from '../chunk/gear.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { joinBytes } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import { limits } from './limits.ts'
import type { StreamState } from './stream-state.ts'
import type { Writer, WrittenIds } from './writer.ts'

/** Writes a stream of pieces: all lanes take fresh ones as fast as they can; of kept ones the units are taken over. */
export async function writeSpliced(
  writer: Writer,
  content: SplicedContent,
  previous: StreamState | undefined,
): Promise<Required<WrittenIds>> {
  const written: Required<WrittenIds>[] = []
  const parts = numbered(content)
  const units = previous?.lengths && keptUnits(previous.ids, previous.lengths)

  const work = async (lane: Lane): Promise<void> => {
    try {
      for (let next = await parts.next(); !next.done; next = await parts.next()) {
        throwIfAborted(writer.context.signal, 'reading pieces')
        const [number, part] = next.value
        if (part.kind === 'fresh') written[number] = await writePart(writer, lane, part)
        else written[number] = (units ?? unknownUnits)(part)
        if (part.kind === 'kept') writer.context.meter.done(part.length)
      }
    } catch (error) {
      // The other workers find nothing more to do.
      await parts.return(undefined)
      throw error
    }
  }
  const workers = writer.lanes.flatMap((lane) => Array.from({ length: limits.blocksPerLane }, () => work(lane)))
  for (const result of await Promise.allSettled(workers)) if (result.status === 'rejected') throw result.reason
  const lengths = new Uint32Array(written.reduce((sum, part) => sum + part.lengths.length, 0))
  let filled = 0
  for (const part of written) {
    lengths.set(part.lengths, filled)
    filled += part.lengths.length
  }
  return { ids: joinBytes(...written.map(({ ids }) => ids)), lengths }
}

/** A generator, which has those who ask at the same moment wait for each other. */
async function* numbered(content: SplicedContent): AsyncGenerator<[number: number, part: FreshPart | KeptPart], void, undefined> {
  let number = 0
  for await (const part of content.parts()) yield [number++, part]
}

async function writePart(writer: Writer, lane: Lane, { bytes, pieces, release }: FreshPart): Promise<Required<WrittenIds>> {
  const total = pieces.reduce((sum, length) => sum + length, 0)
  if (total !== bytes.length || pieces.includes(0)) {
    throw new BackupError('source', `The source handed out pieces of ${total} bytes that have ${bytes.length}.`)
  }
  const block = writer.nextNumber()
  const scanned = await lane.scan({
    id: block,
    role: 'data',
    bytes: { kind: 'memory', bytes },
    cut: { kind: 'pieces', limits: fileGear, pieces },
    remember: false,
  })
  await writer.gather.add(lane, { block, role: 'data', scanned })
  // A lane answers in the order in which it was asked: now it has let go of the block.
  if (release) await lane.closeFiles()
  release?.()
  writer.context.meter.done(bytes.length)
  return { ids: scanned.ids, lengths: scanned.lengths }
}

/** Finds the units of kept pieces in the last snapshot. @throws `source` unless they begin and end where units do. */
function keptUnits(ids: Uint8Array, lengths: Uint32Array): (part: KeptPart) => Required<WrittenIds> {
  const starts = new Float64Array(lengths.length + 1)
  for (let unit = 0; unit < lengths.length; unit++) starts[unit + 1] = starts[unit]! + lengths[unit]!
  const unitAt = (offset: number): number => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! < offset) low = middle + 1
      else high = middle
    }
    if (starts[low] === offset) return low
    throw new BackupError('source', `The source kept a piece at ${offset}, where none of the last snapshot begins or ends.`)
  }
  return ({ offset, length }) => {
    const [first, end] = [unitAt(offset), unitAt(offset + length)]
    return { ids: ids.subarray(first * idLength, end * idLength), lengths: lengths.subarray(first, end) }
  }
}

function unknownUnits(): never {
  throw new BackupError('source', 'The source kept pieces of a snapshot that is not known here.')
}
