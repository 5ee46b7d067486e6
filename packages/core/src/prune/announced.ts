import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { readFields } from '../format/fields.ts'
import type { ObjectName } from '../format/names.ts'
import { utf8 } from '../format/text.ts'
import type { Repository } from '../repository/repository.ts'
import type { Bounds } from '../session/bounds.ts'
import { type Tomb, writeTomb } from '../session/tombs.ts'

const item = 'announced'

/**
 * Announces that packs will be removed. Among several providers an announcement that only some have got is no reason to remove anything:
 * a writer who sees others may never have heard of it. So whoever announced something remembers what all were told.
 *
 * @throws `transient` when too few can be told
 */
export async function announce(
  repository: Repository,
  packs: readonly ObjectName[],
  bounds: Bounds,
  by: { readonly writer: string; readonly now: Date },
  call: CallOptions,
): Promise<void> {
  const tomb = await writeTomb(repository, packs, bounds, by, call)
  if (!repository.provider.removals) return
  const there = repository.records.of('tomb')
  const known = (await told(repository)).filter((key) => there.has(key))
  await repository.state.write(item, utf8(JSON.stringify({ tombs: [...known, tomb.key] })))
}

/** The announcements that everybody knows of. */
export async function widelyKnown(repository: Repository, tombs: readonly Tomb[]): Promise<ReadonlySet<Tomb>> {
  if (!repository.provider.removals) return new Set(tombs)
  const own = new Set(await told(repository))
  return new Set(tombs.filter(({ key }) => own.has(key)))
}

/** When this is lost, what was announced lapses, and is announced again. */
async function told({ state }: Repository): Promise<string[]> {
  try {
    const bytes = await state.read(item)
    return bytes ? readFields(bytes, 'memory of announcements').texts('tombs') : []
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return []
    throw error
  }
}
