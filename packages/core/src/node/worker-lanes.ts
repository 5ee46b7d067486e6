import { Worker } from 'node:worker_threads'
import type { Block, Lane, LaneSetup, Lanes, OpenRequest } from '../contract/lane.ts'
import { BackupError } from '../errors.ts'
import { type LaneReply, type LaneRequest, type LaneWorkerData, revivedError } from './lane-messages.ts'

/** Lanes in worker threads. */
export function workerLanes(setup: LaneSetup): Lanes {
  const writeTurn = new Int32Array(new SharedArrayBuffer(4))
  const opened = Array.from({ length: setup.workers }, () => openLane({ setup, writeTurn }))
  return {
    lanes: opened.map(({ lane }) => lane),
    async close() {
      await Promise.all(opened.map(({ close }) => close()))
    },
  }
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: unknown): void
}

function openLane(workerData: LaneWorkerData): { lane: Lane; close(): Promise<void> } {
  const worker = new Worker(workerUrl, { workerData, name: 'backup-lane', resourceLimits: { maxYoungGenerationSizeMb } })
  const waiting = new Map<number, Waiting>()
  let calls = 0
  let failure: BackupError | undefined

  const fail = (error: BackupError): void => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
  }
  worker.on('message', ({ call, result, error }: LaneReply) => {
    const asked = waiting.get(call)
    waiting.delete(call)
    if (asked && error) asked.reject(revivedError(error))
    else if (asked) asked.resolve(result)
    // `take` and `release` have no answer; when they fail, what follows them would be wrong. Without an error this is the
    // answer to a call that was given up since.
    else if (error) fail(revivedError(error))
  })
  worker.on('error', (cause) => fail(new BackupError('permanent', `A worker thread failed: ${cause.message}`, { cause })))
  worker.on('exit', () => fail(new BackupError('cancelled', 'A worker thread was closed before it was done.')))

  let requests: LaneRequest[] = []
  let transfers: ArrayBuffer[] = []
  const post = (): void => {
    const [batch, moved] = [requests, transfers]
    requests = []
    transfers = []
    try {
      worker.postMessage(batch, moved)
    } catch (cause) {
      // Nobody is on the stack to catch it: it goes to those who wait for an answer.
      fail(new BackupError('permanent', `A worker thread could not be given its work: ${(cause as Error).message}`, { cause }))
    }
  }
  /** What is asked for in one go is posted in one message: each costs both threads as much as naming ten pages. */
  const tell = (request: LaneRequest, transfer: ArrayBuffer[]): void => {
    if (requests.length === 0) queueMicrotask(post)
    requests.push(request)
    transfers.push(...transfer)
  }
  const ask = <Method extends keyof Lane>(method: Method, argument?: unknown, transfer: ArrayBuffer[] = []): ReturnType<Lane[Method]> =>
    new Promise<unknown>((resolve, reject) => {
      if (failure) return reject(failure)
      const call = ++calls
      waiting.set(call, { resolve, reject })
      tell({ call, method, argument } as LaneRequest, transfer)
    }) as ReturnType<Lane[Method]>

  return {
    lane: {
      scan: (block) => ask('scan', block, movedBytes(block)),
      take: (take) => tell({ call: 0, method: 'take', argument: take }, []),
      release: (block) => tell({ call: 0, method: 'release', argument: block }, []),
      seal: (request) => ask('seal', request),
      open: (request) => ask('open', ...movable(request)),
      closeFiles: () => ask('closeFiles'),
    },
    async close() {
      await worker.terminate()
    },
  }
}

function movedBytes({ bytes }: Block): ArrayBuffer[] {
  return bytes.kind === 'memory' && bytes.given ? [bytes.bytes.buffer as ArrayBuffer] : []
}

/** A segment is usually a part of what was fetched: posting a view would copy all of it, so its own part is copied and moved. */
function movable(request: OpenRequest): [OpenRequest, ArrayBuffer[]] {
  // Not `slice`: for a Buffer that is a view, and what it looks at would be moved away from its owner.
  const stored = new Uint8Array(request.stored)
  return [{ ...request, stored }, [stored.buffer]]
}

/** Beside this file, as source or built. */
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** What a lane holds are large arrays, which are let go when the small objects are that name them: looked for more often, that is soon. */
const maxYoungGenerationSizeMb = 4
