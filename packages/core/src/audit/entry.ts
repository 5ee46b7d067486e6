import type { Fields } from '../format/fields.ts'
import type { ObjectName } from '../format/names.ts'
import type { StoredRecord } from '../repository/records.ts'

/** One line of the audit trail. Plain data. */
export interface AuditEntry {
  /** Name of its object: SHA-256 of the stored bytes. */
  readonly id: ObjectName
  readonly time: Date
  /** The installation that wrote it: 16 hex digits, as in commits. */
  readonly writer: string
  /** The writer's count, from 1. */
  readonly sequence: number
  /** The writer's entry before this one; `null` for its first. */
  readonly previous: ObjectName | null
  /** One of {@link AuditAction}, or a word of a later version. */
  readonly action: string
  readonly actor: string
  readonly reason: string | null
  /** Ids of the snapshots, slots, holds… concerned. */
  readonly subject: readonly string[]
  /** What else belongs to the action. */
  readonly details: Readonly<Record<string, unknown>>
}

export const auditType = 'audit'

/** @throws `corrupt` when a field is missing or out of bounds, or the record is no entry of the trail. */
export function decodeAudit({ name, time, writer, type, fields }: Omit<StoredRecord, 'key'>): AuditEntry {
  if (type !== auditType) throw fields.fail('type', `"${auditType}"`)
  const sequence = fields.number('sequence', 1)
  const previous = fields.optionalText('previous')
  const isName = previous !== null && /^[0-9a-f]{64}$/.test(previous)
  if (isName !== sequence > 1) throw fields.fail('previous', sequence > 1 ? 'the name of an object' : 'null in the first entry')
  return {
    id: name,
    time,
    writer,
    sequence,
    previous,
    action: fields.text('action'),
    actor: fields.text('actor'),
    reason: fields.optionalText('reason'),
    subject: fields.texts('subject'),
    details: readDetails(fields),
  }
}

function readDetails(fields: Fields): AuditEntry['details'] {
  return fields.object('details').raw()
}
