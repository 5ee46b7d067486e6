import type { Lane, OpenRequest, OpenedSegment } from '../contract/lane.ts'
import { capabilitiesOf } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { encodeDescriptor } from '../format/descriptor.ts'
import { decodeHeader, headerLength } from '../format/header.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { free } from '../codec/free.ts'
import type { Repository } from '../repository/repository.ts'
import { healing } from '../repository/objects.ts'
import { type SegmentRange, coalesce } from './ranges.ts'
import type { RunContext } from '../track/run.ts'
import { getFromPack } from './removed-meanwhile.ts'

/** Which segments a lane is to open, and what it is to do with them. */
export interface LaneWork {
  readonly lane: Lane
  /** Numbers in the catalog. About in this order they are fetched. */
  readonly segments: Iterable<number>
  readonly workFor: (number: number) => Pick<OpenRequest, 'placements' | 'check'>
}

/** Ranges on their way at a time, for each lane: one is opened while the next arrives. */
const rangesPerLane = 2

/** Fetches segments in as few requests as make sense, and has the lanes open them. */
export async function fetchSegments(
  repository: Repository,
  context: RunContext,
  works: readonly LaneWork[],
  onOpened: (number: number, opened: OpenedSegment) => Promise<void> | void,
): Promise<void> {
  const { provider, catalog } = repository
  const { coalesceBytes } = capabilitiesOf(provider)
  const headers = new Map<ObjectName, Promise<PackHeader>>()

  const headerOf = (pack: ObjectName): Promise<PackHeader> => {
    const found = headers.get(pack) ?? readHeader(repository, pack, context.signal)
    headers.set(pack, found)
    return found
  }
  const fetch = async ({ lane, workFor }: LaneWork, { pack, range, segments: numbers }: SegmentRange): Promise<void> => {
    let opened = 0
    let attempts = 0
    // From the segment on that was damaged, when another provider has a good copy of the pack.
    await healing(provider, packKey(pack), context, async () => {
      if (attempts++ > 0) headers.delete(pack)
      const [header, bytes] = await Promise.all([
        headerOf(pack),
        getFromPack(provider, pack, { range, signal: context.signal }),
      ])
      context.meter.moved(bytes.length)
      for (const number of numbers.slice(opened)) {
        const { offset, descriptor } = catalog.segment(number)
        const start = offset - range.offset
        const request = {
          ...header,
          descriptor: encodeDescriptor(descriptor),
          stored: bytes.subarray(start, start + descriptor.storedLength),
          ...workFor(number),
        }
        await onOpened(number, await openIn(lane, request, pack))
        opened++
      }
      free(bytes)
    })
  }
  let failed = false
  const carryOut = async (work: LaneWork, ranges: Iterator<SegmentRange>): Promise<void> => {
    try {
      for (let next = ranges.next(); !next.done && !failed; next = ranges.next()) {
        throwIfAborted(context.signal, 'reading packs')
        await fetch(work, next.value)
      }
    } catch (error) {
      failed = true
      throw error
    }
  }
  const working = works.flatMap((work) => {
    const ranges = coalesce(catalog, work.segments, coalesceBytes)[Symbol.iterator]()
    return Array.from({ length: rangesPerLane }, () => carryOut(work, ranges))
  })
  // All are waited for, so that nothing writes into a target that is being given up.
  for (const result of await Promise.allSettled(working)) if (result.status === 'rejected') throw result.reason
}

interface PackHeader {
  readonly suite: OpenRequest['suite']
  readonly header: Uint8Array
  readonly objectKey: Uint8Array
}

async function readHeader(repository: Repository, pack: ObjectName, signal: AbortSignal): Promise<PackHeader> {
  const header = await getFromPack(repository.provider, pack, { range: { offset: 0, length: headerLength }, signal })
  const decoded = decodeHeader(header)
  return { suite: decoded.suite, header, objectKey: repository.keyFor(decoded, header) }
}

/** Says which pack it was: a lane does not know. */
async function openIn(lane: Lane, request: OpenRequest, pack: ObjectName): Promise<OpenedSegment> {
  try {
    return await lane.open(request)
  } catch (error) {
    if (!BackupError.is(error, 'corrupt') || error.key !== undefined) throw error
    throw new BackupError('corrupt', `Pack ${packKey(pack)} is damaged: ${error.message}`, { key: packKey(pack), cause: error })
  }
}
