import { spawnSync } from 'node:child_process'
import { serveJob } from './serve-job.ts'

/** What the tests of `measureJob` have done in a process of its own. */
export type FixtureTask =
  | { kind: 'burn'; ms: number }
  | { kind: 'burn-in-child'; ms: number }
  | { kind: 'block-loop'; ms: number }
  | { kind: 'allocate'; bytes: number }
  | { kind: 'fail' }
  | { kind: 'die' }

serveJob<FixtureTask>(async (task) => ({
  async work() {
    if (task.kind === 'burn') return burn(task.ms)
    if (task.kind === 'burn-in-child') return burnInChild(task.ms)
    if (task.kind === 'allocate') return new Uint8Array(task.bytes).fill(1).length
    if (task.kind === 'fail') throw new Error('the disk is on fire')
    if (task.kind === 'die') return process.kill(process.pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 20))
    burn(task.ms)
    return new Promise((resolve) => setTimeout(resolve, 20))
  },
}))

function burn(ms: number): number {
  const usedMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000
  const end = usedMs() + ms
  let turns = 0
  while (turns % 100_000 > 0 || usedMs() < end) turns++
  return turns
}

function burnInChild(ms: number): number | null {
  return spawnSync(process.execPath, ['-e', `(${burn.toString()})(${ms})`]).status
}
