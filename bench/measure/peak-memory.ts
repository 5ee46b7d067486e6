import { peakMemoryBytes } from './process-tree.ts'

/** Watches a process until the returned function is called, which gives the highest sum seen. */
export function watchPeakMemory(pid: number): () => number {
  let peak = 0
  const look = (): void => {
    peak = Math.max(peak, peakMemoryBytes(pid))
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  look()
  return () => {
    look()
    clearInterval(timer)
    return peak
  }
}

/** VmHWM never falls while a process lives, so only growth in its last moments can be missed. */
const LOOK_EVERY_MS = 25
