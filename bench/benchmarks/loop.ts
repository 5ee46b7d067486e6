import { ours } from '../ours/contender.ts'
import { npmPipeline, pipeline } from '../peers/npm-pipeline.ts'
import type { Benchmark } from './benchmark.ts'
import { makeDatabases } from './databases.ts'
import { atRest } from './entrant.ts'
import { invoices } from './invoices.ts'
import { whileWriting } from './live.ts'
import { playRounds } from './rounds.ts'

/** How late the timers of a host application run while a backup or a restore runs in its process. */
export const loop: Benchmark = async ({ rounds, bytes, folder, databases: kept }, report) => {
  report.say(
    'p99 and max: how much later than asked a timer came that the host sets again and again, 1 ms ahead.',
  )
  const databases = makeDatabases(kept, bytes)
  const watched = { watchLoop: true }
  const opponent = {
    peerName: npmPipeline.name,
    peer: atRest(pipeline(watched), databases),
    only: ['p99', 'max'],
  }
  const file = atRest(ours(watched), databases)
  const live = whileWriting(ours({ source: 'sqlite', ...watched }), databases)

  await playRounds(
    { prefix: 'loop', ours: file, steps: ['first', 'changed', 'restore'], ...opponent },
    rounds,
    folder,
    report,
  )
  await playRounds(
    { prefix: 'loop.live', ours: live, steps: ['first', 'changed'], ...opponent },
    rounds,
    folder,
    report,
  )
  await invoices(rounds, bytes, folder, report)
}
