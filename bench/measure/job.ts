import { fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Cost } from './cost.ts'
import type { LoopDelay } from './event-loop.ts'
import { watchPeakMemory } from './peak-memory.ts'
import { plainProgram } from './plain-program.ts'

export interface JobOptions {
  /** Watch how late the event loop of the process runs while the work is done. */
  watchLoop?: boolean
  /** Options for Node itself. */
  execArgv?: readonly string[]
}

/** What a finished job reports: its cost, and whatever its work returned. */
export interface JobReport {
  cost: Cost
  result: unknown
}

/** What a job's process is told: what to do, as `serveJob` of that program understands it. */
export interface JobOrder {
  task: unknown
  watchLoop: boolean
}

/** What a job's process says: that it is ready, what it took, or why it failed. */
export type JobMessage =
  | { kind: 'ready' }
  | { kind: 'done'; wallMs: number; cpuMs: number; loop?: LoopDelay; result: unknown }
  | { kind: 'failed'; reason: string }

/**
 * Runs `program`, which calls `serveJob`, in a fresh process: prepares without measuring, then measures the
 * work.
 */
export async function measureJob(program: URL, task: unknown, options: JobOptions = {}): Promise<JobReport> {
  const { watchLoop = false, execArgv = [] } = options
  const order: JobOrder = { task, watchLoop }
  const file = plainProgram(program)
  const child = fork(file, [JSON.stringify(order)], { execArgv: [...execArgv] })
  const peak = watchPeakMemory(child.pid as number)
  let report: JobReport | undefined
  let reason = ''
  child.on('message', (raw) => {
    const message = raw as JobMessage
    if (message.kind === 'ready') child.send('go')
    if (message.kind === 'failed') reason = message.reason
    if (message.kind !== 'done') return
    const { kind: _, result, ...cost } = message
    report = { cost: { ...cost, peakBytes: peak() }, result }
  })
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve))
  peak()
  rmSync(file)
  if (report !== undefined && reason === '') return report
  throw new Error(`${fileURLToPath(program)} failed: ${reason || `ended with ${String(code)}`}`)
}
