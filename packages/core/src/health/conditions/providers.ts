import { bytesText, percentText } from '../../track/words.ts'
import type { HealthFacts, ProviderFacts } from '../facts.ts'
import { forecastOf } from '../growth.ts'
import { type Condition, type HealthReason, dayMs, minuteMs, when } from '../reason.ts'
import { criticalQuota } from '../targets.ts'
import { usedShare } from '../views.ts'

/** A line that has been crossed is crossed back only this far behind it. */
const backShare = 0.05

/** Short failures are what retries and breakers are for. */
const awayPatienceMs = 10 * minuteMs

/** The id under which it is told that this provider does not work. */
function troubleId({ location, problem }: ProviderFacts): string {
  if (problem?.kind === 'auth') return `sign-in:${location}`
  return problem?.kind === 'quota' ? `quota:${location}` : `provider-away:${location}`
}

/** What keeps this provider, or any, from working. */
export function providerTrouble({ providers }: HealthFacts, location?: string): string | undefined {
  const broken = providers.find((provider) => provider.problem && (location === undefined || provider.location === location))
  return broken && troubleId(broken)
}

/** What keeps backups from being stored, if anything does: their failures follow from it. */
export function storingTrouble(facts: HealthFacts): string | undefined {
  if (!isEnough(facts)) return providerTrouble(facts)
  return facts.closed && 'repository-closed'
}

/** With fewer than are required, nothing can be stored any more. */
function isEnough({ providers, required }: HealthFacts): boolean {
  return providers.filter(({ problem }) => !problem).length >= required
}

function severityOfLoss(facts: HealthFacts): 'warning' | 'critical' {
  return isEnough(facts) ? 'warning' : 'critical'
}

/** The repository is within reach and cannot be opened: wrong key, damaged, of a newer format, or none. */
export const repositoryClosed: Condition = (facts) =>
  when(facts.closed !== undefined && isEnough(facts), () => ({
    id: 'repository-closed',
    severity: 'critical',
    title: 'The repository cannot be opened',
    message: facts.closed!.message,
    action: facts.closed!.hint,
    ...(passing.includes(facts.closed!.kind) && { patienceMs: awayPatienceMs }),
  }))

/** Kinds of failures that another look may not find any more; a repository that is yet to be made is made in a moment. */
const passing: readonly string[] = ['transient', 'busy', 'throttled', 'not-a-repository']

/** A disk that is not mounted, a server that does not answer, a setting that is wrong. */
export const providerAway: Condition = (facts) =>
  facts.providers
    .filter((provider) => provider.problem && troubleId(provider).startsWith('provider-away'))
    .map((provider) => ({
      id: troubleId(provider),
      severity: severityOfLoss(facts),
      title: `${provider.location} does not work`,
      message: provider.problem!.message,
      action: provider.problem!.hint,
      patienceMs: awayPatienceMs,
      calmMs: awayPatienceMs,
    }))

/** Nobody but its owner can mend that, so there is nothing to wait for. */
export const signInNeeded: Condition = (facts) =>
  facts.providers.flatMap((provider): readonly HealthReason[] => {
    const { location, problem, waiting } = provider
    const id = `sign-in:${location}`
    // Where only storing is refused, all seems well until the next attempt: it is over when it has taken what it lacks.
    const lasts = facts.standing.has(id) && waiting > 0
    if (problem?.kind !== 'auth' && !lasts) return []
    return [
      {
        id,
        severity: severityOfLoss(facts),
        title: `${location} asks for a new sign-in`,
        message: problem?.message ?? `It can be read from, and has not taken ${waiting} objects that it lacks.`,
        action: problem?.hint ?? 'Sign in again or check the rights of the account.',
        calmMs: awayPatienceMs,
      },
    ]
  })

/** Little room is left, or none. */
export const quotaReached: Condition = (facts, { quota }) =>
  facts.providers.flatMap((provider): readonly HealthReason[] => {
    const id = `quota:${provider.location}`
    const share = usedShare(provider)
    const before = facts.standing.get(id)
    const isOver = share !== undefined && share >= (before === 'critical' ? criticalQuota - backShare : criticalQuota)
    const { problem, waiting } = provider
    // It can be read from, so all seems well until the next attempt to store: it is over when it has taken what it lacks.
    const isFull = problem?.kind === 'quota' || (before === 'critical' && waiting > 0 && !isOver)
    if (share === undefined && !isFull) return []
    const isCritical = isFull || isOver
    if (!isCritical && share! < (before ? quota - backShare : quota)) return []
    const free = provider.usage?.freeBytes === undefined ? '' : `, ${bytesText(provider.usage.freeBytes)} are free`
    return [
      {
        id,
        severity: isCritical ? 'critical' : 'warning',
        title: isFull ? `${provider.location} is full` : `${provider.location} is filled to ${percentText(share!)}`,
        message: isFull ? (problem?.message ?? `It has not taken ${waiting} objects that it lacks.`) : `${percentText(share!)} of its room are used${free}.`,
        action: 'Make room there, get more, or keep fewer old snapshots.',
        ...(isFull && { calmMs: awayPatienceMs }),
      },
    ]
  })

/** At this rate it will be full before somebody has bought a disk. */
export const quotaForecast: Condition = (facts, { quota }, now) =>
  facts.providers.flatMap((provider): readonly HealthReason[] => {
    const full = forecastOf(facts, provider, now)
    if (!full || full.getTime() > now.getTime() + 14 * dayMs || (usedShare(provider) ?? 0) >= quota) return []
    const days = Math.floor((full.getTime() - now.getTime()) / dayMs)
    return [
      {
        id: `quota-forecast:${provider.location}`,
        severity: 'warning',
        title: `${provider.location} will be full in ${days} days`,
        message: `${bytesText(provider.usage?.freeBytes ?? 0)} are free, and backups of late would use that up by ${full.toISOString().slice(0, 10)}.`,
        action: 'Make room there, get more, or keep fewer old snapshots.',
        calmMs: dayMs,
      },
    ]
  })
