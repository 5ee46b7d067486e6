import type { ScheduleJson, ScheduleQuery, ScheduledDeedBody, ScheduledJobJson } from '../wire/schedule.ts'
import { type Schema, amount, flag, list, named, object, oneOf, optional, text, time, whole } from './schema.ts'
import { action, schedule as when } from './session.ts'
import { reason } from './snapshots.ts'

export const scheduledJob: Schema<ScheduledJobJson> = named(
  'ScheduledJob',
  object<ScheduledJobJson>({
    name: text(),
    schedule: when,
    state: oneOf('idle', 'waiting', 'running'),
    since: optional(time()),
    next: optional(time()),
    pausedSince: optional(time()),
    last: optional(
      object<NonNullable<ScheduledJobJson['last']>>({
        start: time(),
        durationMs: amount(),
        outcome: oneOf('ok', 'failed', 'timed-out', 'abandoned', 'cancelled', 'interrupted'),
        message: optional(text()),
      }),
    ),
    lastOk: optional(time()),
    failures: amount('In a row.'),
    missed: amount('Ever.'),
    interval: optional(object<NonNullable<ScheduledJobJson['interval']>>({ intervalMs: amount(), reason: text() })),
    needs: action,
    upcoming: list(time()),
  }),
)

export const schedule: Schema<ScheduleJson> = named(
  'Schedule',
  object<ScheduleJson>({ running: flag(), schedule: optional(when), zone: text(), jobs: list(scheduledJob) }),
)

export const scheduleQuery: Schema<ScheduleQuery> = object<ScheduleQuery>({ runs: optional(whole(1, 100)) })

export const scheduledDeedBody: Schema<ScheduledDeedBody> = object<ScheduledDeedBody>({ reason: optional(reason) })
