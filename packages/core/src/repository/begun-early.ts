import type { BackupProvider, CallOptions, ListedObject } from '../contract/provider.ts'
import { commitPrefix, formatPrefix, indexPrefix, nameInKey, slotPrefix } from '../format/names.ts'
import { recordPrefix } from '../format/record.ts'

/** More than these few would be much to fetch for nothing. */
const mostOfAClass = 8

/**
 * The same provider, that has begun to answer what whoever opens a repository asks it first, one thing after the other: what there is, and
 * what is in it. Far away, each question would cost a round trip. Every answer is given once; after that the provider itself is asked.
 *
 * @param isWanted which commits will be read
 */
export function begunEarly(provider: BackupProvider, isWanted: (keys: readonly string[]) => readonly string[], call: CallOptions): BackupProvider {
  const lists = new Map<string, Promise<readonly ListedObject[]>>()
  const objects = new Map<string, Promise<Uint8Array>>()
  const begin = (prefix: string, toRead: (keys: readonly string[]) => readonly string[]): void => {
    const listing = listed(provider, prefix, call).then((found) => {
      const keys = found.map(({ key }) => key).filter((key) => nameInKey(key) !== undefined)
      for (const key of toRead(keys.sort())) objects.set(key, unheard(provider.get(key, call)))
      return found
    })
    lists.set(prefix, unheard(listing))
  }
  const few = (keys: readonly string[]): readonly string[] => (keys.length > mostOfAClass ? [] : keys)
  for (const prefix of [formatPrefix, slotPrefix]) begin(prefix, few)
  // Where there are several providers, what was removed has to be known before anything else is listed.
  if (!provider.removals) {
    for (const prefix of [recordPrefix('trash'), indexPrefix]) begin(prefix, few)
    begin(commitPrefix, isWanted)
  }
  return {
    ...provider,
    async *list(prefix, options) {
      const begun = taken(lists, prefix)
      yield* begun ? await begun : provider.list(prefix, options)
    },
    get(key, options) {
      const begun = options?.range ? undefined : taken(objects, key)
      return begun ?? provider.get(key, options)
    },
  }
}

async function listed(provider: BackupProvider, prefix: string, call: CallOptions): Promise<readonly ListedObject[]> {
  const found: ListedObject[] = []
  for await (const object of provider.list(prefix, call)) found.push(object)
  return found
}

function taken<Value>(from: Map<string, Value>, key: string): Value | undefined {
  const found = from.get(key)
  from.delete(key)
  return found
}

/** Whoever asks for it is told that it failed; when nobody asks, nobody has to know. */
function unheard<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {})
  return promise
}
