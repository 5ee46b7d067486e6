import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { checkKey, checkPrefix, maxKeyLength } from './check-key.ts'

/**
 * Characters of the longest name that FORMAT.md §3 has or reserves: `sessions/YYYYMM/DDtHHMMSSmmmz-` and a
 * hash.
 */
const longestName = 94
const longestPrefix = maxKeyLength - longestName - 1
const rule = new RegExp(`^[a-z0-9][a-z0-9_-]{0,${longestPrefix - 1}}$`)

/**
 * A part of a place: several repositories in one that has no prefix of its own.
 *
 * The prefix becomes part of the first folder: `packs/0a/…` of the repository "shop" is stored as
 * `shop.packs/0a/…`. So every provider takes it, listings stay as narrow as they were, and a repository
 * without a prefix may lie beside, for readers ignore classes that they do not know. To restore from a plain
 * copy of the place, take the prefix off the names of the few folders at its top: `shop.packs` becomes
 * `packs`.
 *
 * Where a provider has a prefix of its own (`prefix` of S3, a folder on a disk), use that: it is not so
 * short.
 *
 * @param prefix 1 to 5 characters `[a-z0-9_-]`, the first a letter or digit: what the longest name leaves of
 * the 100 a key may have
 * @throws `config` when the prefix breaks the rule
 *
 * @example
 * ```ts
 * const shop = withPrefix(store, 'shop')
 * const till = withPrefix(store, 'till')
 * ```
 */
export function withPrefix(provider: BackupProvider, prefix: string): BackupProvider {
  if (typeof prefix !== 'string' || !rule.test(prefix)) {
    const text = `A prefix is 1 to ${longestPrefix} characters [a-z0-9_-], not ${JSON.stringify(prefix)}.`
    throw new BackupError('config', text, {
      key: 'prefix',
      hint: 'Choose a short one: names leave no room for more.',
    })
  }
  const { contract, name, capabilities, runtime, usage, heal, retain, warm, close } = provider
  const start = `${prefix}.`
  const stored = (key: string): string => {
    checkKey(key, name)
    if (start.length + key.length <= maxKeyLength) return `${start}${key}`
    throw new BackupError(
      'config',
      `With the prefix "${prefix}", a key has at most ${maxKeyLength - start.length} characters.`,
      {
        plugin: name,
        key,
      },
    )
  }
  /** The provider speaks of keys as it stores them; the caller has to recognise its own. */
  const within = async <T>(key: string, work: (key: string) => Promise<T>): Promise<T> => {
    try {
      return await work(stored(key))
    } catch (error) {
      throw ours(error, start)
    }
  }

  return {
    contract,
    name,
    location: `${provider.location}#${prefix}`,
    ...(capabilities && { capabilities }),
    ...(runtime && { runtime }),
    // Notes in the journal are the provider's: they keep the keys under which it stores.
    open: (options) => provider.open(options),
    put: (key, body, options) => within(key, (inner) => provider.put(inner, body, options)),
    get: (key, options) => within(key, (inner) => provider.get(inner, options)),
    stat: (key, options) => within(key, (inner) => provider.stat(inner, options)),
    async *list(some, options) {
      checkPrefix(some, name)
      try {
        if (start.length + some.length > maxKeyLength) return
        for await (const object of provider.list(`${start}${some}`, options))
          yield { ...object, key: object.key.slice(start.length) }
      } catch (error) {
        throw ours(error, start)
      }
    },
    delete: (key, options) => within(key, (inner) => provider.delete(inner, options)),
    ...(usage && { usage: (options) => usage.call(provider, options) }),
    ...(heal && { heal: (key, options) => within(key, (inner) => heal.call(provider, inner, options)) }),
    ...(retain && {
      retain: (key, until, options) => within(key, (inner) => retain.call(provider, inner, until, options)),
    }),
    ...(warm && { warm: (key, options) => within(key, (inner) => warm.call(provider, inner, options)) }),
    ...(close && { close: () => close.call(provider) }),
  }
}

function ours(error: unknown, start: string): unknown {
  if (!BackupError.is(error) || !error.key?.startsWith(start)) return error
  const { kind, message, plugin, hint, retryable, retryAfterMs } = error
  return new BackupError(kind, message, {
    key: error.key.slice(start.length),
    hint,
    retryable,
    cause: error,
    ...(plugin !== undefined && { plugin }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
