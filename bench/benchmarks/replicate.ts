import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { measureCommand } from '../measure/command.ts'
import { measureJob } from '../measure/job.ts'
import type { Report } from '../measure/report.ts'
import { createSamples } from '../measure/samples.ts'
import { settle } from '../measure/settle.ts'
import { ours } from '../ours/contender.ts'
import type { Behaviour } from '../ours/behaving.ts'
import type { Benchmark } from './benchmark.ts'
import type { CaughtUp } from './catch-up-job.ts'
import { makeDatabases } from './databases.ts'
import { atRest } from './entrant.ts'
import type { StepName } from './entrant.ts'
import { playRounds } from './rounds.ts'

const disk: Behaviour = {}
/** Of a line to a data centre, and of one to a home. */
const quick: Behaviour = { bytesPerSecond: 80_000_000 }
const slow: Behaviour = { bytesPerSecond: 5_000_000 }
const steps: readonly StepName[] = ['first', 'changed']

/** What several providers cost, beside one; what a slow and what a hanging one costs, beside those that do not. */
export const replicate: Benchmark = async ({ rounds, bytes, folder, databases: kept }, report) => {
  for (const line of HEADER) report.say(line)
  const databases = makeDatabases(kept, bytes)
  const to = (required: number, ...providers: Behaviour[]) => atRest(ours({ copies: { providers, required } }), databases)

  const pairs = [
    { prefix: 'replicate.three', ours: to(3, disk, disk, disk), peer: to(1, disk), peerName: 'one provider' },
    { prefix: 'replicate.required', ours: to(2, disk, quick, slow), peer: to(1, quick), peerName: 'required one' },
    {
      prefix: 'replicate.black-hole',
      ours: to(2, disk, { hangsAfterPuts: 2 }, disk),
      peer: to(2, disk, disk, disk),
      peerName: 'all healthy',
    },
  ]
  for (const pair of pairs) await playRounds({ ...pair, steps }, rounds, folder, report)
  await catchUp(rounds, folder, report)
}

const objects = 1_000
const objectBytes = 262_144

/** A provider that is new beside one that is full, and the same folder copied by rclone, which knows nothing of hashes in names. */
async function catchUp(rounds: number, folder: string, report: Report): Promise<void> {
  const samples = createSamples()
  for (let round = 0; round < rounds; round++) {
    report.say(`replicate.catch-up and rclone copy, round ${round + 1} of ${rounds}`)
    const place = join(folder, 'catch-up')
    mkdirSync(place)
    const task = { folder: place, objects, objectBytes }
    const { cost, result } = await measureJob(new URL('./catch-up-job.ts', import.meta.url), task)
    const { lists, reads } = result as CaughtUp
    report.say(`listings of the new provider by prefix: ${JSON.stringify(lists)}; objects read from it: ${reads}`)
    settle()
    const args = ['copy', join(place, 'full'), join(place, 'copied'), '--transfers', '4']
    const copy = await measureCommand({ program: 'rclone', args })
    for (const [side, { wallMs, cpuMs, peakBytes }] of [['ours', cost], ['peer', copy]] as const) {
      samples.add(side, { wall: wallMs / 1000, cpu: cpuMs / 1000, rss: peakBytes })
    }
    rmSync(place, { recursive: true })
  }
  for (const measurement of samples.measurements('replicate.catch-up', 'rclone copy')) report.add(measurement)
}

const HEADER: readonly string[] = [
  '"three": three folders of one disk, all of which must confirm, beside one. "required": two of three must, one',
  'of 5 MB/s need not; beside the slower of the two alone, at 80 MB/s. "black-hole": one of three answers no call',
  'any more after its second object in each run; beside all three in order, two required in both cases.',
]
