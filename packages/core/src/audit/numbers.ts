import { BackupError } from '../errors.ts'
import { readFields } from '../format/fields.ts'
import { nameInKey } from '../format/names.ts'
import { base64, unbase64, utf8 } from '../format/text.ts'
import type { Repository } from '../repository/repository.ts'
import type { AuditHead } from './head.ts'

/** An entry that has its number, and may be stored or not. */
export interface EntryNote {
  readonly key: string
  readonly body: Uint8Array
}

/**
 * Of several processes with one local state, one gets a number. What it will store under it is noted in the same step: an entry whose
 * reply was lost, or whose process died, is neither forgotten nor stored with two contents.
 *
 * @param head the entry before it
 */
export function takeNumber({ state }: Repository, head: AuditHead, { key, body }: EntryNote): Promise<boolean> {
  return state.create(itemOf(head, 1), utf8(JSON.stringify({ key, body: base64(body) })))
}

/** Who has the number behind the head, if anybody has. */
export async function readNote({ state }: Repository, head: AuditHead): Promise<EntryNote | undefined> {
  const item = itemOf(head, 1)
  const bytes = await state.read(item)
  if (!bytes) return undefined
  const note = parse(bytes)
  // Nobody can store what it says; whoever took the number will be told that it was not stored.
  if (!note) await state.remove(item)
  return note
}

/** A process that was held up may still look at a number of which all others know that it was given. */
const keptNotes = 16

export async function forgetOldNote({ state }: Repository, head: AuditHead): Promise<void> {
  if (head.sequence > keptNotes) await state.remove(itemOf(head, -keptNotes))
}

const itemOf = ({ writer, sequence }: AuditHead, further: number): string => `audit-${writer}-${sequence + further}`

function parse(bytes: Uint8Array): EntryNote | undefined {
  try {
    const fields = readFields(bytes, 'noted audit entry')
    const key = fields.text('key')
    return nameInKey(key) === undefined ? undefined : { key, body: unbase64(fields.text('body')) }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}
