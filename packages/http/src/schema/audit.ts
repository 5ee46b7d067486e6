import type { AuditEntryJson, AuditPageJson, AuditQuery, AuditReportJson } from '../wire/audit.ts'
import { type Schema, amount, anything, flag, list, named, nullable, object, oneOf, optional, recordOf, text, time, whole, words } from './schema.ts'

const entry: Schema<AuditEntryJson> = named(
  'AuditEntry',
  object<AuditEntryJson>({
    id: text(),
    time: time(),
    writer: text(),
    sequence: whole(1),
    previous: nullable(text()),
    action: text(),
    actor: text(),
    reason: nullable(text()),
    subject: list(text()),
    details: recordOf(anything()),
  }),
)

export const auditPage: Schema<AuditPageJson> = named(
  'AuditPage',
  object<AuditPageJson>({ entries: list(entry), unreadable: list(text()), before: optional(text()) }),
)

export const auditQuery: Schema<AuditQuery> = object<AuditQuery>({
  from: optional(time()),
  to: optional(time()),
  action: optional(words(50)),
  limit: optional(whole(1, 1000)),
  before: optional(words(64)),
})

export const auditReport: Schema<AuditReportJson> = named(
  'AuditReport',
  object<AuditReportJson>({
    ok: flag(),
    entries: amount(),
    writers: list(object<AuditReportJson['writers'][number]>({ writer: text(), entries: amount(), first: time(), last: time() })),
    problems: list(
      object<AuditReportJson['problems'][number]>({
        kind: oneOf('unreadable', 'gap', 'fork', 'broken-link', 'clock', 'cut'),
        message: text(),
        key: optional(text()),
        writer: optional(text()),
      }),
    ),
  }),
)
