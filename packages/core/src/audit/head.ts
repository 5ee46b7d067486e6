import { BackupError } from '../errors.ts'
import { readFields } from '../format/fields.ts'
import { type ObjectName, nameInKey } from '../format/names.ts'
import { utf8 } from '../format/text.ts'
import type { Repository } from '../repository/repository.ts'

/** How far this installation's chain has come, as local state remembers it. */
export interface AuditHead {
  /** 16 hex digits. */
  readonly writer: string
  readonly sequence: number
  /** Key of the newest entry that is stored; `null` before the first. */
  readonly key: string | null
}

const item = 'audit'

/** Where this writer's chain ends; `undefined` when local state does not know. */
export async function readHead({ state }: Repository, writer: string): Promise<AuditHead | undefined> {
  const bytes = await state.read(item)
  const head = bytes && parse(bytes)
  return head?.writer === writer ? head : undefined
}

export async function saveHead({ state }: Repository, head: AuditHead): Promise<void> {
  await state.write(item, utf8(JSON.stringify(head)))
}

/** The name of the newest entry that this installation is sure to have stored. */
export async function auditHead(repository: Repository): Promise<ObjectName | undefined> {
  const bytes = await repository.state.read(item)
  const key = bytes && parse(bytes)?.key
  return key ? nameInKey(key) : undefined
}

function parse(bytes: Uint8Array): AuditHead | undefined {
  try {
    const fields = readFields(bytes, 'audit state')
    const writer = fields.text('writer')
    const key = fields.optionalText('key')
    if ((key !== null && nameInKey(key) === undefined) || !/^[0-9a-f]{16}$/.test(writer)) return undefined
    return { writer, sequence: fields.number('sequence', 0, Number.MAX_SAFE_INTEGER - 2), key }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}
