import type { ByteContent } from '../contract/source.ts'
import { defaultGear } from '../chunk/gear.ts'
import { free } from '../codec/free.ts'
import { throwIfAborted } from '../errors.ts'
import { joinBytes } from '../format/text.ts'
import type { Writer, WrittenIds } from './writer.ts'

/** Writes a stream of bytes, cut by content. One lane has it from beginning to end, because each cut depends on the last. */
export async function writeBytes(writer: Writer, content: ByteContent): Promise<Required<WrittenIds>> {
  const stream = writer.nextNumber()
  const lane = writer.lanes[stream % writer.lanes.length]!
  const ids: Uint8Array[] = []
  const lengths: number[] = []

  const write = async (bytes: Uint8Array, last: boolean): Promise<void> => {
    throwIfAborted(writer.context.signal, 'reading a stream')
    const { length } = bytes
    const block = writer.nextNumber()
    const scanned = await lane.scan({
      id: block,
      role: 'data',
      bytes: { kind: 'memory', bytes, given: true },
      cut: { kind: 'gear', stream, limits: defaultGear, last },
      remember: false,
    })
    ids.push(scanned.ids)
    for (const length of scanned.lengths) lengths.push(length)
    await writer.gather.add(lane, { block, role: 'data', scanned })
    writer.context.meter.done(length)
  }

  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  for await (const bytes of content.read()) {
    waiting.push(bytes)
    waitingBytes += bytes.length
    if (waitingBytes < writer.blockBytes) continue
    const joined = joinBytes(...waiting)
    if (content.given) for (const piece of waiting) free(piece)
    await write(joined, false)
    waiting = []
    waitingBytes = 0
  }
  await write(joinBytes(...waiting), true)
  return { ids: joinBytes(...ids), lengths: Uint32Array.from(lengths) }
}
