/** How things stand at the end of a year. */
export interface YearFigures {
  readonly year: number
  readonly runs: number
  readonly snapshots: number
  readonly objects: number
  readonly storedBytes: number
  readonly sourceBytes: number
  /** Requests that a listing of everything takes, at a thousand objects each. */
  readonly listRequests: number
  readonly listMs: number
  readonly planMs: number
  readonly pruneMs: number
  readonly heapBytes: number
  /** Median of a backup in the last days of the year. */
  readonly runMs: number
  /** Mean processor time of these, with all threads: what others do on the machine hardly shows in it. */
  readonly runCpuMs: number
}

export const yearColumns: readonly string[] = [
  'year', 'runs', 'source MB', 'snapshots', 'objects', 'stored MB', 'list requests', 'list ms', 'plan ms', 'prune ms', 'heap MB', 'run ms', 'run CPU ms',
]

/** The figures of a year, in the order of the columns. */
export function yearRow(figures: YearFigures): string[] {
  const { year, runs, sourceBytes, snapshots, objects, storedBytes, listRequests, listMs, planMs, pruneMs, heapBytes, runMs, runCpuMs } = figures
  const [sourceMb, storedMb] = [sourceBytes, storedBytes].map((bytes) => (bytes / 1e6).toFixed(1))
  const whole = [listMs, planMs, pruneMs, heapBytes / 1e6].map((value) => value.toFixed(0))
  return [...[year, runs, sourceMb, snapshots, objects, storedMb, listRequests].map(String), ...whole, runMs.toFixed(2), runCpuMs.toFixed(2)]
}
