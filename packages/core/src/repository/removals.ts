import { type BackupProvider, type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { type ObjectName, nameInKey, packPrefix } from '../format/names.ts'
import type { RecordPlace } from './known-records.ts'
import { decodedOnce, readRecords, removeRecord, writeRecord } from './records.ts'
import type { Repository } from './repository.ts'
import { severalAtATime } from './several-at-a-time.ts'

/**
 * Something is removed for good while a provider is away. Nobody else would know that when the provider is back: what only it holds
 * might as well be what the others have lost, and would be copied to them. So it is written down first, where there are several
 * providers: FORMAT.md §21.1.
 */
export interface Removal {
  /** Takes the record away, unless a copy is still out of reach. To be called when everything that it names was removed. */
  finish(call: CallOptions): Promise<void>
}

const removalType = 'removal'
const toldType = 'told'

/** Records of class `tomb` that are about a removal, and announce nothing. */
export const removalTypes: ReadonlySet<string> = new Set([removalType, toldType])

/**
 * Writes down what is removed from now on. Whoever comes across it removes it too, so there is no way back. A record that only some
 * providers got does not count, wherever it is copied to later: not before a second one says that all were told that have to be.
 *
 * @param call with the `view` that the first one needs
 */
export async function announceRemoval(
  repository: Repository,
  keys: readonly string[],
  { writer, now }: { readonly writer: string; readonly now: Date },
  call: CallOptions,
): Promise<Removal> {
  const { removals } = repository.provider
  if (!removals || keys.length === 0) return { finish: () => Promise.resolve() }
  const head = { class: 'tomb', writer, time: now } as const
  const removal = await writeRecord(repository, { ...head, type: removalType, body: { keys } }, call)
  const told = await writeRecord(repository, { ...head, type: toldType, body: { removal: removal.name } }, call)
  learnRemovals(repository)
  return {
    async finish(finishCall) {
      if (removals.arePending(keys)) return
      for (const { key } of [removal, told]) await removeRecord(repository, key, finishCall)
      learnRemovals(repository)
    },
  }
}

/** Removes objects for good: also from copies that are out of reach, and whoever else may do it. */
export async function removeForGood(
  repository: Repository,
  keys: readonly string[],
  by: { readonly writer: string; readonly now: Date },
  call: CallOptions,
): Promise<void> {
  const { provider } = repository
  const removal = await announceRemoval(repository, keys, by, call)
  await severalAtATime(keys, capabilitiesOf(provider).smallConcurrency, (key) => provider.delete(key, call))
  await removal.finish(call)
}

/** Reads what others have removed, where there are several providers. */
export async function readRemovals(repository: RecordPlace, call: CallOptions): Promise<void> {
  if (!repository.provider.removals) return
  await readRecords(repository, 'tomb', call)
  learnRemovals(repository)
}

/** Sees to it that what the records say that were read is heeded. */
export function learnRemovals(repository: RecordPlace): void {
  repository.provider.removals?.heed(removedKeys(repository))
}

/** Everything that is written down as removed. */
export function removedKeys({ records }: RecordPlace): Set<string> {
  const known = [...records.of('tomb').values()]
  const told = new Set(known.filter(({ type }) => type === toldType).map(({ fields }) => fields.text('removal')))
  return new Set(known.filter(({ type, name }) => type === removalType && told.has(name)).flatMap(keysOf))
}

/** The packs among them: nobody may count on these, though a copy may still have them. */
export function removedPacks(repository: Repository): ObjectName[] {
  return [...removedKeys(repository)].filter((key) => key.startsWith(packPrefix)).map((key) => nameInKey(key)!)
}

/** A machine that wrote one may be gone for good. */
const longestMs = 400 * 86_400_000

/** Takes away the records of this writer that nobody needs any more, and those that are very old. */
export async function finishRemovals(repository: Repository, { writer, now }: { readonly writer: string; readonly now: Date }, call: CallOptions): Promise<void> {
  const { provider, records } = repository
  if (!provider.removals) return
  const all = [...records.of('tomb').values()].filter(({ type }) => removalTypes.has(type))
  const done = new Set<ObjectName>()
  for (const removal of all.filter(({ type }) => type === removalType)) {
    const isOld = now.getTime() - removal.time.getTime() > longestMs
    if (isOld || (removal.writer === writer && (await areGone(provider, keysOf(removal), call)))) done.add(removal.name)
  }
  const names = new Set(all.map(({ name }) => name))
  for (const { key, type, name, writer: author, fields } of all) {
    const about = type === removalType ? name : fields.text('removal')
    if (done.has(about) || (author === writer && !names.has(about))) await removeRecord(repository, key, call)
  }
  learnRemovals(repository)
}

/**
 * After an interruption some may still be there. Listings remove what is written down: what they come across is pending then. One that is
 * away may have anything.
 */
async function areGone(provider: BackupProvider, keys: readonly string[], call: CallOptions): Promise<boolean> {
  const { removals } = provider
  if (removals!.arePending(keys)) return false
  try {
    for (const prefix of new Set(keys.map((key) => key.slice(0, key.indexOf('/') + 1)))) {
      for await (const _ of provider.list(prefix, { ...call, view: 'all' }));
    }
  } catch (error) {
    if (!BackupError.is(error) || call.signal?.aborted) throw error
    return false
  }
  return !removals!.arePending(keys)
}

const keysOf = decodedOnce(({ fields }) => fields.texts('keys').filter((key) => nameInKey(key) !== undefined))
