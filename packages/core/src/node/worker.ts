import { parentPort, workerData } from 'node:worker_threads'
import type { OpenedSegment, SealedSegment } from '../contract/lane.ts'
import { free } from '../codec/free.ts'
import { createLane } from '../lane/lane.ts'
import { type LaneReply, type LaneRequest, type LaneWorkerData, plainError } from './lane-messages.ts'
import { nodeLaneTools } from './lane-tools.ts'
import { stepBack } from './step-back.ts'

/** A lane in a thread of its own. Messages are dealt with one after the other, in the order they came. */

stepBack()

const port = parentPort!
const { setup, writeTurn } = workerData as LaneWorkerData
const lane = createLane(nodeLaneTools(writeTurn), setup)
let last: Promise<void> = Promise.resolve()

port.on('message', (requests: readonly LaneRequest[]) => {
  for (const request of requests) last = last.then(() => answer(request))
})

async function answer({ call, method, argument }: LaneRequest): Promise<void> {
  try {
    const result = await (lane[method] as (argument: unknown) => unknown)(argument)
    // It was moved here, so nobody else has it.
    if (method === 'open') free(argument.stored)
    if (method === 'take' || method === 'release') return
    const moved = movedWith(method, result)
    port.postMessage({ call, result } satisfies LaneReply, moved)
    // What could not be moved was copied.
    const { plain } = method === 'open' ? (result as OpenedSegment) : {}
    if (plain && moved.length === 0) free(plain)
  } catch (error) {
    port.postMessage({ call, error: plainError(error) } satisfies LaneReply)
  }
}

/** Segments are moved, not copied, if they own their whole buffer. All other results the lane may still need. */
function movedWith(method: LaneRequest['method'], result: unknown): ArrayBuffer[] {
  const bytes = method === 'seal' ? (result as SealedSegment).stored : method === 'open' ? (result as OpenedSegment).plain : undefined
  const buffer = bytes?.buffer
  return buffer instanceof ArrayBuffer && bytes?.byteLength === buffer.byteLength ? [buffer] : []
}
