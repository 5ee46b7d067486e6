import type { Alert } from '../events.ts'
import { type HealthReason, dayMs, hourMs } from './reason.ts'

/** What has been told, and what may have to be: by id. */
export type AlertState = ReadonlyMap<string, AlertEntry>

export interface AlertEntry {
  /** As it was seen last. */
  readonly alert: Alert
  /** When it was seen first, in milliseconds since 1970. */
  readonly firstSeen: number
  /** It is told from then on, if it lasts. */
  readonly notBefore: number
  /** What somebody was told, and when; absent while nobody was. */
  readonly told?: { readonly severity: Alert['severity']; readonly at: number }
  /** It followed from something else when it was seen last. */
  readonly folded: boolean
  /** It is no longer there since. */
  readonly goneSince?: number
  /** So long it must be gone before that is told. */
  readonly calmMs: number
}

export interface AlertStep {
  readonly raised: readonly Alert[]
  readonly reminders: readonly Alert[]
  readonly cleared: readonly Alert[]
  /** As it is when all of these have been told; see {@link untold}. */
  readonly state: AlertState
}

export interface Reminders {
  readonly criticalMs: number
  readonly warningMs: number
}

export const defaultReminders: Reminders = { criticalMs: dayMs, warningMs: 7 * dayMs }

/** What was only a consequence and outlives its cause may be on its way out: the next run will tell. */
const afterCauseMs = hourMs

/**
 * From what is wrong to what somebody should be told. A pure function: the same again at the same instant tells nothing more.
 *
 * Each id is raised once, again only when it gets worse, and reminded of after a while; it is cleared once, when it has been gone for
 * long enough. What follows from something else that is no less severe is told as a part of that.
 */
export function stepAlerts(previous: AlertState, reasons: readonly HealthReason[], now: Date, reminders: Reminders = defaultReminders): AlertStep {
  const at = now.getTime()
  const seen = new Map(reasons.map((reason) => [reason.id, reason]))
  const raised: Alert[] = []
  const reminded: Alert[] = []
  const cleared: Alert[] = []
  const state = new Map<string, AlertEntry>()

  for (const reason of seen.values()) {
    const entry = refreshed(previous.get(reason.id), reason, seen, at)
    const { told, alert } = entry
    const isWorse = told !== undefined && rank(alert.severity) > rank(told.severity)
    const isDue = !entry.folded && (told ? isWorse || at - told.at >= remindMs(alert, reminders) : at >= entry.notBefore)
    state.set(reason.id, isDue ? { ...entry, told: { severity: alert.severity, at } } : entry)
    if (isDue) (told && !isWorse ? reminded : raised).push(alert)
  }
  for (const [id, entry] of previous) {
    // What nobody was told of goes as it came.
    if (seen.has(id) || !entry.told) continue
    const goneSince = Math.min(entry.goneSince ?? at, at)
    if (at - goneSince >= entry.calmMs) cleared.push(entry.alert)
    else state.set(id, { ...entry, goneSince })
  }
  return { raised, reminders: reminded, cleared, state }
}

/** The state when some of it reached nobody: it is told again next time. @param ids of alerts that reached nobody */
export function untold(previous: AlertState, { state }: AlertStep, ids: ReadonlySet<string>): AlertState {
  const next = new Map(state)
  for (const id of ids) {
    const before = previous.get(id)
    const entry = state.get(id)
    if (entry) {
      const { told: _, ...rest } = entry
      next.set(id, { ...rest, ...(before?.told && { told: before.told }) })
    } else if (before) next.set(id, before)
  }
  return next
}

/** Alerts that stand, with their severity. */
export function standing(state: AlertState): Map<string, Alert['severity']> {
  return new Map([...state].flatMap(([id, { told, alert }]) => (told ? [[id, alert.severity] as const] : [])))
}

function refreshed(known: AlertEntry | undefined, reason: HealthReason, seen: ReadonlyMap<string, HealthReason>, at: number): AlertEntry {
  const { id, severity, title, action, since, patienceMs = 0, calmMs = 0 } = reason
  const cause = reason.because === undefined ? undefined : seen.get(reason.because)
  const folded = cause !== undefined && isPartOf(reason, cause)
  const outlivedAt = at + Math.max(patienceMs, afterCauseMs)
  // A clock that was set back must not make anybody wait until it is there again.
  const firstSeen = Math.min(known?.firstSeen ?? at, at)
  const notBefore = !known ? at + patienceMs : known.folded && !folded ? outlivedAt : Math.min(known.notBefore, outlivedAt)
  const alert: Alert = { id, severity, title, message: messageOf(reason, seen), action, since: since?.getTime() ?? firstSeen }
  return { alert, firstSeen, notBefore, folded, calmMs, ...(known?.told && { told: { ...known.told, at: Math.min(known.told.at, at) } }) }
}

/** What is worse than its cause is told on its own. */
function isPartOf({ because, severity }: HealthReason, cause: HealthReason): boolean {
  return because === cause.id && rank(severity) <= rank(cause.severity)
}

/** With what follows from it, which is told here and nowhere else. */
function messageOf(cause: HealthReason, seen: ReadonlyMap<string, HealthReason>): string {
  const { message } = cause
  const following = [...seen.values()].filter((reason) => isPartOf(reason, cause)).map(({ title }) => title)
  return following.length === 0 ? message : `${message} It follows: ${following.join('; ')}.`
}

function remindMs({ severity }: Alert, { criticalMs, warningMs }: Reminders): number {
  return severity === 'critical' ? criticalMs : warningMs
}

function rank(severity: Alert['severity']): number {
  return severity === 'critical' ? 2 : 1
}
