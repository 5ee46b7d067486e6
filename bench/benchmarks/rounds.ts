import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../measure/report.ts'
import { createSamples } from '../measure/samples.ts'
import { steps } from './entrant.ts'
import type { EntrantFactory, StepName } from './entrant.ts'

/** Two sides that take the same steps, one step of the one, one of the other. */
export interface Series {
  /** Names begin with it: `store.live`. */
  prefix: string
  peerName: string
  ours: EntrantFactory
  peer: EntrantFactory
  steps: readonly StepName[]
  /** Report only what ends so; everything when absent. */
  only?: readonly string[]
}

/** Plays the rounds, each from an empty repository, and reports. */
export async function playRounds(
  series: Series,
  rounds: number,
  folder: string,
  report: Report,
): Promise<void> {
  const samples = createSamples()
  for (let round = 0; round < rounds; round++) {
    report.say(`${series.prefix} and ${series.peerName}, round ${round + 1} of ${rounds}`)
    const sides = (['ours', 'peer'] as const).map((side) => ({
      side,
      folder: join(folder, side),
      entrant: series[side](join(folder, side)),
    }))
    // Neither side always has the first word.
    if (round % 2 === 1) sides.reverse()
    for (const { entrant } of sides) await entrant.begin()
    for (const name of series.steps) {
      for (const { side, entrant } of sides) samples.add(side, await steps[name](entrant))
    }
    for (const side of sides) rmSync(side.folder, { recursive: true })
  }
  const wanted = (name: string): boolean => series.only?.some((end) => name.endsWith(`.${end}`)) ?? true
  for (const measurement of samples.measurements(series.prefix, series.peerName)) {
    if (wanted(measurement.name)) report.add(measurement)
  }
}
