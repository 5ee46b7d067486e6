import type { Lane, LaneSetup, Lanes } from '../contract/lane.ts'
import { createLane } from './lane.ts'
import type { LaneTools } from './tools.ts'
import { nextTurn } from './turns.ts'

/** One lane in the caller's thread, which lets others have a turn before each step. */
export function inlineLanes(tools: LaneTools, setup: LaneSetup): Lanes {
  const lane = createLane(tools, setup)
  let last: Promise<unknown> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined
  /** In the order of the calls, as a lane promises. */
  const inTurn = <Result>(step: () => Promise<Result>): Promise<Result> => {
    const result = last.then(nextTurn).then(step)
    last = result.catch(() => {})
    return result
  }
  const ask = <Result>(step: () => Promise<Result>): Promise<Result> =>
    inTurn(async () => {
      if (failure) throw failure.error
      return step()
    })
  /** Nobody waits for these. When one fails, what follows would be wrong, so it fails too. */
  const tell = (step: () => void): void => {
    void inTurn(async () => {
      try {
        step()
      } catch (error) {
        failure ??= { error }
      }
    })
  }
  const closeFiles = (): Promise<void> => inTurn(() => lane.closeFiles())
  const gentle: Lane = {
    scan: (block) => ask(() => lane.scan(block)),
    take: (take) => tell(() => lane.take(take)),
    release: (block) => tell(() => lane.release(block)),
    seal: (request) => ask(() => lane.seal(request)),
    open: (request) => ask(() => lane.open(request)),
    closeFiles,
  }
  return { lanes: [gentle], close: closeFiles }
}
