import type { Lane } from '../contract/lane.ts'
import type { ScatteredTarget, Stretch } from '../contract/source.ts'
import { throwIfAborted } from '../errors.ts'
import { roles } from '../format/descriptor.ts'
import { idLength } from '../format/unit-id.ts'
import type { Catalog } from '../index/catalog.ts'
import { takingTurns } from '../lane/turns.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import { type LaneWork, fetchSegments } from './fetch.ts'
import { missingUnit } from './missing-unit.ts'
import type { PlannedStream } from './plan.ts'
import { type Round, type SegmentPlaces, sortedPlaces } from './placing.ts'
import { shareOut } from './share-out.ts'
import { unitReader } from './unit-reader.ts'
import type { StreamUnits } from './walk-list.ts'

/** Hands a stream out as its segments arrive, to a target that puts the bytes where they belong. */
export async function fillScattered(
  repository: Repository,
  context: RunContext,
  lanes: readonly Lane[],
  stream: PlannedStream,
  target: ScatteredTarget,
): Promise<void> {
  const { whole, deltas } = await wantedUnits(repository.catalog, stream.units, target)
  const shares = await shareOut(whole, lanes.length, stretchBytes)
  // A segment with units for several lanes is opened once, and handed out as a whole.
  const laneOf = new Map(shares.flatMap((share, lane) => [...share.keys()].map((number) => [number, lane] as const)))
  const works = lanes.map((lane, at): LaneWork => {
    const mine = [...shares[at]!.keys()].filter((number) => laneOf.get(number) === at)
    return { lane, segments: mine, workFor: () => ({}) }
  })
  const given = async (number: number, plain: Uint8Array, places: SegmentPlaces): Promise<void> => {
    const stretches = stretchesOf(repository.catalog.segment(number).lengths, places)
    // The target may move the bytes away: counted before.
    const bytes = stretches.reduce((sum, { length }) => sum + length, 0)
    await target.write(plain, stretches)
    context.meter.done(bytes)
  }
  await fetchSegments(repository, context, works, (number, { plain }) => given(number, plain!, whole.get(number)!))

  const reader = unitReader(repository)
  for (const unit of deltas) {
    throwIfAborted(context.signal, 'restoring')
    // A copy: what the reader keeps is not to be given away.
    const bytes = (await reader.read(roles.data, stream.units.ids, unit * idLength, { signal: context.signal })).slice()
    const length = bytes.length
    await target.write(bytes, [{ offset: stream.units.start(unit), start: 0, length }])
    context.meter.done(length)
  }
  await target.end()
}

/** Of the stream: what a lane fetches in a row. */
const stretchBytes = 8 << 20

interface WantedUnits {
  /** Where units of segments without deltas go. */
  readonly whole: Round
  /** Units that are stored among deltas, by their number in the stream: page files with the same bytes may have put them there. */
  readonly deltas: readonly number[]
}

async function wantedUnits(catalog: Catalog, units: StreamUnits, target: ScatteredTarget): Promise<WantedUnits> {
  const gathered = new Map<number, { units: number[]; to: number[]; ids: [] }>()
  const deltas: number[] = []
  const turn = takingTurns()
  for (let unit = 0; unit < units.count; unit++) {
    const others = turn()
    if (others) await others
    if (target.wants && !target.wants(units.start(unit), units.length(unit))) continue
    const at = unit * idLength
    const found = catalog.units.find(units.ids, at)
    if (found < 0) throw missingUnit(units.ids, at)
    const number = catalog.units.segmentOf(found)
    if (catalog.segment(number).bases) {
      deltas.push(unit)
      continue
    }
    let places = gathered.get(number)
    if (!places) gathered.set(number, (places = { units: [], to: [], ids: [] }))
    places.units.push(catalog.units.ordinalOf(found))
    places.to.push(units.start(unit))
  }
  return { whole: new Map([...gathered].map(([number, places]) => [number, sortedPlaces(places)])), deltas }
}

/** Units that are neighbours in the segment and in the stream are handed out as one. */
function stretchesOf(lengths: number | Uint32Array, { units, to }: SegmentPlaces): Stretch[] {
  const lengthOf = (unit: number): number => (typeof lengths === 'number' ? lengths : lengths[unit]!)
  const stretches: { offset: number; start: number; length: number }[] = []
  let [start, next] = [0, 0]
  for (const [at, unit] of units.entries()) {
    for (; next < unit; next++) start += lengthOf(next)
    const last = stretches.at(-1)
    if (last && last.start + last.length === start && last.offset + last.length === to[at]) last.length += lengthOf(unit)
    else stretches.push({ offset: to[at]!, start, length: lengthOf(unit) })
  }
  return stretches
}
