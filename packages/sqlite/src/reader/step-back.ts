import { getPriority, setPriority } from 'node:os'

/** The application comes first. This is about the reader process, with all its threads. */
export function stepBack(): void {
  try {
    setPriority(Math.min(19, getPriority() + 5))
  } catch {
    // Some containers do not allow it. The work is done all the same.
  }
}
