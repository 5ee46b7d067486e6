import type { LoopDelay } from './event-loop.ts'

/** What one run took. */
export interface Cost {
  wallMs: number
  /** User and system time of the process, its threads and its children. */
  cpuMs: number
  /** Highest resident memory: VmHWM of the process plus that of the children alive with it. */
  peakBytes: number
  /** How late the event loop of the process ran, where that was asked for. */
  loop?: LoopDelay
}
