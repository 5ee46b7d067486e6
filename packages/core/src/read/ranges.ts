import type { ByteRange } from '../contract/provider.ts'
import type { ObjectName } from '../format/names.ts'
import type { Catalog } from '../index/catalog.ts'

/** One request to a provider, and the segments that come with it. */
export interface SegmentRange {
  readonly pack: ObjectName
  readonly range: ByteRange
  /** Numbers in the catalog, in the order of their place in the pack. */
  readonly segments: readonly number[]
}

/** Larger requests would only cost memory. */
const maxRangeBytes = 2 << 20

/** Puts needed segments that lie close together into one request each. The requests come in the order of their first segments. */
export function coalesce(catalog: Catalog, segments: Iterable<number>, gapBytes: number): SegmentRange[] {
  const byPack = new Map<ObjectName, number[]>()
  const rank = new Map<number, number>()
  for (const number of segments) {
    rank.set(number, rank.size)
    const { pack } = catalog.segment(number)
    const ofPack = byPack.get(pack)
    if (ofPack) ofPack.push(number)
    else byPack.set(pack, [number])
  }
  const ranges = [...byPack].flatMap(([pack, numbers]) => {
    const placed = numbers
      .map((number) => ({ number, offset: catalog.segment(number).offset, end: endOf(catalog, number) }))
      .sort((a, b) => a.offset - b.offset)
    const ofPack: { offset: number; end: number; segments: number[] }[] = []
    for (const { number, offset, end } of placed) {
      const last = ofPack.at(-1)
      if (last && offset - last.end <= gapBytes && end - last.offset <= maxRangeBytes) {
        last.end = Math.max(last.end, end)
        last.segments.push(number)
      } else {
        ofPack.push({ offset, end, segments: [number] })
      }
    }
    return ofPack.map(({ offset, end, segments: found }) => ({ pack, range: { offset, length: end - offset }, segments: found }))
  })
  const first = ({ segments: [number] }: SegmentRange): number => rank.get(number!)!
  return ranges.sort((a, b) => first(a) - first(b))
}

function endOf(catalog: Catalog, number: number): number {
  const { offset, descriptor } = catalog.segment(number)
  return offset + descriptor.storedLength
}
