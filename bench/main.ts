import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmarks/benchmark.ts'
import { dashboard } from './benchmarks/dashboard.ts'
import { lifetime } from './benchmarks/lifetime.ts'
import { files } from './benchmarks/files.ts'
import { invoices } from './benchmarks/invoices.ts'
import { loop } from './benchmarks/loop.ts'
import { primitives } from './benchmarks/primitives.ts'
import { prune } from './benchmarks/prune.ts'
import { providers } from './benchmarks/providers.ts'
import { replicate } from './benchmarks/replicate.ts'
import { scale } from './benchmarks/scale.ts'
import { store } from './benchmarks/store.ts'
import { timetravel } from './benchmarks/timetravel.ts'
import { checkProcessTree } from './measure/process-tree.ts'
import { createReport } from './measure/report.ts'
import { borg } from './peers/borg.ts'
import type { Peer } from './peers/contender.ts'
import { npmPipeline } from './peers/npm-pipeline.ts'
import { restic } from './peers/restic.ts'

const benchmarks: Readonly<Record<string, Benchmark>> = {
  store,
  primitives,
  scale,
  lifetime,
  prune,
  loop,
  invoices: ({ rounds, bytes, folder }, report) => invoices(rounds, bytes, folder, report),
  dashboard,
  files,
  replicate,
  providers,
  timetravel,
}
const peers: readonly Peer[] = [restic, borg, npmPipeline]

const USAGE = `npm run bench -- NAME [options]
  NAME           ${Object.keys(benchmarks).join(' | ')}
  --json         one JSON line for each measurement: {name, ours, peerName, peer, unit, ratio}
  --rounds N     alternating pairs, 5 unless said
  --peer NAME    store: only this one of ${peers.map(({ name }) => `"${name}"`).join(', ')}; may be repeated
  --bytes N      size of the database or tree, 500000000 unless said
  --data FOLDER  keep the generated databases there for the next run`

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      peer: { type: 'string', multiple: true },
      bytes: { type: 'string', default: '500000000' },
      data: { type: 'string' },
    },
  })
  const benchmark = benchmarks[positionals[0] ?? '']
  if (benchmark === undefined || positionals.length > 1) throw new Error(USAGE)
  checkProcessTree()
  const chosen = choosePeers(values.peer)
  const report = createReport(values.json)
  report.say(
    `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`,
  )

  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const databases = resolve(values.data ?? join(folder, 'databases'))
  const runs = join(folder, 'runs')
  mkdirSync(runs)
  try {
    const rounds = positive(values.rounds, '--rounds')
    await benchmark(
      { rounds, bytes: positive(values.bytes, '--bytes'), peers: chosen, folder: runs, databases },
      report,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function choosePeers(names: readonly string[] | undefined): readonly Peer[] {
  if (names === undefined) return peers
  return names.map((wanted) => {
    const peer = peers.find(({ name }) => name === wanted)
    if (peer === undefined) throw new Error(`There is no peer "${wanted}".\n${USAGE}`)
    return peer
  })
}

function positive(text: string, option: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${option} must be a whole number above zero, not "${text}".`)
}
