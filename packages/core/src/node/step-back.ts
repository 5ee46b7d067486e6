import { getPriority, setPriority } from 'node:os'

/**
 * Lets the host's thread go before the calling one. Elsewhere than on Linux this would be about the whole process, and the host
 * with it.
 */
export function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Math.min(lowest, getPriority() + 5))
  } catch {
    // Some containers and runtimes do not allow it. The work is done all the same.
  }
}

const lowest = 19
