import { BackupError } from '../errors.ts'
import { readFields } from '../format/fields.ts'
import type { ObjectName } from '../format/names.ts'
import { utf8 } from '../format/text.ts'
import type { Repository } from '../repository/repository.ts'
import type { Survey } from './survey.ts'

const item = 'unused-packs'

/**
 * Since when packs have been seen that no snapshot names: where a provider does not tell how old an object is, that is how long it has
 * been there at least. Remembered in local state; when that is lost, they are removed a day or two later.
 */
export async function unusedSince({ state }: Repository, { scan, pinned, time }: Survey): Promise<Map<ObjectName, Date>> {
  const known = parse(await state.read(item))
  const since = new Map<ObjectName, Date>()
  for (const { name, since: told } of scan.packs.values()) {
    if (pinned.has(name) || told) continue
    const seen = known.get(name)
    // One of the future was written when the clock was wrong.
    since.set(name, seen && seen <= time ? seen : time)
  }
  const changed = since.size !== known.size || [...since].some(([name, date]) => known.get(name)?.getTime() !== date.getTime())
  if (changed) await state.write(item, utf8(JSON.stringify({ since: [...since].map(([name, date]) => `${name} ${date.toISOString()}`) })))
  return since
}

function parse(bytes: Uint8Array | undefined): Map<ObjectName, Date> {
  try {
    const entries = bytes ? readFields(bytes, 'memory of unused packs').texts('since') : []
    return new Map(entries.map((entry) => [entry.slice(0, 64), new Date(entry.slice(65))]))
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return new Map()
    throw error
  }
}
