import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { BackupError } from '@backup/core'
import type { Entries, Jobs, Reply } from './thread/protocol.ts'
import { plugin } from './problem.ts'

/** Threads that work with files. They are started when they are first needed. */
export interface Crew {
  readonly size: number
  /**
   * Has a job done, after all that this thread was given before.
   *
   * @throws FileProblem when a file was in the way; `cancelled` when the crew was dismissed
   */
  do<Name extends keyof Jobs>(thread: number, name: Name, job: Jobs[Name]['job'], options?: JobOptions): Promise<Jobs[Name]['result']>
  /** Stops the threads, which are idle, and gives back what they hold: 20 MB each. Whoever has more to do gets new ones. */
  rest(): Promise<void>
  dismiss(): Promise<void>
}

export interface JobOptions {
  readonly onPart?: (part: Entries) => void
  readonly transfer?: ArrayBuffer[]
}

/** What stopped a thread. */
export interface FileProblem {
  readonly code: string
  readonly path: string
}

export function createCrew(): Crew {
  // Reading and writing take less than what the engine does with the bytes.
  const size = Math.min(3, Math.max(1, availableParallelism()))
  const threads = new Map<number, Thread>()
  let dismissed = false
  const stopAll = async (): Promise<void> => {
    const stopping = [...threads.values()]
    threads.clear()
    await Promise.all(stopping.map((thread) => thread.stop()))
  }
  return {
    size,
    do(number, name, job, options = {}) {
      if (dismissed) return Promise.reject(stopped())
      let thread = threads.get(number)
      if (!thread) threads.set(number, (thread = startThread()))
      return thread.ask(name, job, options) as Promise<never>
    },
    rest: stopAll,
    async dismiss() {
      dismissed = true
      await stopAll()
    },
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly onPart?: (part: Entries) => void
}

interface Thread {
  ask(name: string, job: unknown, options: JobOptions): Promise<unknown>
  stop(): Promise<void>
}

function startThread(): Thread {
  const worker = new Worker(threadUrl, { name: 'backup-files', resourceLimits: { maxYoungGenerationSizeMb } })
  const waiting = new Map<number, Waiting>()
  let calls = 0
  let failure: BackupError | undefined
  const fail = (error: BackupError): void => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
  }
  worker.on('message', ({ call, part, result, error }: Reply) => {
    const asked = waiting.get(call)
    if (part !== undefined) return asked?.onPart?.(part as Entries)
    waiting.delete(call)
    if (error) asked?.reject(Object.assign(new Error(error.message), { code: error.code, path: error.path } satisfies FileProblem))
    else asked?.resolve(result)
  })
  worker.on('error', (cause) => fail(new BackupError('permanent', `A thread that works with files failed: ${cause.message}`, { plugin, cause })))
  worker.on('exit', () => fail(stopped()))
  // Whoever forgets to close it shall still be able to end.
  worker.unref()
  return {
    ask(name, job, { onPart, transfer = [] }) {
      if (failure) return Promise.reject(failure)
      return new Promise((resolve, reject) => {
        const call = ++calls
        waiting.set(call, { resolve, reject, ...(onPart && { onPart }) })
        worker.ref()
        worker.postMessage({ call, name, job }, transfer)
      })
    },
    async stop() {
      await worker.terminate()
    },
  }
}

function stopped(): BackupError {
  return new BackupError('cancelled', 'The work with files was stopped before it was done.', { plugin })
}

/** What a thread makes is short-lived: facts of files, one after the other. More room for it would only be filled with garbage. */
const maxYoungGenerationSizeMb = 4

/** Beside this file, as source or built. */
const threadUrl = new URL(import.meta.url.endsWith('.ts') ? './thread/thread.ts' : './thread/thread.js', import.meta.url)
