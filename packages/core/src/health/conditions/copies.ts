import { durationText } from '../../track/words.ts'
import type { HealthFacts } from '../facts.ts'
import { type Condition, type HealthReason, hourMs, when } from '../reason.ts'
import { pastSnapshots } from '../views.ts'
import { providerTrouble } from './providers.ts'

/** Of some snapshots there are fewer copies than required: something was lost, and has not come back. */
export const tooFewCopies: Condition = (facts, _, now) => {
  const partial = facts.snapshots.filter(({ state }) => state === 'partial')
  const newest = pastSnapshots(facts, now)[0]
  const cause = providerTrouble(facts)
  return when(partial.length > 0, () => ({
    id: 'copies-too-few',
    severity: newest?.state === 'partial' ? 'critical' : 'warning',
    title: partial.length === 1 ? 'A snapshot lacks copies' : `${partial.length} snapshots lack copies`,
    message: `Fewer than ${facts.required} providers can restore ${partial.length === 1 ? 'it' : 'them'} on their own.`,
    action: 'Call sync(); if that does not help, verify(), and bring the missing provider back.',
    ...(cause !== undefined && { because: cause }),
  }))
}

/** A provider has not had for long what others have. */
export const copiesLate: Condition = (facts, { copiesMs }, now) =>
  facts.providers.flatMap(({ location }): readonly HealthReason[] => {
    const since = lateSince(facts, location, now)
    if (!since || now.getTime() - since.getTime() <= copiesMs) return []
    const cause = providerTrouble(facts, location)
    return [
      {
        id: `copies-late:${location}`,
        severity: 'warning',
        title: `${location} lacks the backups of ${durationText(now.getTime() - since.getTime())}`,
        message: `Its newest complete snapshot is older than ${since.toISOString()}. Others have newer ones.`,
        action: 'Look at the connection to it, keep the program running for longer, or call sync() before it ends.',
        since,
        // A provider that was just added has everything still to come.
        patienceMs: hourMs,
        ...(cause !== undefined && { because: cause }),
      },
    ]
  })

/** The oldest snapshot that it lacks after the newest that it has. */
function lateSince(facts: HealthFacts, location: string, now: Date): Date | undefined {
  if (facts.providers.length < 2) return undefined
  let since: Date | undefined
  for (const { time, copies } of pastSnapshots(facts, now)) {
    const copy = copies.find((one) => one.location === location)
    if (!copy || copy.state === 'committed') return since
    since = time
  }
  return since
}

/** Three copies, on two kinds of storage, one of them elsewhere. */
export interface ThreeTwoOne {
  /** With the live data. */
  readonly copies: number
  readonly kinds: number
  /** One is not on this machine. */
  readonly elsewhere: boolean
  readonly ok: boolean
}

export function threeTwoOneOf({ providers }: HealthFacts): ThreeTwoOne {
  const copies = providers.length + 1
  const kinds = new Set(providers.map(({ name }) => name)).size
  const elsewhere = providers.some(({ nearby }) => !nearby)
  return { copies, kinds, elsewhere, ok: copies >= 3 && kinds >= 2 && elsewhere }
}

/** Fire, theft and ransomware take all that is in one place; one fault of one service takes all that it holds. */
export const threeTwoOne: Condition = (facts, targets) => {
  const { copies, kinds, elsewhere, ok } = threeTwoOneOf(facts)
  const missing = [
    ...(copies < 3 ? [`there are ${copies} copies, not three`] : []),
    ...(kinds < 2 ? ['all are with one kind of provider'] : []),
    ...(elsewhere ? [] : ['none is away from this machine']),
  ]
  const wanted = elsewhere ? 'another kind of provider' : 'a provider that is somewhere else'
  return when(targets.threeTwoOne && !ok, () => ({
    id: 'three-two-one',
    severity: 'warning',
    title: 'One misfortune could take all copies',
    message: `With the live data, ${missing.join('; ')}.`,
    action: `Add ${copies < 3 || kinds < 2 ? wanted : 'a provider that is somewhere else'} to "providers", and call init() once.`,
  }))
}
