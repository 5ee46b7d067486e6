import { ours } from '../ours/contender.ts'
import type { Benchmark } from './benchmark.ts'
import { makeDatabases } from './databases.ts'
import { atRest } from './entrant.ts'
import type { StepName } from './entrant.ts'
import { whileWriting } from './live.ts'
import { playRounds } from './rounds.ts'
import type { Series } from './rounds.ts'

/**
 * A store database: first backup, unchanged, changed, restored, verified; at rest and while another process
 * writes.
 */
export const store: Benchmark = async ({ rounds, bytes, peers, folder, databases: kept }, report) => {
  for (const { name, version } of peers) report.say(`${name}: ${version()}`)
  for (const line of HEADER) report.say(line)
  const databases = makeDatabases(kept, bytes)

  for (const { name, contender } of peers) {
    const opponent = { peerName: name, peer: atRest(contender, databases) }
    const series: Series[] = [{ prefix: 'store', ours: atRest(ours(), databases), steps: ALL, ...opponent }]
    if (name === 'restic') {
      const live = whileWriting(ours({ source: 'sqlite' }), databases)
      const oneThread = atRest(ours({ workers: 0 }), databases)
      const deltas = atRest(ours({ deltas: true }), databases)
      series.push({ prefix: 'store.live', ours: live, steps: LIVE, ...opponent })
      series.push({ prefix: 'store.one-thread', ours: oneThread, steps: SHORT, ...opponent })
      series.push({ prefix: 'store.deltas', ours: deltas, steps: SHORT, ...opponent })
    }
    for (const each of series) await playRounds(each, rounds, folder, report)
  }
}

const ALL: readonly StepName[] = ['first', 'unchanged', 'changed', 'restore', 'verify']
const LIVE: readonly StepName[] = ['first', 'unchanged', 'changed', 'restore']
const SHORT: readonly StepName[] = ['first', 'changed']

const HEADER: readonly string[] = [
  'Every run is a fresh process. Ours and the npm pipeline are measured from an opened repository on, as an',
  'application that embeds them keeps one; restic and borg from their command line on, which derives the key',
  'each time. "changed": 0.5 % of the rows updated anywhere, 1 % inserted. "live": ours while another',
  'process commits 200 transactions a second, the peer on the file at rest. Ratios are ours by the peer:',
  'less is better.',
]
