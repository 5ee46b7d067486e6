import { median } from './median.ts'

export type Unit = 's' | 'ms' | 'bytes' | 'MB/s' | 'M/s' | 'bytes/chunk' | 'pieces'

/**
 * Values of ours and of a peer, in the order they were taken: the first of one belongs to the first of the
 * other.
 */
export interface Measurement {
  /** `store.first.wall` */
  name: string
  unit: Unit
  peerName: string
  ours: readonly number[]
  peer: readonly number[]
}

/** Prints measurements as they come: lines for people, or one JSON object a line. */
export interface Report {
  /** What is said about the run: to people, never among the JSON lines. */
  say(text: string): void
  add(measurement: Measurement): void
}

export function createReport(json: boolean): Report {
  return json ? jsonReport() : tableReport()
}

function jsonReport(): Report {
  return {
    say: (text) => console.error(text),
    add(measurement) {
      const { name, peerName, unit } = measurement
      const { ours, peer, ratio } = summary(measurement)
      console.log(JSON.stringify({ name, ours, peerName, peer, unit, ratio }))
    },
  }
}

function tableReport(): Report {
  let begun = false
  return {
    say: (text) => console.log(text),
    add(measurement) {
      const { name, peerName, unit } = measurement
      const { ours, peer, ratio, pairs } = summary(measurement)
      if (!begun) console.log(line('medians', ['ours', 'peer', 'ratio', 'of pairs', 'spread'], 'peer'))
      begun = true
      const spread = `${Math.min(...pairs).toFixed(3)} – ${Math.max(...pairs).toFixed(3)}`
      const cells = [
        readable(ours, unit),
        readable(peer, unit),
        ratio.toFixed(3),
        median(pairs).toFixed(3),
        spread,
      ]
      console.log(line(name, cells, peerName))
    },
  }
}

function line(name: string, cells: readonly string[], peerName: string): string {
  return `${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')}   ${peerName}`
}

interface Summary {
  ours: number
  peer: number
  /** Ratio of the medians. */
  ratio: number
  /** Ratio of each pair. */
  pairs: number[]
}

function summary(measurement: Measurement): Summary {
  const ours = median(measurement.ours)
  const peer = median(measurement.peer)
  const pairs = measurement.ours.map((value, i) => value / (measurement.peer[i] ?? peer))
  return { ours: rounded(ours), peer: rounded(peer), ratio: rounded(ours / peer), pairs }
}

function readable(value: number, unit: Unit): string {
  if (unit === 'pieces') return `${value}`
  if (unit === 'bytes') return value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`
  return `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`
}

const rounded = (value: number): number => Number(value.toPrecision(6))

const NAME_WIDTH = 30
const CELL_WIDTH = 17
