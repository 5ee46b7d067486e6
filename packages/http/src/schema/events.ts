import type { ChangedEvent, HelloEvent, JobEvent, LogEntryJson, LogEvent, LogPageJson, LogQuery, StreamEvent, Topic } from '../wire/events.ts'
import { job } from './jobs.ts'
import { type Schema, either, flag, just, list, named, object, oneOf, optional, text, time, whole, words } from './schema.ts'

const topic: Schema<Topic> = oneOf(
  'accounts', 'audit', 'drills', 'health', 'holds', 'providers', 'schedule', 'settings', 'setup', 'snapshots', 'trash',
)

const logEntry: Schema<LogEntryJson> = named(
  'LogEntry',
  object<LogEntryJson>({
    id: text(),
    at: time(),
    level: oneOf('critical', 'warning', 'solved', 'info'),
    title: text(),
    message: text(),
    action: text(),
    matter: text(),
    job: optional(text()),
  }),
)

export const logPage: Schema<LogPageJson> = named('LogPage', object<LogPageJson>({ entries: list(logEntry), last: text() }))

export const logQuery: Schema<LogQuery> = object<LogQuery>({ limit: optional(whole(1, 1000)), after: optional(words(100)) })

export const streamEvent: Schema<StreamEvent> = named(
  'StreamEvent',
  either<[HelloEvent, JobEvent, ChangedEvent, LogEvent]>(
    object<HelloEvent>({ type: just('hello'), resumed: flag(), jobs: list(job) }),
    object<JobEvent>({ type: just('job'), job }),
    object<ChangedEvent>({ type: just('changed'), what: topic, ids: optional(list(text())) }),
    object<LogEvent>({ type: just('log'), entry: logEntry }),
  ),
)
