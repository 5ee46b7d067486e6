import { bytesText, durationText, rateText } from '@backup/cli/terminal'
import type { Stage } from './stage.ts'

/** What something took. */
export interface Cost {
  readonly what: string
  /** Bytes read, restored or checked. */
  readonly bytes: number
  /** Bytes that had not been stored before. */
  readonly freshBytes?: number
  /** Bytes that the repository grew by. */
  readonly storedBytes?: number
  readonly tookMs: number
}

export interface Proof {
  readonly claim: string
  readonly holds: boolean
}

/** Writes down what something took, and says it. */
export function note({ costs, screen }: Stage, cost: Cost, verb: string): void {
  costs.push(cost)
  const { bytes, freshBytes, storedBytes, tookMs } = cost
  const parts = [
    `${bytesText(bytes)} ${verb}`,
    freshBytes === undefined ? '' : `${bytesText(freshBytes)} new`,
    storedBytes === undefined ? '' : `${bytesText(storedBytes)} stored`,
    durationText(tookMs),
    speedOf(cost),
  ]
  screen.say(parts.filter((part) => part !== '').join(', '))
}

/** Writes down whether something that was claimed is so, and says it. */
export function prove({ proofs, screen }: Stage, claim: string, holds: boolean): void {
  proofs.push({ claim, holds })
  if (holds) screen.good(claim)
  else screen.bad(`NOT SO: ${claim}`)
}

export function speedOf({ bytes, tookMs }: Cost): string {
  return rateText(bytes / (Math.max(1, tookMs) / 1000))
}
