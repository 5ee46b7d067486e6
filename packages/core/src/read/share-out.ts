import { idLength } from '../format/unit-id.ts'
import { takingTurns } from '../lane/turns.ts'
import type { Round, SegmentPlaces } from './placing.ts'

/**
 * Shares a round out to lanes by where its units go, so that one lane has all of a stretch and can write it at once. A segment
 * with units for several lanes is opened by each of them, which is rare as long as stretches are long.
 */
export async function shareOut(round: Round, lanes: number, stretchBytes: number): Promise<Round[]> {
  const shares = Array.from({ length: lanes }, (): Round => new Map())
  const laneOf = (position: number): number => Math.floor(position / stretchBytes) % lanes
  const turn = takingTurns(1)
  for (const [number, places] of round) {
    await turn()
    const wanted = new Set<number>()
    for (let at = 0; at < places.to.length; at++) wanted.add(laneOf(places.to[at]!))
    for (const lane of wanted) {
      const mine = wanted.size === 1 ? places : only(places, (position) => laneOf(position) === lane)
      shares[lane]!.set(number, mine)
    }
  }
  return shares
}

function only({ units, to, ids }: SegmentPlaces, isWanted: (position: number) => boolean): SegmentPlaces {
  const kept = [...to.keys()].filter((at) => isWanted(to[at]!))
  const keptIds = new Uint8Array(ids.length === 0 ? 0 : kept.length * idLength)
  if (ids.length > 0) kept.forEach((at, place) => keptIds.set(ids.subarray(at * idLength, (at + 1) * idLength), place * idLength))
  return { units: Uint32Array.from(kept, (at) => units[at]!), to: Float64Array.from(kept, (at) => to[at]!), ids: keptIds }
}
