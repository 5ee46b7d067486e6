import { BackupError } from '../errors.ts'

/** Characters a key may have; leaves room for a root in front on every file system and in every bucket. */
export const maxKeyLength = 100

// Lower case only: some stores fold case. No leading dot or dash: no hidden files, no `..`, no option of a
// shell.
const part = '[a-z0-9][a-z0-9._-]*'
const wholeKey = new RegExp(`^${part}/${part}/${part}$`)
const startOfKey = new RegExp(`^(?:${part}(?:/(?:${part}(?:/(?:${part})?)?)?)?)?$`)

/**
 * Does this text follow the naming rule of FORMAT.md §3: `class/shard/name`, every part
 * `[a-z0-9][a-z0-9._-]*`, at most 100 characters? Providers skip what does not when they list.
 */
export function isKey(text: string): boolean {
  return text.length <= maxKeyLength && wholeKey.test(text)
}

/**
 * Refuses a key that breaks the naming rule. Every provider calls it before anything else, so that no key
 * ever leads out of the place.
 *
 * @throws `config`
 *
 * @example
 * ```ts
 * checkKey('packs/0a/0a44…', 'local')
 * ```
 */
export function checkKey(key: string, plugin: string): void {
  if (typeof key === 'string' && isKey(key)) return
  throw new BackupError(
    'config',
    `Key ${quote(key)} is not class/shard/name in [a-z0-9._-], at most ${maxKeyLength} characters.`,
    {
      plugin,
      key: String(key),
      hint: 'Keys follow FORMAT.md §3.',
    },
  )
}

/**
 * Refuses a prefix that no key can start with. Legal are `''`, `packs/`, `packs/0a/` and also parts of a
 * name, such as `commits/2031`.
 *
 * @throws `config`
 */
export function checkPrefix(prefix: string, plugin: string): void {
  if (typeof prefix === 'string' && prefix.length <= maxKeyLength && startOfKey.test(prefix)) return
  throw new BackupError('config', `No key can start with ${quote(prefix)}, so there is nothing to list.`, {
    plugin,
    key: String(prefix),
    hint: 'Keys follow FORMAT.md §3.',
  })
}

function quote(text: unknown): string {
  return JSON.stringify(String(text).slice(0, maxKeyLength + 20))
}
