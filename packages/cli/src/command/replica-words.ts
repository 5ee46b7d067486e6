import type { ReplicaStatus } from '@backup/core'
import type { Screen } from '../terminal/screen.ts'
import { countText } from '../terminal/amounts.ts'

/** Says how it stands with one provider. */
export function say(screen: Screen, { location, waiting, problem }: ReplicaStatus): void {
  const lacks = waiting > 0 ? ` ${countText(waiting, 'object')} will come with the next run.` : ''
  if (problem) screen.warn(`${location} does not work: ${problem.message}${lacks} ${problem.hint}`)
  else if (waiting > 0) screen.warn(`${location} is behind:${lacks}`)
  else screen.good(`${location} has everything.`)
}
