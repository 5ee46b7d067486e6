import type { Measurement, Unit } from './report.ts'

type Side = 'ours' | 'peer'

/** Values of two sides over all rounds, by name. */
export interface Samples {
  add(side: Side, values: Readonly<Record<string, number>>): void
  /**
   * What both sides have, as `prefix.name`; peaks of single steps (`….rss`) become one, the highest of each
   * round.
   */
  measurements(prefix: string, peerName: string): Measurement[]
}

export function createSamples(): Samples {
  const taken: Record<Side, Map<string, number[]>> = { ours: new Map(), peer: new Map() }

  return {
    add(side, values) {
      for (const [name, value] of Object.entries(values)) {
        const list = taken[side].get(name) ?? []
        list.push(value)
        taken[side].set(name, list)
      }
    },
    measurements(prefix, peerName) {
      const ours = withOnePeak(taken.ours)
      const peer = withOnePeak(taken.peer)
      return [...ours].flatMap(([name, values]) => {
        const others = peer.get(name)
        if (others === undefined) return []
        return [{ name: `${prefix}.${name}`, unit: unitOf(name), peerName, ours: values, peer: others }]
      })
    },
  }
}

function withOnePeak(values: ReadonlyMap<string, number[]>): Map<string, number[]> {
  const isPeak = (name: string): boolean => name.endsWith('.rss')
  const peaks = [...values].filter(([name]) => isPeak(name)).map(([, list]) => list)
  const result = new Map([...values].filter(([name]) => !isPeak(name)))
  const rounds = peaks[0]?.length ?? 0
  if (rounds === 0) return result
  const highest = (round: number): number => Math.max(...peaks.map((list) => list[round] ?? 0))
  return result.set(
    'rss',
    Array.from({ length: rounds }, (_, round) => highest(round)),
  )
}

/** The end of a name tells its unit. */
function unitOf(name: string): Unit {
  const unit = UNITS[name.slice(name.lastIndexOf('.') + 1)]
  if (unit === undefined) throw new Error(`no unit is known for "${name}"`)
  return unit
}

const UNITS: Readonly<Record<string, Unit>> = {
  wall: 's',
  cpu: 's',
  bytes: 'bytes',
  rss: 'bytes',
  p99: 'ms',
  max: 'ms',
}
