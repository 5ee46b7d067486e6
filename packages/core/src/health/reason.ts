import type { Alert } from '../events.ts'
import type { HealthFacts } from './facts.ts'
import type { Targets } from './targets.ts'

/** Something that is not as it should be, and what to do about it. Plain data, in words for people. */
export interface HealthReason extends Omit<Alert, 'since'> {
  /** Since when, where that is known. */
  readonly since?: Date
  /** The id of another reason from which this one follows: who is told of that one need not be told of this one. */
  readonly because?: string
  /** It becomes an alert only when it has lasted so long. @default 0 */
  readonly patienceMs?: number
  /** Its alert is cleared only when it has been gone for so long. @default 0 */
  readonly calmMs?: number
}

/** One kind of thing that can be wrong. Looks at facts, asks nobody, and never throws. */
export type Condition = (facts: HealthFacts, targets: Targets, now: Date) => readonly HealthReason[]

export const minuteMs = 60_000
export const hourMs: number = 60 * minuteMs
export const dayMs: number = 24 * hourMs

/** For those that are looked for in a list: nothing, or one. */
export function when(holds: boolean, reason: () => HealthReason): readonly HealthReason[] {
  return holds ? [reason()] : []
}
