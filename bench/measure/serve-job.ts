import { watchEventLoop } from './event-loop.ts'
import type { JobMessage, JobOrder } from './job.ts'
import { ownCpuMs } from './process-tree.ts'

export interface Job {
  /** What is measured; its result goes back with the cost. */
  work(): Promise<unknown>
  /** What follows, not measured. */
  close?(): Promise<void>
}

/** The measured half of `measureJob`: what happens in `prepare` and `close` is not measured. */
export function serveJob<Task>(prepare: (task: Task) => Promise<Job>): void {
  process.once('disconnect', () => process.exit(1))
  run(prepare).then(
    () => process.exit(0),
    (error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
      say({ kind: 'failed', reason }, () => process.exit(1))
    },
  )
}

async function run<Task>(prepare: (task: Task) => Promise<Job>): Promise<void> {
  const { task, watchLoop } = JSON.parse(process.argv[2] ?? 'null') as JobOrder
  const job = await prepare(task as Task)
  const started = new Promise((resolve) => process.once('message', resolve))
  say({ kind: 'ready' })
  await started

  const delay = watchLoop ? watchEventLoop() : undefined
  const cpuBefore = ownCpuMs()
  const startedMs = performance.now()
  const result = await job.work()
  const wallMs = performance.now() - startedMs
  const cpuMs = ownCpuMs() - cpuBefore
  say({ kind: 'done', wallMs, cpuMs, ...(delay === undefined ? {} : { loop: delay() }), result })
  await job.close?.()
}

function say(message: JobMessage, told?: () => void): void {
  process.send?.(message, undefined, undefined, told)
}
