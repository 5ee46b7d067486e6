import type { Lane, LaneSetup, Lanes } from '../contract/lane.ts'
import { type LaneTools, createLane } from './lane.ts'

/** One lane in the caller's thread, which lets others have a turn before each step. */
export function inlineLanes(tools: LaneTools, setup: LaneSetup): Lanes {
  const lane = createLane(tools, setup)
  let last: Promise<unknown> = Promise.resolve()
  /** In the order of the calls, as a lane promises. */
  const inTurn = <Result>(step: () => Promise<Result>): Promise<Result> => {
    const result = last.then(nextTurn).then(step)
    last = result.catch(() => {})
    return result
  }
  const gentle: Lane = {
    scan: (block) => inTurn(() => lane.scan(block)),
    take: (take) => void inTurn(async () => lane.take(take)),
    release: (block) => void inTurn(async () => lane.release(block)),
    seal: (request) => inTurn(() => lane.seal(request)),
    open: (request) => inTurn(() => lane.open(request)),
    closeFiles: () => inTurn(() => lane.closeFiles()),
  }
  return { lanes: [gentle], close: () => gentle.closeFiles() }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
