/**
 * Keys as names in OneDrive, which does not take every name that a key may have. None of those names occurs
 * in a repository, so that a plain download of the folder restores; but a store that keeps the contract keeps
 * all keys.
 *
 * `=` can stand in no key: it is put where a name would be refused.
 */

const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d|desktop\.ini)$/
const mark = '='

/** The names on the way to an object, each escaped for a URL. */
export function pathOf(key: string): string {
  return key
    .split('/')
    .map((part) => escaped(nameOf(part)))
    .join('/')
}

/** A name in a URL. The quote is left alone by JavaScript, and means something to Graph. */
export function escaped(name: string): string {
  return encodeURIComponent(name).replaceAll("'", '%27')
}

/** The name of a file or folder for a part of a key. */
export function nameOf(part: string): string {
  const split = part.replaceAll('_vti_', `_vti${mark}_`)
  return split.endsWith('.') || reserved.test(split) ? `${split}${mark}` : split
}

/**
 * The part of a key that a file or folder stands for; `undefined` for a name that this package does not give.
 */
export function partOf(name: string): string | undefined {
  const part = name.replaceAll(mark, '')
  return nameOf(part) === name ? part : undefined
}

/** A name that stands for no key, and tells to which object it belongs. */
export function temporaryName(part: string, random: string): string {
  return `${nameOf(part)}${mark}upload-${random}`
}
