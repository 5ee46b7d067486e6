import type { CallOptions } from '../contract/provider.ts'
import type { Duration } from '../contract/duration.ts'
import { throwIfAborted } from '../errors.ts'
import type { Alert, BackupEvent } from '../events.ts'
import { sleep, systemTimers } from '../provider/timers.ts'
import { announcer } from '../track/announcer.ts'
import { type Recommendation, recommend } from './advice.ts'
import { readAlerts, writeAlerts } from './alert-state.ts'
import { type AlertState, defaultReminders, type Reminders, standing, stepAlerts, untold } from './alerts.ts'
import type { HealthFacts } from './facts.ts'
import { type HealthFigures, figuresOf } from './figures.ts'
import { type FactSources, gatherFacts } from './gather.ts'
import { history } from './history.ts'
import { type HealthLevel, judge } from './judge.ts'
import { healthNotes } from './notes.ts'
import type { HealthReason } from './reason.ts'
import { type Recorder, createRecorder } from './recorder.ts'
import { type BackupStatus, statusOf } from './status.ts'
import { durationMs, resolveTargets } from './targets.ts'

/** How a backup is, why, and what to do. Plain data. */
export interface Health {
  readonly level: HealthLevel
  readonly at: Date
  /** What is wrong, the worst first. */
  readonly reasons: readonly HealthReason[]
  /** What is not wrong and could be better. */
  readonly recommendations: readonly Recommendation[]
  readonly figures: HealthFigures
}

/** What a look at health led to. */
export interface HealthCheck {
  readonly health: Health
  /** New, or worse than before. */
  readonly raised: readonly Alert[]
  /** Still there after a long time. */
  readonly reminders: readonly Alert[]
  readonly cleared: readonly Alert[]
  /** Ids of those that reached no notifier: they are told again next time. */
  readonly untold: readonly string[]
}

export interface StatusRequest extends CallOptions {
  /** When the next backup is due, where a schedule of the host knows. */
  readonly nextRun?: Date
  /** How often the schedule makes a backup: the recovery point objective follows from it, unless it is set. */
  readonly every?: Duration | number
}

export interface WatchRequest extends StatusRequest {
  /** How long to wait between two looks. @default '5m' */
  readonly interval?: Duration | number
  /** Is given the result of each look. */
  readonly onCheck?: (check: HealthCheck) => void
}

/** Looks after one backup. */
export interface HealthMonitor {
  readonly record: Recorder['record']
  status(request?: StatusRequest): Promise<BackupStatus>
  health(request?: StatusRequest): Promise<Health>
  checkHealth(request?: StatusRequest): Promise<HealthCheck>
  watch(request?: WatchRequest): Promise<void>
  /** Ends what watches, and waits for what is being told. */
  close(): Promise<void>
}

/**
 * @param also is given all that is told
 * @throws `config` for targets that are none
 */
export function createHealthMonitor(sources: FactSources, clock: () => Date, also: (event: BackupEvent) => void): HealthMonitor {
  const { config, connection } = sources
  resolveTargets(config.targets)
  const reminders = remindersOf(sources)
  const notes = healthNotes(connection.runtime, config)
  const open = async (): Promise<ReturnType<typeof history>> => {
    const { state, runs } = await notes()
    return history(state, runs)
  }
  const recorder = createRecorder({ open, clock, exclusive: connection.exclusive })
  const announce = announcer({ operation: 'watch', clock, notifiers: config.notify ?? [], also })
  let closing = new AbortController()
  let turn: Promise<unknown> = Promise.resolve()
  /** What could not be written down is remembered here. */
  let unwritten: AlertState | undefined

  const alertsSoFar = async (): Promise<AlertState> => {
    const { state, alerts } = await notes()
    return unwritten ?? (await readAlerts(state, alerts))
  }
  const facts = async ({ signal, nextRun }: StatusRequest, now: Date): Promise<HealthFacts> => {
    const call = signal ? { signal } : {}
    const entries = await (await open()).read()
    const { running } = recorder
    const known = { history: entries, standing: standing(await alertsSoFar()), ...(running && { running }), ...(nextRun && { nextRun }) }
    return gatherFacts(sources, now, known, call)
  }
  const look = async (request: StatusRequest): Promise<Health> => {
    const targets = resolveTargets(config.targets, request.every === undefined ? undefined : durationMs(request.every, 'every'))
    const now = clock()
    const found = await facts(request, now)
    const arrangements = {
      hasRetention: [config.retention ?? []].flat().length > 0,
      hasSchedule: request.every !== undefined || request.nextRun !== undefined,
    }
    return { ...judge(found, targets, now), at: now, recommendations: recommend(found, arrangements), figures: figuresOf(found, targets, now) }
  }
  const check = async (request: StatusRequest): Promise<HealthCheck> => {
    const health = await look(request)
    const previous = await alertsSoFar()
    const step = stepAlerts(previous, health.reasons, health.at, reminders)
    const { raised, reminders: reminded, cleared } = step
    const lost = new Set<string>()
    const tell = async (alert: Alert, event: { type: 'alert-raised'; reminder: boolean } | { type: 'alert-cleared' }): Promise<void> => {
      if (!(await announce.deliver({ ...event, label: config.source.label, alert }))) lost.add(alert.id)
    }
    await Promise.all([
      ...raised.map((alert) => tell(alert, { type: 'alert-raised', reminder: false })),
      ...reminded.map((alert) => tell(alert, { type: 'alert-raised', reminder: true })),
      ...cleared.map((alert) => tell(alert, { type: 'alert-cleared' })),
    ])
    const next = untold(previous, step, lost)
    const { state, alerts } = await notes()
    unwritten = await writeAlerts(state, alerts, next).then(() => undefined, () => next)
    return { health, raised, reminders: reminded, cleared, untold: [...lost] }
  }

  const checkHealth: HealthMonitor['checkHealth'] = (request = {}) => {
    // One after the other: two at once would both tell what is new.
    const own = turn.then(() => check(request))
    turn = own.catch(() => {})
    return own
  }

  return {
    record: recorder.record,
    async status(request = {}) {
      const now = clock()
      return statusOf(await facts(request, now), now)
    },
    health: (request = {}) => look(request),
    checkHealth,
    async watch({ interval = '5m', onCheck, ...request } = {}) {
      const pauseMs = durationMs(interval, 'interval')
      const end = closing.signal
      const signal = request.signal ? AbortSignal.any([request.signal, end]) : end
      throwIfAborted(request.signal, 'watching')
      while (!signal.aborted) {
        try {
          onCheck?.(await checkHealth({ ...request, signal }))
          await sleep(systemTimers, pauseMs, signal, 'watching')
        } catch (error) {
          if (!signal.aborted) throw error
        }
      }
    },
    async close() {
      closing.abort()
      closing = new AbortController()
      await turn
      await announce.notified()
    },
  }
}

function remindersOf({ config: { alerts = {} } }: FactSources): Reminders {
  const { remindCritical, remindWarning } = alerts
  return {
    criticalMs: remindCritical === undefined ? defaultReminders.criticalMs : durationMs(remindCritical, 'alerts.remindCritical'),
    warningMs: remindWarning === undefined ? defaultReminders.warningMs : durationMs(remindWarning, 'alerts.remindWarning'),
  }
}
