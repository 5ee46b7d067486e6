import { readFileSync } from 'node:fs'
import { measureRate } from '../measure/rate.ts'
import type { Benchmark } from './benchmark.ts'
import { makeDatabases } from './databases.ts'
import { createPrimitives } from './primitive-pairs.ts'

/**
 * The single steps of the path, each beside the plain way to do the same, in megabytes per CPU second of one
 * thread.
 */
export const primitives: Benchmark = async ({ rounds, databases: kept }, report) => {
  report.say('Megabytes per CPU second of one thread; ratios are ours by the peer: more is better.')
  const { initial, changed } = makeDatabases(kept, DATABASE_BYTES)

  for (const { name, peerName, bytes, ours, peer } of createPrimitives(
    readFileSync(initial),
    readFileSync(changed),
  )) {
    const taken = { ours: [] as number[], peer: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      taken.ours.push(await measureRate(bytes, ours))
      taken.peer.push(await measureRate(bytes, peer))
    }
    report.add({ name: `primitives.${name}`, unit: 'MB/s', peerName, ...taken })
  }
}

/** Large enough that nothing of interest stays in the processor's caches. */
const DATABASE_BYTES = 40_000_000
