import type { Report } from '../measure/report.ts'
import type { Peer } from '../peers/contender.ts'

/** What the command line chose. */
interface BenchmarkOptions {
  rounds: number
  /** Size of the database. */
  bytes: number
  peers: readonly Peer[]
  /** An empty folder; removed afterwards. */
  folder: string
  /** Where databases are kept; may hold those of an earlier run. */
  databases: string
}

export type Benchmark = (options: BenchmarkOptions, report: Report) => Promise<void>
